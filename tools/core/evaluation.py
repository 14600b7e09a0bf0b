"""What was measured: one Evaluation a candidate and split part, one Comparison a run."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tools.core.plan import Estimate, Rung
from tools.core.task import Model

CandidateStatus = Literal["done", "failed", "skipped", "cancelled"]


class Score(Model):
    """One metric with its 95 % interval. low/high None: no interval can be given (too few rows)."""

    metric: str
    value: float
    low: float | None = None
    high: float | None = None


class Evaluation(Model):
    """All metrics of one candidate on one set of rows. main: the plan's metric; others: name -> score, for the report."""

    rows: int
    main: Score
    others: dict[str, Score] = Field(default_factory=dict)


class CandidateResult(Model):
    """`candidates/<name>/result.json`: written last and atomically. Seconds and milliseconds are wall time.

    settings: what the approach chose (C, epochs, presets ...), JSON. predictions lie beside it as predictions.parquet.
    """

    name: str
    approach: Rung
    title: str
    status: CandidateStatus
    validation: Evaluation | None = None
    test: Evaluation | None = None
    fit_seconds: float | None = None
    score_seconds: float | None = None
    predict_ms_per_row: float | None = None
    size_mb: float | None = None
    dollars: float = 0.0
    estimate: Estimate | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    reason: str | None = None


class Comparison(Model):
    """All candidates side by side. chosen: None where nothing was built.
    recommended: False where nothing beats the trivial answer.
    lead: difference of the main metric to the runner-up on validation rows with a paired-bootstrap interval.
    """

    metric: str
    candidates: list[CandidateResult]
    chosen: str | None
    recommended: bool
    why: str
    runner_up: str | None = None
    lead: Score | None = None
