"""What a run's language model has answered, found again without asking it: for the prototype's own test and for the proof."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from tools.export.chosen import Chosen
from tools.home import cache
from tools.llm.replay import fingerprint
from tools.runtime import Model, load
from tools.runtime.askers import opened
from tools.runtime.asking import Asker
from tools.runtime.prompted import CACHE, Predictor

FILE = "prompting.sqlite"
FORMAT = "prompted"
Rows = Sequence[Mapping[str, Any]]


def is_asking(run: Chosen) -> bool:
    """Whether the chosen candidate asks a language model about each row."""
    return bool(run.manifest["format"] == FORMAT)


def is_replayed(run: Chosen) -> bool:
    """Whether that is at an endpoint, so that nothing but what was recorded may be asked of it."""
    return is_asking(run) and run.manifest["language_model"]["kind"] == "openai"


class Recording:
    """The model of a run's chosen candidate, which answers what was asked in the run and nothing else.

    model: gives no answer to other rows (`Model.predict` says so in `problem`). exchanges: fingerprint of a request ->
    response, of all that it was asked so far; empty for a model that is a file, which is asked itself, as it costs nothing.
    seconds: that the model took for the answers that were `known`.
    """

    def __init__(self, run: Chosen) -> None:
        self.exchanges: dict[str, Any] = {}
        self.seconds: list[float] = []
        self.model: Model = load(run.model_folder)
        self.predictor = cast(Predictor, self.model.predictor)
        self.predictor.asker = self._asker(run.manifest["language_model"])

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self.predictor.asker.close()

    def known(self, rows: Rows) -> list[int]:
        """Positions of the rows that it has an answer to."""
        replies = self.predictor.asker.ask(self.predictor.questions(rows)) if rows else []
        self.seconds += [reply.seconds for reply in replies if reply.problem is None and reply.seconds]
        return [at for at, reply in enumerate(replies) if reply.problem is None]

    @property
    def form(self) -> dict[str, Any] | None:
        """How the endpoint wants its questions, as the run found out; None for a file."""
        found: dict[str, Any] | None = getattr(self.predictor.asker, "form", None)
        return found

    def _asker(self, language_model: Mapping[str, Any]) -> Asker:
        if language_model["kind"] == "llamacpp":
            return opened(language_model, cache=kept_answers())
        return opened(language_model, cache=kept_answers(), kept_only=True, exchanged=self._hear)

    def _hear(self, body: Mapping[str, Any], response: Mapping[str, Any]) -> None:
        self.exchanges[fingerprint(body)] = response


def kept_answers() -> Path:
    """The file that keeps what language models have answered on this machine."""
    return Path(os.environ.get(CACHE) or cache() / FILE)
