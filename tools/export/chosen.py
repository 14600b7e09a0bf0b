"""What of a run goes into its prototype: the chosen candidate, and all that is known about it."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.core.data import DataProfile, FileProfile, Split
from tools.core.errors import PersonMustMend
from tools.core.evaluation import CandidateResult, Comparison
from tools.core.plan import Plan
from tools.core.task import TaskSpec
from tools.export.picked import with_picked

SLUG_LENGTH = 40
HEADING_LENGTH = 70


@dataclass(frozen=True)
class Chosen:
    """The candidate of a finished run that is exported: the chosen one, or another that the person picked (`picked`).

    comparison: with the picked one in the place of the chosen. manifest: its model's.
    training: profile of the file it learnt from, if known.
    """

    run_folder: Path
    task: TaskSpec
    plan: Plan
    profile: DataProfile
    split: Split
    comparison: Comparison
    result: CandidateResult
    manifest: dict[str, Any]
    picked: bool = False

    @property
    def folder(self) -> Path:
        """`candidates/<chosen>`."""
        return self.run_folder / "candidates" / self.result.name

    @property
    def report_folder(self) -> Path:
        """Where the report about this candidate lies: the run's own is about the one that the comparison chose."""
        return self.place / "report"

    @property
    def place(self) -> Path:
        """Where its zip, its proof and its report lie: in the run folder, or in one of their own where it was picked."""
        return place_of(self.run_folder, self.result.name if self.picked else None)

    @property
    def model_folder(self) -> Path:
        """The portable model."""
        return self.folder / "model"

    @property
    def formats(self) -> list[str]:
        """The format of the model, then those of the models that it averages."""
        return [self.manifest["format"], *(one["format"] for one in self.manifest.get("members", []) if "format" in one)]

    @property
    def training(self) -> FileProfile | None:
        """The file whose rows it learnt from (or, without labels, would be used on)."""
        return learnt_from(self.profile)

    @property
    def slug(self) -> str:
        """Short name for folders: letters, digits and dashes."""
        ascii_words = (
            unicodedata.normalize("NFKD", self.task.words or self.task.target or "").encode("ascii", "ignore").decode()
        )
        words = re.findall(r"[a-z0-9]+", ascii_words.lower())
        name = ""
        for word in words or [self.task.kind or "task"]:
            if len(name) + len(word) + 1 > SLUG_LENGTH:
                break
            name = f"{name}-{word}" if name else word
        return name or "task"

    @property
    def heading(self) -> str:
        """The task in a line: its first sentence, shortened."""
        words = " ".join(self.task.words.split()) or f"Predict {self.task.target or 'labels'}"
        first = re.split(r"(?<=[.!?])\s", words, maxsplit=1)[0]
        line = first if len(first) <= HEADING_LENGTH else f"{first[:HEADING_LENGTH].rsplit(' ', 1)[0]} …"
        return line[:1].upper() + line[1:]


def learnt_from(profile: DataProfile) -> FileProfile | None:
    """The file whose rows a model learns from (or, without labels, would be used on)."""
    return profile.with_role("train") or profile.with_role("unlabelled") or profile.with_role("test")


def place_of(run_folder: Path, picked: str | None) -> Path:
    """Where zip, proof and report of a candidate lie. picked: its name where it is not the one that the run chose."""
    return run_folder / "exports" / picked if picked else run_folder


def chosen(run_folder: Path, candidate: str | None = None) -> Chosen:
    """Read the run. candidate: another than the chosen one. Raises PersonMustMend where there is nothing finished to export."""
    comparison_file = run_folder / "comparison.json"
    if not comparison_file.exists():
        raise _nothing("a run whose candidates have been compared", f"no comparison in run {run_folder.name}")
    comparison = Comparison.model_validate_json(comparison_file.read_text(encoding="utf-8"))
    if comparison.chosen is None:
        raise _nothing("a run with a finished candidate", f"none in run {run_folder.name}: {comparison.why}")
    if picked := candidate is not None and candidate != comparison.chosen:
        comparison = with_picked(comparison, str(candidate))
    folder = run_folder / "candidates" / str(comparison.chosen)
    manifest = json.loads((folder / "model" / "manifest.json").read_text(encoding="utf-8"))
    return Chosen(
        run_folder=run_folder,
        task=TaskSpec.model_validate_json(_text(run_folder, "task.json")),
        plan=Plan.model_validate_json(_text(run_folder, "plan.json")),
        profile=DataProfile.model_validate_json(_text(run_folder, "profile.json")),
        split=Split.model_validate_json(_text(run_folder, "split.json")),
        comparison=comparison,
        result=CandidateResult.model_validate_json((folder / "result.json").read_text(encoding="utf-8")),
        manifest=manifest,
        picked=picked,
    )


def _text(run_folder: Path, name: str) -> str:
    path = run_folder / name
    if not path.exists():
        raise _nothing(f"{name} in the run folder", f"none in run {run_folder.name}")
    return path.read_text(encoding="utf-8")


def _nothing(expected: str, found: str) -> PersonMustMend:
    return PersonMustMend(
        expected=expected,
        found=found,
        remedy="Finish the run with `fasttrack resume`, or build again.",
        code="nothing-to-export",
    )
