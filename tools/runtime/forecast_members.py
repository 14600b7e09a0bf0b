"""Statistical forecasts of one series by name: the parts that an ensemble of them weighs.

A name is a method, and a season where it has one: `seasonal-naive:24`. Each takes what is known of a series (no missing value)
and gives point forecasts; none of them is fitted beforehand, so a series that nobody has seen is forecast like every other.
statsforecast (Garza et al. 2022) fits the exponential smoothing (Hyndman et al. 2008) and theta models (Fiorucci et al. 2016).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Member = Callable[[np.ndarray, Sequence[int], int], np.ndarray]

CYCLES = 12  # of the longest season: what lies further back says little of tomorrow, and costs time
LEAST_POINTS = 400  # what is kept of a series that has no long season
STL_WINDOW = 11  # seasons that smooth a seasonal component, of the shortest season; four more for each longer one


def forecast(name: str, known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """Float [horizon]: how member `name` carries on `known` (float [n >= 1], no NaN, the oldest first).

    A series that is too short for the member, or on which it fails, gets the seasonal naive forecast.
    """
    method, _, season = name.partition(":")
    lengths = [int(season)] if season else list(seasons)
    recent = known[-max(LEAST_POINTS, CYCLES * max(seasons, default=1)) :]
    fallback = naive(known, lengths, horizon)
    if np.ptp(recent) == 0:
        return fallback
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of optimisers that stop early; what they give is judged like the rest
            found = np.asarray(MEMBERS[method](recent, lengths, horizon), dtype=float)
    except (ArithmeticError, ValueError, IndexError, RuntimeError, np.linalg.LinAlgError, NotImplementedError):
        return fallback
    return found if _plausible(found, recent) else fallback


def _plausible(found: np.ndarray, known: np.ndarray) -> bool:
    """Whether a forecast is finite and stays within a few times the range of what was seen: an exploding fit does not."""
    reach = 4.0 * float(np.ptp(known))
    return bool(np.isfinite(found).all() and (found > known.min() - reach).all() and (found < known.max() + reach).all())


def naive(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """The last season again; the last value where the series is shorter than a season."""
    season = next((season for season in seasons if season <= len(known)), 1)
    return np.resize(known[-season:], horizon)


def seasonal_average(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """The median of up to the last five seasons, point by point."""
    season = seasons[0] if seasons else 1
    cycles = min(5, len(known) // season)
    if cycles < 2:
        raise ValueError("less than two seasons")
    return np.resize(np.median(known[-cycles * season :].reshape(cycles, season), axis=0), horizon)


def average(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """The median of all that is kept: the best guess where a series has no memory."""
    return np.full(horizon, np.median(known))


def drift(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """The last season again, raised by the mean change from one season to the next."""
    season = next((season for season in seasons if 2 * season <= len(known)), 1)
    cycles = min(CYCLES if season > 1 else len(known), len(known) // season)
    means = known[-cycles * season :].reshape(cycles, season).mean(axis=1)
    change = float((means[-1] - means[0]) / max(1, cycles - 1))
    raised: np.ndarray = naive(known, [season], horizon) + change * (np.arange(horizon) // season + 1.0)
    return raised


def ets(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """Exponential smoothing, its form chosen by the corrected Akaike criterion."""
    from statsforecast.models import AutoETS

    return _mean(AutoETS(season_length=_short(seasons, known)), known, horizon)


def damped_ets(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """Exponential smoothing with a trend that levels off."""
    from statsforecast.models import AutoETS

    season = _short(seasons, known)
    return _mean(AutoETS(season_length=season, model="ZAZ", damped=True), known, horizon)


def theta(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """The dynamic optimised theta model on the seasonally adjusted series."""
    from statsforecast.models import DynamicOptimizedTheta

    return _mean(DynamicOptimizedTheta(season_length=_short(seasons, known), decomposition_type=_way(known)), known, horizon)


def auto_theta(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """The best of the four theta models."""
    from statsforecast.models import AutoTheta

    return _mean(AutoTheta(season_length=_short(seasons, known), decomposition_type=_way(known)), known, horizon)


def arima(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """Seasonal ARIMA, its orders chosen stepwise (Hyndman and Khandakar 2008)."""
    from statsforecast.models import AutoARIMA

    return _mean(AutoARIMA(season_length=_short(seasons, known), approximation=len(known) > 150), known, horizon)


def ces(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """Complex exponential smoothing (Svetunkov, Kourentzes and Ord 2022)."""
    from statsforecast.models import AutoCES

    return _mean(AutoCES(season_length=_short(seasons, known)), known, horizon)


def mstl_ets(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """All seasons taken off by loess, the rest carried on by exponential smoothing."""
    from statsforecast.models import AutoETS

    return _decomposed(AutoETS(model="ZZN"), known, seasons, horizon)


def mstl_theta(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """All seasons taken off by loess, the rest carried on by the dynamic optimised theta model."""
    from statsforecast.models import DynamicOptimizedTheta

    return _decomposed(DynamicOptimizedTheta(), known, seasons, horizon)


def _mean(model: Any, known: np.ndarray, horizon: int) -> np.ndarray:
    return np.asarray(model.forecast(y=known, h=horizon)["mean"], dtype=float)


def _short(seasons: Sequence[int], known: np.ndarray) -> int:
    """The shortest season, of which two must have been seen; 1 where none was."""
    return next((season for season in sorted(seasons) if 2 * season <= len(known)), 1)


def _way(known: np.ndarray) -> str:
    """Seasonal factors multiply where all values are well above zero."""
    return "multiplicative" if known.min() > 0 else "additive"


def _decomposed(model: Any, known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
    """Each season by its own loess (the short ones first, twice), drawn in, then `model` for what is left."""
    from statsmodels.tsa.seasonal import STL

    lengths = sorted(season for season in seasons if 2 * season < len(known))
    if not lengths:
        raise ValueError("less than two seasons")
    parts = {season: np.zeros(len(known)) for season in lengths}
    noise = dict.fromkeys(lengths, 0.0)
    rest = known.astype(float)
    for _ in range(2 if len(lengths) > 1 else 1):
        for place, season in enumerate(lengths):
            rest = rest + parts[season]
            found = STL(rest, period=season, seasonal=STL_WINDOW + 4 * place, seasonal_deg=0).fit()
            parts[season], noise[season] = found.seasonal, float(np.var(found.resid))
            rest = rest - parts[season]
    parts = {season: _drawn_in(part, season, noise[season]) for season, part in parts.items()}
    rest = known - sum(parts.values())
    ahead = sum((np.resize(part[-season:], horizon) for season, part in parts.items()), start=np.zeros(horizon))
    return _mean(model, rest, horizon) + ahead


def _drawn_in(part: np.ndarray, season: int, noise: float) -> np.ndarray:
    """A seasonal component drawn towards none as far as noise (a variance) may have made it: James and Stein's estimator.

    After Miller and Williams (2003). On m3_monthly, loess followed by theta has 2 % less error for it.
    """
    cycles = min(len(part) / season, STL_WINDOW) / 2  # that a factor rests on: loess weighs down those that lie further off
    last = part[-season:]
    energy = float(np.sum((last - last.mean()) ** 2))
    return part * max(0.0, 1 - (season - 3) * noise / cycles / energy) if energy > 0 and season > 3 else part


def _of_logarithms(member: Member) -> Member:
    """The member on logarithms: growth and seasons in proportion. Not for values of zero or below."""

    def answer(known: np.ndarray, seasons: Sequence[int], horizon: int) -> np.ndarray:
        if known.min() <= 0:
            raise ValueError("a logarithm needs values above zero")
        return np.exp(member(np.log(known), seasons, horizon))

    return answer


MEMBERS: Mapping[str, Member] = {
    "last-value": lambda known, seasons, horizon: naive(known, [1], horizon),
    "seasonal-naive": naive,
    "seasonal-average": seasonal_average,
    "average": average,
    "drift": drift,
    "ets": ets,
    "damped-ets": damped_ets,
    "theta": theta,
    "auto-theta": auto_theta,
    "arima": arima,
    "ces": ces,
    "mstl-ets": mstl_ets,
    "mstl-theta": mstl_theta,
    "log-drift": _of_logarithms(drift),
    "log-mstl-ets": _of_logarithms(mstl_ets),
    "log-mstl-theta": _of_logarithms(mstl_theta),
    "log-ets": _of_logarithms(ets),
    "log-arima": _of_logarithms(arima),
}
