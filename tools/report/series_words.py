"""Series and their steps in words: every hour, 50 series, 48 steps."""

from __future__ import annotations

from tools.core.data import SeriesForm

STEPS = {
    "s": "second", "min": "minute", "h": "hour", "D": "day", "B": "working day", "W": "week", "MS": "month", "ME": "month",
    "QS": "quarter", "QE": "quarter", "YS": "year", "YE": "year", "ms": "millisecond",
}  # fmt: skip


def step_name(form: SeriesForm) -> str:
    """`hour`, `working day`; `step` where time is counted or the frequency is a rare one."""
    return STEPS.get((form.frequency or "").split("-")[0], "step")


def every(form: SeriesForm) -> str:
    """`every hour`, `every 15 minutes`."""
    name = step_name(form)
    return f"every {name}" if form.step == 1 else f"every {form.step} {name}s"


def ahead(form: SeriesForm) -> str:
    """`48 hours`, `1 month`; `96 steps of 15 minutes`."""
    name = step_name(form)
    if form.step == 1:
        return many(form.horizon, name)
    return f"{many(form.horizon, 'step')} of {form.step} {name}s"


def series(count: int) -> str:
    """`1 series`, `50 series`."""
    return f"{count:,} series"


def many(count: int, noun: str) -> str:
    """`1 day`, `1,200 days`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
