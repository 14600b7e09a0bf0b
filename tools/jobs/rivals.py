"""The finished candidates of a run, as the one that is being built sees them: to be beaten, or to be averaged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tools.approaches.base import Member, Standing
from tools.core.evaluation import CandidateResult
from tools.core.plan import Candidate
from tools.jobs.run import Run

if TYPE_CHECKING:
    from tools.approaches.base import Predictions, Rows

INTERVAL_OF_SE = 3.92  # a 95 % interval spans this many standard errors
LEAST_DONE = 0.4  # learning curves start flat at times: before this nothing is given up
MARGIN, MARGIN_AHEAD = 3.0, 3.0  # standard errors behind the best at the end of learning, and as many more at its beginning
GIVEN_UP = (
    "stopped early because it could not win any more: with {done:.0%} of its learning done it had {metric} {own} on the "
    "validation rows, and {title} has {best}"
)


def results(run: Run, candidate: Candidate) -> list[CandidateResult]:
    """What is finished, measured on validation rows and not trivial, apart from the candidate itself."""
    from tools.approaches import APPROACHES

    trivial = {approach.name for approach in APPROACHES if approach.trivial}
    found = [run.result(one.name) for one in run.building if one.name not in {candidate.name, *trivial}]
    return [one for one in found if one is not None and one.status == "done" and one.validation is not None]


def standing(run: Run, candidate: Candidate) -> Standing:
    """Where the candidate stands; what a person asked for by name is never given up."""
    from tools.scoring import METRICS

    measured = [one for one in results(run, candidate) if one.validation and one.validation.main.metric == run.plan.metric.name]
    if candidate.asked or not measured:
        return Standing()
    sign = METRICS[run.plan.metric.name].sign()
    return _Behind(sign, max(measured, key=lambda one: sign * _score(one)), run.plan.metric.name)


class _Behind(Standing):
    """Compares intermediate scores with the best finished candidate's."""

    def __init__(self, sign: int, best: CandidateResult, metric: str) -> None:
        self.sign, self.best, self.metric = sign, best, metric
        self.reached: list[tuple[float, float]] = []  # (done, best quality so far)

    def hopeless(self, quality: float, done: float) -> str | None:
        """See `Standing`. It may still gain as fast as it gained last, which learning curves hardly do, and a margin."""
        before = self.reached[-1] if self.reached else None
        self.reached.append((done, quality if before is None else max(before[1], quality)))
        done, own = self.reached[-1]
        if done < LEAST_DONE or (before is None and done < 1):
            return None
        pace = 0.0 if before is None or done <= before[0] else (own - before[1]) / (done - before[0])
        ahead = max(0.0, 1 - done)
        margin = (MARGIN + MARGIN_AHEAD * ahead) * self._standard_error()
        if own + pace * ahead + margin >= self.sign * _score(self.best):
            return None
        from tools.comparing import figure

        return GIVEN_UP.format(
            done=min(done, 1.0),
            metric=self.metric,
            own=figure(self.sign * own),
            title=self.best.title,
            best=figure(_score(self.best)),
        ).replace("%", " %")

    def _standard_error(self) -> float:
        main = self.best.validation.main if self.best.validation else None
        if main is None or main.low is None or main.high is None:
            return float("inf")
        return (main.high - main.low) / INTERVAL_OF_SE


def members(run: Run, candidate: Candidate, rows: Rows) -> Sequence[Member]:
    """What can be averaged: finished models, the best on validation first, with their predictions for its rows in order.

    Models that ask a language model are left out: each of their answers costs time or money, and may change.
    """
    found = []
    for result in _best_first(run, results(run, candidate)):
        folder = run.candidate(result.name)
        path = folder / "model" / "manifest.json"
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        predictions = _for_rows(run, result.name, rows) if manifest and manifest["format"] != "prompted" else None
        if predictions is not None:
            single, among_many = result.settings.get("predict_ms_single"), result.predict_ms_per_row or 0.0
            found.append(
                Member(result.name, result.title, folder / "model", predictions, float(single or among_many), among_many)
            )
    return found


def _best_first(run: Run, measured: list[CandidateResult]) -> list[CandidateResult]:
    from tools.scoring import METRICS

    sign = METRICS[run.plan.metric.name].sign()
    return sorted(measured, key=lambda one: -sign * _score(one))


def _for_rows(run: Run, name: str, rows: Rows) -> Predictions | None:
    """Its validation predictions, where they are of exactly these rows in this order."""
    from tools.jobs import predictions

    row_ids, _, found = predictions.read(run.candidate(name), "validation")
    return found if row_ids == [int(row) for row in rows.inputs.index] else None


def _score(result: CandidateResult) -> float:
    assert result.validation is not None
    return result.validation.main.value
