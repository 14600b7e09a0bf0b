"""`report/`: one self-contained HTML page, `metrics.json` and PNG plots, made from a run's folder alone."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import scoring
from tools.approaches import APPROACHES
from tools.comparing import figure
from tools.core.errors import DataError
from tools.core.evaluation import CandidateResult, Comparison, Evaluation, Score
from tools.jobs import journal
from tools.jobs.run import Run, write_atomically
from tools.report import plots
from tools.report.asking_facts import TOLD_HERE, AskingFacts, asking_facts
from tools.report.column_facts import column_facts
from tools.report.facts import Facts, facts
from tools.report.glossary import MEANING, MEANING_OF_SETS
from tools.report.masking import mask

if TYPE_CHECKING:
    import jinja2

TEMPLATE = "template.html"
SQUEEZED = 0.3  # the scale leaves the trivial answer out where it would press the others into this share of it
WORST_CLASSES = 10  # shown open; the others are folded away
TOLD = frozenset({"run-started", "waiting", "candidate-finished", "candidate-retried", "compared", "exported", "requested"})


@dataclass(frozen=True)
class Bar:
    """A candidate's line in the leaderboard. left, right, at: percent of the drawn scale; None where nothing was measured.

    off: it lies outside of the scale, which is made for the others.
    """

    result: CandidateResult
    chosen: bool
    shown: Score | None
    left: float | None = None
    right: float | None = None
    at: float | None = None
    off: bool = False


def write(run_folder: Path, comparison: Comparison | None = None, folder: Path | None = None) -> Path:
    """Make `report/` of a run that was compared, and return the path of its `report.html`.

    comparison, folder: where it is not about the run's own choice, and lies elsewhere.
    Raises DataError where the run has no comparison yet.
    """
    run = Run(run_folder)
    comparison = comparison or run.comparison
    if comparison is None:
        raise DataError(
            expected="a run whose candidates were compared",
            found=f"no comparison.json in {run.folder}",
            remedy="Let the run finish (`fasttrack resume`), then make the report.",
        )
    folder = folder or run.folder / "report"
    folder.mkdir(parents=True, exist_ok=True)
    chosen = next((result for result in comparison.candidates if result.name == comparison.chosen), None)
    found = facts(run, chosen, folder) if chosen else None
    scores = [(result.title, score) for result in comparison.candidates if (score := _shown(result))]
    if scores:
        words = f"{comparison.metric}, 95 % interval"
        plots.leaderboard(scores, chosen.title if chosen else "", words, folder / "leaderboard.png")
    asking = asking_facts(run, comparison)
    write_atomically(folder / "metrics.json", _metrics(run, comparison, found, asking))
    page = _page(run, comparison, chosen, found, asking)
    write_atomically(folder / "report.html", page)
    return folder / "report.html"


def _page(
    run: Run,
    comparison: Comparison,
    chosen: CandidateResult | None,
    found: Facts | None,
    asking: Sequence[AskingFacts],
) -> str:
    """The filled template. All text from data is escaped by the template."""
    trivial = {approach.name for approach in APPROACHES if approach.trivial}
    bars, scale = _bars(comparison, trivial)
    events = journal.read(run.folder)
    return _template().render(
        run=run,
        plan=run.plan,
        task=run.plan.task,
        profile=run.profile,
        split=run.split,
        events=[event for event in events if event["event"] in TOLD],
        began=_moment(events),
        comparison=comparison,
        chosen=chosen,
        evaluation=_evaluation(chosen),
        evaluation_of=_evaluation,
        facts=found,
        columns=column_facts(run.candidate(chosen.name) / "model", run.plan.task.is_classification) if chosen else None,
        asking=asking,
        told_here=TOLD_HERE,
        worst=_worst(found),
        bars=bars,
        scale=scale,
        trivial=next((bar for bar in bars if bar.result.name in trivial and bar.shown and not bar.chosen), None),
        measured=[result for result in comparison.candidates if _evaluation(result)],
        metric_title=comparison.metric,
        shown_metrics=scoring.shown_metrics(run.plan.task),
        metrics=scoring.METRICS | (scoring.FOR_LABEL_SETS if run.plan.task.is_several else {}),
        meaning=MEANING | (MEANING_OF_SETS if run.plan.task.is_several else {}),
        classes_shown=WORST_CLASSES,
        most_cells=plots.MOST_CELLS,
    )


def _template() -> jinja2.Template:
    """The page, which escapes what it is given and refuses a variable that it is not given."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        figure=figure,
        percent=percent,
        duration=duration,
        milliseconds=milliseconds,
        megabytes=megabytes,
        mask=mask,
        dollars=dollars,
    )
    return environment.get_template(TEMPLATE)


def _evaluation(result: CandidateResult | None) -> Evaluation | None:
    """On test rows; on validation rows where no test row was measured."""
    return None if result is None else result.test or result.validation


def _shown(result: CandidateResult) -> Score | None:
    evaluation = _evaluation(result)
    return evaluation.main if evaluation and result.status == "done" else None


def _bars(comparison: Comparison, trivial: set[str]) -> tuple[list[Bar], tuple[float, float] | None]:
    """Lines of the leaderboard, and the values at the two ends of the drawn scale."""
    scores = {result.name: score for result in comparison.candidates if (score := _shown(result))}
    everything = _ends(scores.values())
    if everything is None:
        return [Bar(result, result.name == comparison.chosen, None) for result in comparison.candidates], None
    low, high = everything
    others = _ends(score for name, score in scores.items() if name not in trivial)
    if others and others[1] - others[0] < SQUEEZED * (high - low):
        low, high = others
    wide = (high - low) or 1.0

    def place(value: float | None) -> float | None:
        return None if value is None else round(2 + 96 * min(max((value - low) / wide, 0.0), 1.0), 2)

    bars = []
    for result in comparison.candidates:
        score = scores.get(result.name)
        chosen = result.name == comparison.chosen
        if score is None:
            bars.append(Bar(result, chosen, None))
        elif low <= score.value <= high:
            bars.append(Bar(result, chosen, score, place(score.low), place(score.high), place(score.value)))
        else:
            bars.append(Bar(result, chosen, score, at=place(score.value), off=True))
    return bars, (low, high)


def _ends(scores: Iterable[Score]) -> tuple[float, float] | None:
    """The least and the greatest value that the intervals reach; None without scores."""
    ends = [end for score in scores for end in (score.low, score.value, score.high) if end is not None]
    return (min(ends), max(ends)) if ends else None


def _worst(found: Facts | None) -> Sequence[Any]:
    """Classes by F1, the worst first."""
    looked_at = (found.classes or found.sets) if found else None
    return sorted(looked_at.classes, key=lambda row: (row.f1, row.label)) if looked_at else []


def _metrics(run: Run, comparison: Comparison, found: Facts | None, asking: Sequence[AskingFacts]) -> dict[str, Any]:
    """`metrics.json`: every number of the report, for programs. It quotes no row."""
    details: dict[str, Any] = {}
    if found is not None:
        details = {"part": found.part, "rows": found.rows}
        if found.classes is not None:
            details |= asdict(found.classes)
        if found.sets is not None:
            details |= asdict(found.sets)
        if found.numbers is not None:
            details |= asdict(found.numbers)
        if found.forecasts is not None:
            details |= asdict(found.forecasts)
    return {
        "run_id": run.id,
        "metric": run.plan.metric.model_dump(),
        "chosen": comparison.chosen,
        "recommended": comparison.recommended,
        "why": comparison.why,
        "lead": comparison.lead.model_dump() if comparison.lead else None,
        "runner_up": comparison.runner_up,
        "candidates": json.loads(json.dumps([result.model_dump(mode="json") for result in comparison.candidates])),
        "chosen_in_detail": details,
        "asking": [one.numbers() for one in asking],
    }


def _moment(events: Sequence[dict[str, Any]]) -> str:
    """When the run began, as a date and time in UTC."""
    first = next((str(event["at"]) for event in events if "at" in event), None)
    return datetime.fromisoformat(first).strftime("%d %B %Y, %H:%M UTC") if first else ""


def percent(share: float | None, digits: int = 0) -> str:
    """`87 %`."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def duration(seconds: float | None) -> str:
    """`0.4 s`, `48 s`, `3 min 20 s`, `1 h 05 min`."""
    if seconds is None:
        return "–"
    if seconds < 0.05:
        return "< 0.1 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def dollars(value: float) -> str:
    """`$0.000081`, `$0.081`, `$12.50`: two digits that say something; `nothing`."""
    if value <= 0:
        return "nothing"
    return f"${value:,.2f}" if value >= 1 else f"${value:.{1 - math.floor(math.log10(value))}f}"


def milliseconds(value: float | None) -> str:
    """`0.42 ms`, `120 ms`; `< 0.01 ms`."""
    return "–" if value is None else "< 0.01 ms" if value < 0.01 else f"{value:.0f} ms" if value >= 10 else f"{value:.2g} ms"


def megabytes(size: float | None) -> str:
    """`0.03 MB`, `24 MB`."""
    return "–" if size is None else f"{size:.0f} MB" if size >= 10 else f"{size:.2g} MB"
