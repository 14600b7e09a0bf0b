"""What can be said of a candidate's forecasts: how errors grow with the steps ahead, which series go well, which badly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.intervals import wilson
from tools.jobs import predictions as stored
from tools.jobs.predictions import Part
from tools.jobs.run import Run
from tools.report import series_words
from tools.report.masking import mask_cell

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from tools.approaches.base import Predictions
    from tools.core.data import SeriesForm

WORST = 10
TAIL = 3  # times the horizon: how much of the history is shown before a forecast
LEAST_TAIL, MOST_TAIL = 24, 400
MOST_STEPS = 60  # rows of the table by steps; of a longer horizon steps are taken together


@dataclass(frozen=True)
class StepRow:
    """Steps first..last ahead. error: mean scaled error (1: as the seasonal naive forecast within the history); off: mean
    absolute error; coverage: share of truths within the interval, None where there is none.
    """

    first: int
    last: int
    rows: int
    error: float | None
    off: float
    coverage: float | None


@dataclass(frozen=True)
class SeriesRow:
    """One series. error: its scaled error, off: its mean absolute error in the target's unit; inside: truths in low..high."""

    name: str
    error: float
    off: float
    rows: int
    inside: int | None


@dataclass(frozen=True)
class Shown:
    """One series drawn: the end of its history, then truth and forecast. times: ISO texts, or whole numbers as text.

    which: "the middle one", "the best", "the worst", or "the only one". low and high are empty where there is no interval.
    """

    which: str
    row: SeriesRow
    past_times: list[str]
    past: list[float | None]
    times: list[str]
    truth: list[float | None]
    values: list[float]
    low: list[float]
    high: list[float]
    counted: bool


@dataclass(frozen=True)
class ForecastFacts:
    """count: series that were judged. ahead, every, step: in words. better: series with a scaled error below 1, of `count`.

    shown: up to three series. worst: the series with the largest scaled errors, at most `WORST`.
    """

    count: int
    windows: int
    ahead: str
    every: str
    step: str
    better: int
    steps: list[StepRow]
    shown: list[Shown]
    worst: list[SeriesRow]
    coverage: float | None
    coverage_low: float | None
    coverage_high: float | None

    @property
    def words(self) -> str:
        """`the last 48 hours of 50 series`."""
        return f"the last {self.ahead}{'' if self.count == 1 else f' of {series_words.series(self.count)}'}"


def forecast_facts(run: Run, candidate: str, part: Part) -> ForecastFacts | None:
    """Of the rows of a part whose truth is known; None where there is none."""
    import numpy as np

    folder = run.candidate(candidate)
    row_ids, target, found = stored.read(folder, part)
    table = _judged(row_ids, target, found, stored.places(folder, part).to_pandas())
    if table.empty:
        return None
    history = _history(run)
    form, rows = history
    each = _each_series(table, form)
    inside = table["inside"].to_numpy(dtype=float)
    known = np.isfinite(inside)
    interval = wilson(float(inside[known].sum()), float(known.sum())) if known.any() else None
    return ForecastFacts(
        count=table["series"].nunique(),
        windows=table["window"].nunique(),
        ahead=series_words.ahead(form),
        every=series_words.every(form),
        step=series_words.step_name(form) if form.step == 1 else "step",
        better=int((each["error"] < 1).sum()),
        steps=_steps(table),
        shown=_shown(table, each, form, rows),
        worst=[_row(name, one, form) for name, one in each.iloc[::-1].iloc[:WORST].iterrows()] if len(each) > 1 else [],
        coverage=float(inside[known].mean()) if known.any() else None,
        coverage_low=interval and interval[0],
        coverage_high=interval and interval[1],
    )


def _judged(row_ids: list[int], target: list[Any], found: Predictions, places: pd.DataFrame) -> pd.DataFrame:
    """A row a judged forecast: series, time, step, window, truth, value, low, high, off, error, inside."""
    import numpy as np

    assert found.context is not None
    table = places.copy()
    table["truth"], table["value"] = np.array(target, dtype=float), found.values
    for name, values in (("low", found.low), ("high", found.high)):
        table[name] = np.full(len(table), np.nan) if values is None else values
    table["off"] = (table["value"] - table["truth"]).abs()
    table["error"] = table["off"] / found.context.scale
    inside = ((table["truth"] >= table["low"]) & (table["truth"] <= table["high"])).astype(float)
    table["inside"] = inside.where(table["low"].notna())
    return table[table["truth"].notna()]


def _history(run: Run) -> tuple[SeriesForm, pd.DataFrame]:
    from tools.data.series import everything, form_of

    attachments: Any = run.plan.attachments
    form = form_of(run.plan.task, attachments)
    return form, everything(run.plan.task, attachments, form)


def _each_series(table: pd.DataFrame, form: SeriesForm) -> pd.DataFrame:
    """A row a series, the best first. One whose history never changes has no scaled error and is left out, if not all are."""
    each = table.groupby("series", sort=False).agg(
        error=("error", "mean"),
        off=("off", "mean"),
        rows=("off", "size"),
        inside=("inside", lambda part: part.sum(min_count=1)),
    )
    scaled = each[each["error"].notna()]
    return (scaled if len(scaled) else each.assign(error=each["off"])).sort_values("error", kind="stable")


def _row(name: Any, one: pd.Series, form: SeriesForm) -> SeriesRow:
    inside = one["inside"]
    return SeriesRow(
        _named(str(name), form),
        float(one["error"]),
        float(one["off"]),
        int(one["rows"]),
        int(inside) if inside == inside else None,
    )


def _named(name: str, form: SeriesForm) -> str:
    """The series as people are told of it: names and contact data hidden where the id columns hold such."""
    ids = form.series_columns
    if not ids:
        return name or (form.target or "the series")
    column = ids[0] if len(ids) == 1 else ""
    return mask_cell(column, name)


def _steps(table: pd.DataFrame) -> list[StepRow]:
    longest = int(table["step"].max())
    size = max(1, -(-longest // MOST_STEPS))
    rows = []
    for group, part in table.groupby((table["step"] - 1) // size):
        first = int(group) * size + 1
        error, coverage = part["error"].mean(), part["inside"].mean()
        rows.append(
            StepRow(
                first, min(first + size - 1, longest), len(part), float(error) if error == error else None,
                float(part["off"].mean()), float(coverage) if coverage == coverage else None,
            )
        )  # fmt: skip
    return rows


def _shown(table: pd.DataFrame, each: pd.DataFrame, form: SeriesForm, history: pd.DataFrame) -> list[Shown]:
    """The series in the middle, the best and the worst; of a window, the last one."""
    names = list(each.index)
    if len(names) == 1:
        picked = {"the only one": names[0]}
    else:
        picked = {"the middle one": names[(len(names) - 1) // 2], "the best": names[0], "the worst": names[-1]}
    seen: set[str] = set()
    shown = []
    for which, name in picked.items():
        if name not in seen:
            seen.add(name)
            own = table[table["series"] == name]
            shown.append(_one(which, own[own["window"] == own["window"].max()], each.loc[name], form, history))
    return shown


def _one(which: str, own: pd.DataFrame, row: pd.Series, form: SeriesForm, history: pd.DataFrame) -> Shown:
    tail = min(MOST_TAIL, max(LEAST_TAIL, TAIL * len(own)))
    past = history[(history["series"] == own["series"].iloc[0]) & (history["time"].to_numpy() < own["time"].iloc[0])].iloc[
        -tail:
    ]
    counted = form.frequency is None
    has_interval = own["low"].notna().all()
    return Shown(
        which=which,
        row=_row(own["series"].iloc[0], row, form),
        past_times=_times(past["time"], counted),
        past=_numbers(past["target"].to_numpy()),
        times=_times(own["time"], counted),
        truth=_numbers(own["truth"].to_numpy()),
        values=own["value"].tolist(),
        low=own["low"].tolist() if has_interval else [],
        high=own["high"].tolist() if has_interval else [],
        counted=counted,
    )


def _times(column: pd.Series, counted: bool) -> list[str]:
    return [str(int(value)) if counted else value.isoformat() for value in column]


def _numbers(values: np.ndarray) -> list[float | None]:
    return [float(value) if value == value else None for value in values]
