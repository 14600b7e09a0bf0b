"""Which brain may speak in a conversation: the one that was set up, once the person wants it, else the built-in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.brains import AUTO, BUILTIN, Choice
from agent.narration import door
from agent.view import Consent
from tools.core.language_model import LanguageModel
from tools.workspace import Workspace

BUILTIN_CHOICE = Choice(BUILTIN, None, "it needs nothing and sends nothing")


@dataclass(frozen=True)
class Speaker:
    """choice: the brain that was set up. named: by the person; outright, it is a yes to it. consents: endpoint -> yes or no."""

    choice: Choice
    named: str
    consents: Mapping[str, bool]
    workspace: Workspace

    @property
    def place(self) -> str:
        """What a yes is about: this brain at this endpoint."""
        model = self.choice.language_model
        return f"{model.brain} at {model.where}" if model is not None else ""

    @property
    def forbidden(self) -> bool:
        """Whether the brain is elsewhere and nothing may leave this machine."""
        return self.choice.remote and self.workspace.offline

    @property
    def waits(self) -> bool:
        """Whether a remote brain needs the person's yes first."""
        return self.choice.remote and not self.forbidden and self.named == AUTO and self.place not in self.consents

    @property
    def speaks(self) -> Choice:
        """Who answers the next message."""
        declined = self.consents.get(self.place) is False
        return BUILTIN_CHOICE if self.forbidden or self.waits or declined else self.choice

    @property
    def for_prompting(self) -> LanguageModel | None:
        """The model that a plan may use: its own card asks for approval, so it need not wait for the brain's."""
        return None if self.forbidden or self.consents.get(self.place) is False else self.choice.language_model

    @property
    def consent(self) -> Consent | None:
        """What the person is asked, while the brain waits."""
        model = self.choice.language_model
        if not self.waits or model is None:
            return None
        return Consent(model.brain, model.where, door.gets(self.workspace.task.language, self.workspace.samples_allowed))

    @property
    def greeting(self) -> str:
        """Which brain speaks, what it is sent where, or what it waits for."""
        language, model, samples = self.workspace.task.language, self.choice.language_model, self.workspace.samples_allowed
        if model is None:
            return door.speaking(language, None) if self.choice.ready else door.not_ready(language, self.choice.why)
        if self.waits:
            return door.waiting(language, model, samples)
        if self.speaks is BUILTIN_CHOICE:
            return door.silent(language, model, self.forbidden)
        return door.speaking(language, model, samples)

    @property
    def notes(self) -> list[str]:
        """What the person should know where another brain speaks than the one that was set up."""
        return [self.greeting] if self.speaks.language_model != self.choice.language_model or not self.choice.ready else []
