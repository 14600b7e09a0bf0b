"""What came out of a run: the recommendation, all candidates side by side, and any of them looked at closely."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tools.core.evaluation import CandidateResult, Comparison, Evaluation, Score

if TYPE_CHECKING:
    from tools.jobs.run import Run
    from tools.report.closeup import Closeup

KEPT_CLOSE = 16  # close-ups that are held in memory: a page asks for the same one at each of its refreshes


@dataclass(frozen=True)
class Rival:
    """A candidate's line. score: on the test rows, else on the validation rows; None: not measured. minutes: fit and score.

    trivial: an answer that needs no model (the bar to beat). ready: its prototype is packed and proved.
    """

    name: str
    title: str
    rung: str
    status: Literal["done", "failed", "skipped", "cancelled"]
    chosen: bool
    trivial: bool
    score: Score | None
    others: dict[str, Score]
    minutes: float | None
    ms_per_row: float | None
    size_mb: float | None
    dollars: float
    ready: bool
    reason: str | None


@dataclass(frozen=True)
class RunResults:
    """words: the recommendation, two sentences in the person's language. measured: on which rows, None where there were none.

    target: what is predicted. metric: in words; meaning: what it says; higher: whether more is better.
    why: the choice explained, with the remarks.
    unproved: why the prototype of the chosen candidate is not offered; None where it is ready or nothing was chosen.
    """

    run_id: str
    words: str
    recommended: bool
    chosen: str | None
    target: str
    metric: str
    meaning: str
    higher: bool
    measured: Literal["test", "validation"] | None
    rows: int
    why: str
    rivals: list[Rival]
    unproved: str | None
    has_report: bool

    def rival(self, name: str | None) -> Rival | None:
        """The candidate of that name."""
        return next((rival for rival in self.rivals if rival.name == name), None)


def results(run_id: str) -> RunResults | None:
    """Of a run that has ended and was compared; None for others, whose end is told by the conversation."""
    from tools.jobs import runner

    run, status = runner.find(run_id), runner.status(run_id)
    comparison = run.comparison
    if not status.is_over or comparison is None or not comparison.candidates:
        return None
    outcome = runner.outcome(run.id) if status.state == "done" else None
    chosen = _named(comparison, comparison.chosen)
    measured = _measured(comparison, chosen)
    rows = getattr(chosen, measured).rows if chosen and measured else 0
    name = _metric_name(comparison, measured)
    return RunResults(
        run_id=run.id,
        words=_words(run, comparison) if outcome else comparison.why,
        recommended=comparison.recommended,
        chosen=comparison.chosen,
        target=run.plan.task.target or "target",
        metric=comparison.metric,
        meaning=_meaning(name),
        higher=_higher(name),
        measured=measured,
        rows=rows,
        why=outcome["why"] if outcome else comparison.why,
        rivals=[_rival(run, result, comparison, measured) for result in comparison.candidates],
        unproved=_unproved(run) if comparison.chosen and not _ready(run, comparison.chosen) else None,
        has_report=report(run_id) is not None,
    )


def closeup(run_id: str, candidate: str) -> Closeup | None:
    """A finished candidate looked at closely; None where nothing of it could be measured, or it was not finished."""
    from tools.jobs import runner

    run = runner.find(run_id)
    if candidate not in {one.name for one in run.building}:
        return None
    result = run.candidate(candidate) / "result.json"
    return _closeup(run.id, candidate, result.stat().st_mtime_ns) if result.is_file() else None


@lru_cache(maxsize=KEPT_CLOSE)
def _closeup(run_id: str, candidate: str, made: int) -> Closeup | None:
    """made: when the result was written, so that one that was built anew is looked at anew."""
    from tools.jobs import runner
    from tools.report import closeup

    run = runner.find(run_id)
    result = run.result(candidate)
    return closeup.closeup(run, result) if result is not None and result.status == "done" else None


def report(run_id: str) -> Path | None:
    """The path of the run's report, one page that needs nothing else; None where none was written."""
    from tools.jobs import runner

    path = runner.find(run_id).folder / "report" / "report.html"
    return path if path.is_file() else None


def _named(comparison: Comparison, name: str | None) -> CandidateResult | None:
    return next((result for result in comparison.candidates if result.name == name), None)


def _measured(comparison: Comparison, chosen: CandidateResult | None) -> Literal["test", "validation"] | None:
    """All candidates are shown on the same rows: those that the chosen one was measured on."""
    looked = [chosen] if chosen else comparison.candidates
    if any(result.test for result in looked):
        return "test"
    return "validation" if any(result.validation for result in looked) else None


def _metric_name(comparison: Comparison, measured: str | None) -> str | None:
    """The name in METRICS of what is shown, which may be another than the plan's (`scoring.evaluate`)."""
    parts = [result.test if measured == "test" else result.validation for result in comparison.candidates if measured]
    return next((part.main.metric for part in parts if part), None)


def _meaning(metric: str | None) -> str:
    from tools.report.glossary import MEANING

    return {str(name): text for name, text in MEANING.items()}.get(metric or "", "")


def _higher(metric: str | None) -> bool:
    from tools import scoring

    return scoring.METRICS[metric].sign() > 0 if metric in scoring.METRICS else True


def _words(run: Run, comparison: Comparison) -> str:
    import agent.narration as narration
    from tools.jobs import runner

    return narration.recommendation(run.plan.task, runner.outcome(run.id), comparison)


def _rival(run: Run, result: CandidateResult, comparison: Comparison, measured: str | None) -> Rival:
    from tools.approaches import APPROACHES

    evaluation: Evaluation | None = getattr(result, measured) if measured and result.status == "done" else None
    seconds = (result.fit_seconds or 0.0) + (result.score_seconds or 0.0)
    return Rival(
        name=result.name,
        title=result.title,
        rung=result.approach,
        status=result.status,
        chosen=result.name == comparison.chosen,
        trivial=result.name in {approach.name for approach in APPROACHES if approach.trivial},
        score=evaluation.main if evaluation else None,
        others=evaluation.others if evaluation else {},
        minutes=seconds / 60 if seconds else None,
        ms_per_row=result.predict_ms_per_row,
        size_mb=result.size_mb,
        dollars=result.dollars,
        ready=result.status == "done" and _ready(run, result.name),
        reason=result.reason,
    )


def _ready(run: Run, candidate: str) -> bool:
    from tools.export.offering import kept

    return kept(run, candidate) is not None


def _unproved(run: Run) -> str:
    """Why the prototype is not there: its proof failed, or it was not packed."""
    from tools.jobs import journal

    told = journal.last(journal.read(run.folder), "proved")
    return str(told["reason"]) if told is not None and not told.get("ok") and told.get("reason") else "It was not proved yet."
