"""What a person prefers for all conversations: HOME/settings.json, no secrets. FASTTRACK_* variables win over it."""

from __future__ import annotations

import json
import os

from pydantic import Field, ValidationError

from tools.core.task import Model
from tools.home import home

FILE = "settings.json"
VARIABLES = {
    "brain": "FASTTRACK_MODEL",
    "offline": "FASTTRACK_OFFLINE",
    "minutes": "FASTTRACK_MINUTES",
    "dollars": "FASTTRACK_DOLLARS",
}
FALSE = ("0", "false", "no")


class Settings(Model):
    """brain: as after `--brain`. offline: every connection but loopback is refused. minutes, dollars: what a plan may take
    where nothing else was said; None: what planning takes.

    problem: why the file or a variable was left aside, in words; not saved.
    """

    brain: str = "auto"
    offline: bool = False
    minutes: float | None = Field(default=None, gt=0)
    dollars: float | None = Field(default=None, ge=0)
    problem: str | None = Field(default=None, exclude=True)


def load() -> Settings:
    """The saved settings under what the environment says. What cannot be read is left aside, and `problem` says so."""
    settings, problems = _saved()
    for name, variable in VARIABLES.items():
        value = os.environ.get(variable, "").strip()
        if not value:
            continue
        given = value.lower() not in FALSE if name == "offline" else value
        try:
            settings = Settings.model_validate({**settings.model_dump(), name: given})
        except ValidationError:
            problems.append(
                f"Expected {'more than 0 minutes' if name == 'minutes' else '0 dollars or more'} in {variable}. "
                f"Found {value!r}. It is left aside; mend or unset it."
            )
    return settings.model_copy(update={"problem": " ".join(problems) or None})


def kept() -> Settings:
    """The saved settings alone, for a form that changes them: what the environment says is not to be saved with it."""
    settings, problems = _saved()
    return settings.model_copy(update={"problem": " ".join(problems) or None})


def save(settings: Settings) -> None:
    """Write them, whole or not at all, readable for the person alone. Raises OSError where HOME cannot be written."""
    path = home() / FILE
    aside = path.with_suffix(".new")
    aside.touch(mode=0o600)
    aside.write_text(settings.model_dump_json(indent=2) + "\n", encoding="utf-8")
    aside.replace(path)


def _saved() -> tuple[Settings, list[str]]:
    path = home() / FILE
    try:
        return Settings.model_validate(json.loads(path.read_text(encoding="utf-8"))), []
    except FileNotFoundError:
        return Settings(), []
    except (OSError, ValueError) as problem:  # a ValidationError is a ValueError
        found = _found(problem)
        return Settings(), [f"Expected settings in {path}. Found {found}. The defaults hold; mend the file, or delete it."]


def _found(problem: Exception) -> str:
    if isinstance(problem, ValidationError):
        first = problem.errors()[0]
        field = ".".join(map(str, first["loc"]))
        return f"{field or 'a value'}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    if isinstance(problem, OSError):
        return str(problem.strerror or problem)
    return "text that is not JSON"
