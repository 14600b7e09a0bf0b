"""Which statistical forecasts are tried for which series, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping

from tools.core.data import SeriesForm

FEW = 12  # series up to which models that are slow to fit are tried
LONG_SEASON = 24  # up to which seasonal models by state space are tried: their cost grows with the season

# Seconds a forecast takes on the reference machine, per 100 points that are kept of a series, and once; measured with
# statsforecast 2.0.3 on m3_monthly (50 to 126 points), us_retail_sales, daily_births and m4_hourly (700 points, two seasons).
# Processors differ: of exponential smoothing 0.85 and 1.6 times of it were measured, beside the machine's speed.
COSTS: Mapping[str, tuple[float, float]] = {
    "theta": (0.002, 0.003),
    "auto-theta": (0.006, 0.004),
    "ets": (0.055, 0.012),
    "damped-ets": (0.02, 0.005),
    "mstl-ets": (0.0025, 0.0025),
    "mstl-theta": (0.0025, 0.0015),
    "arima": (0.18, 0.15),
}
CHEAP = (0.0, 0.0002)


def members_for(form: SeriesForm) -> list[str]:
    """Names for `tools/runtime/forecast_members.py`, the cheap and sturdy ones first."""
    seasons = [season for season in form.seasons if season > 1 and 2 * season <= form.median_length]
    names = ["last-value", "average", "drift"]
    for season in seasons:
        names += [f"seasonal-naive:{season}", f"seasonal-average:{season}"]
    names += ["theta", "auto-theta"]
    if seasons:
        names += ["mstl-theta", "mstl-ets"]
    names += ["log-drift", *(["log-mstl-theta", "log-mstl-ets"] if seasons else ["log-ets"])]
    if min(seasons, default=1) <= LONG_SEASON:
        names += ["damped-ets"]
        if form.count <= FEW:  # of many, as of m3_monthly, the whole search costs most and leaves no smaller error
            names += ["ets", *(["arima", "log-ets", "log-arima"] if min(seasons, default=1) <= 12 else [])]
    return list(dict.fromkeys(names))


def cost(name: str, form: SeriesForm) -> float:
    """Seconds of one forecast on the reference machine."""
    from tools.runtime.forecast_members import CYCLES, LEAST_POINTS

    points = min(form.median_length, max(LEAST_POINTS, CYCLES * max(form.seasons, default=1)))
    slope, once = COSTS.get(name.partition(":")[0].removeprefix("log-"), CHEAP)
    several = len(form.seasons) > 1 and "mstl" in name  # loess goes twice over each; other models see the shortest alone
    return once + slope * points / 100 * (2 * len(form.seasons) ** 2 if several else 1)


def affordable(costs: Mapping[str, float], budget: float) -> list[str]:
    """The names that fit in the budget (seconds), in their order: one that does not fit leaves its place to cheaper ones."""
    left, chosen = budget, []
    for name, seconds in costs.items():
        if seconds <= left:
            chosen.append(name)
            left -= seconds
    return chosen or list(costs)[:1]
