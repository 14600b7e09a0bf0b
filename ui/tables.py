"""Plans, runs and results as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tools.core.data import Problem
from tools.core.plan import Plan

if TYPE_CHECKING:
    from rich.table import Table


def plan_table(plan: Plan) -> Table:
    """Candidates with a tick where approval builds them, then what is not possible and why."""
    costs = any(candidate.estimate.dollars for candidate in plan.candidates)
    paid = ("dollars",) if costs else ()
    table = _table("", "rung", "candidate", "why", "minutes", *paid, "download", "leaves the machine")
    for candidate in plan.candidates:
        estimate = candidate.estimate
        table.add_row(
            "✓" if candidate.selected else "☐",
            candidate.approach,
            candidate.title,
            candidate.reason,
            f"{estimate.minutes:.1f}",
            *((_dollars(estimate.dollars),) if costs else ()),
            f"{estimate.download_mb:.0f} MB" if estimate.download_mb else "–",
            ", ".join(candidate.leaves_machine) or "nothing",
        )
    for entry in plan.not_possible:
        table.add_row("–", entry.approach, entry.title, f"not possible: {entry.reason}", *[""] * (3 + len(paid)))
    return table


def leaderboard(outcome: Mapping[str, Any]) -> Table:
    """Results with intervals, best on the test rows first; what failed stands below with its reason."""
    costs = any(row["dollars"] for row in outcome["candidates"])
    paid = ("cost",) if costs else ()
    table = _table("", "candidate", "rung", "validation", "test", "fit", "answers", "size", *paid, "note")
    for row in sorted(outcome["candidates"], key=_standing):
        table.add_row(
            "★" if row["name"] == outcome["chosen"] else "",
            row["name"],
            row["approach"],
            score(row["validation"]),
            score(row["test"]),
            _seconds(row["fit_seconds"]),
            f"{row['predict_ms_per_row']:.1f} ms a row" if row["predict_ms_per_row"] is not None else "",
            f"{row['size_mb']:.1f} MB" if row["size_mb"] is not None else "",
            *((_dollars(row["dollars"]),) if costs else ()),
            row["reason"] or "" if row["status"] == "done" else f"{row['status']}: {row['reason'] or ''}",
        )
    return table


def score(given: Mapping[str, Any] | None) -> str:
    """`macro-f1 0.870 (0.840 to 0.900)`; a dash where nothing was measured."""
    if given is None:
        return "–"
    interval = f" ({given['low']:.3f} to {given['high']:.3f})" if given.get("low") is not None else ""
    return f"{given['metric']} {given['value']:.3f}{interval}"


def warning_lines(problems: Sequence[Problem]) -> list[str]:
    """One line a problem, with its evidence."""
    return [f"! {problem.message} ({problem.evidence})" if problem.evidence else f"! {problem.message}" for problem in problems]


def _standing(row: Mapping[str, Any]) -> tuple[bool, float]:
    from tools.scoring import METRICS

    given = row["test"] or row["validation"]
    if given is None:
        return (True, 0.0)
    metric = METRICS.get(given["metric"].split(":")[0].split("@")[0])
    better = metric.greater_is_better if metric else True
    return (False, -given["value"] if better else given["value"])


def _dollars(value: float) -> str:
    if not value:
        return "–"
    return f"${value:.2f}" if value >= 0.01 else "under $0.01"


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f} s" if value < 90 else f"{value / 60:.1f} min"


def _table(*headings: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
