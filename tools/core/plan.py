"""The plan: which candidates are built, judged how, within which budget. Approval is of exactly its hash."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from pydantic import Field

from tools.core.language_model import LanguageModel
from tools.core.task import MetricSpec, Model, TaskSpec

Rung = Literal["baseline", "zero-shot", "prompting", "fine-tuning", "automl"]


class Estimate(Model):
    """What a candidate is expected to cost. minutes: wall time on this machine; memory_mb: peak resident memory."""

    minutes: float
    dollars: float = 0.0
    download_mb: float = 0.0
    memory_mb: float = 0.0


class Candidate(Model):
    """An approach set up for this task. name: unique in the plan, and the name of its folder in the run.

    reason: why it is (or is not) worth building, for people. leaves_machine: what is sent where; empty where nothing is.
    formula_minutes: what its approach reckons, before corrections by what this machine taught; None: not known.
    cap_minutes: the hard limit for building it. asked: the person named it, so it is built to its end whatever it promises.
    """

    name: str
    approach: Rung
    title: str
    reason: str
    estimate: Estimate
    leaves_machine: list[str] = Field(default_factory=list)
    selected: bool = True
    cap_minutes: float = 60.0
    asked: bool = False
    formula_minutes: float | None = None


class NotPossible(Model):
    """An approach that cannot be built here, and why."""

    name: str
    approach: Rung
    title: str
    reason: str


class Budget(Model):
    """Hard caps for the whole run."""

    minutes: float = 60.0
    dollars: float = 0.0
    memory_mb: float = 8192.0
    disk_mb: float = 10240.0


class Plan(Model):
    """What is built after a person approves. attachments: ids of the files that it uses, by role.

    language_model: the one that prompting asks; None where no candidate of the plan asks one.
    """

    task: TaskSpec
    attachments: dict[str, str]
    candidates: list[Candidate]
    not_possible: list[NotPossible] = Field(default_factory=list)
    metric: MetricSpec
    test_rows: int
    split_hash: str | None = None
    budget: Budget = Field(default_factory=Budget)
    language_model: LanguageModel | None = None

    @property
    def hash(self) -> str:
        """sha256 (hex, 16 characters) over everything that approval is about.

        Fields that hold their default are left out, so that an approval outlives a version that knows more fields.
        """
        text = json.dumps(self.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def selected(self) -> list[Candidate]:
        """The candidates that approval builds, in building order."""
        return [candidate for candidate in self.candidates if candidate.selected]
