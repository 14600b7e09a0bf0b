"""One run: its folder, read and written in one place.

runs/<id>/  task.json profile.json plan.json approval.json split.json events.jsonl
            candidates/<name>/{log.txt, result.json, model/, predictions.parquet}
            comparison.json report/ prototype.zip proof.json
"""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from tools.core.data import DataProfile, Split
from tools.core.errors import MachineError
from tools.core.evaluation import CandidateResult, Comparison
from tools.core.plan import Candidate, Plan
from tools.core.prototype import Proof

Request = Literal["cancel", "stop"]
REQUEST = "request"


class Run:
    """A run's folder. What a person approved is read once; what the worker makes is read anew each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @property
    def id(self) -> str:
        """The run id: the folder's name."""
        return self.folder.name

    @cached_property
    def plan(self) -> Plan:
        """The plan to carry out."""
        return Plan.model_validate_json(self._read("plan.json"))

    @cached_property
    def approval(self) -> dict[str, Any]:
        """What the person approved: `plan_hash` at least."""
        approval: dict[str, Any] = json.loads(self._read("approval.json"))
        return approval

    @cached_property
    def building(self) -> list[Candidate]:
        """The candidates to build, in order: the trivial ones (they always run), the selected ones, last what averages them."""
        from tools.approaches import APPROACHES
        from tools.approaches.averaging import NAME

        trivial = {approach.name for approach in APPROACHES if approach.trivial}
        wanted = [candidate for candidate in self.plan.candidates if candidate.selected or candidate.name in trivial]
        return sorted(wanted, key=lambda candidate: (candidate.name not in trivial, candidate.name == NAME))

    @property
    def profile(self) -> DataProfile | None:
        """What was found in the data, once it was prepared."""
        return DataProfile.model_validate_json(self._read("profile.json")) if self.has("profile.json") else None

    @property
    def split(self) -> Split | None:
        """The rows, once they were prepared. Without a file all of its lists are empty."""
        return Split.model_validate_json(self._read("split.json")) if self.has("split.json") else None

    @property
    def comparison(self) -> Comparison | None:
        """All candidates side by side, once they were compared."""
        return Comparison.model_validate_json(self._read("comparison.json")) if self.has("comparison.json") else None

    @property
    def proof(self) -> Proof | None:
        """How the prototype was proved, once it was."""
        return Proof.model_validate_json(self._read("proof.json")) if self.has("proof.json") else None

    @property
    def zip(self) -> Path:
        """Where the prototype lies when it is packed."""
        return self.folder / "prototype.zip"

    def candidate(self, name: str) -> Path:
        """The folder of one candidate."""
        return self.folder / "candidates" / name

    def result(self, name: str) -> CandidateResult | None:
        """The result of a finished candidate, or None."""
        path = self.candidate(name) / "result.json"
        return CandidateResult.model_validate_json(path.read_text(encoding="utf-8")) if path.is_file() else None

    def has(self, name: str) -> bool:
        """Whether that part of the run was made."""
        return (self.folder / name).is_file()

    @property
    def requested(self) -> Request | None:
        """What the person asked for while it is built."""
        try:
            text = self._read(REQUEST).strip()
        except FileNotFoundError:
            return None
        return "cancel" if text == "cancel" else "stop"

    def request(self, what: Request | None) -> None:
        """Ask the worker for something, or take it back."""
        if what is None:
            (self.folder / REQUEST).unlink(missing_ok=True)
        else:
            write_atomically(self.folder / REQUEST, what)

    def _read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


def write_atomically(path: Path, content: BaseModel | dict[str, Any] | str | None) -> None:
    """Write text or JSON so that the file is whole or not there, whatever is killed. Raises MachineError on a full disk."""
    if isinstance(content, BaseModel):
        text = content.model_dump_json(indent=1)
    else:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=1)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise MachineError(
            code="disk",
            expected=f"to write {path}",
            found=error.strerror or str(error),
            remedy="Free some disk space (or mend the folder's rights) and try again.",
        ) from error


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
