"""Forecasts of the rolling windows beside the truth, row by row: what weights and intervals are learnt from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.approaches.base import LEVELS
from tools.approaches.forecasting.spread import spread_of
from tools.approaches.forecasting.windows import Window

if TYPE_CHECKING:
    import numpy as np

LEAST_SERIES = 4  # with fewer, one window cannot be halved into series to learn from and series to judge by


@dataclass(frozen=True)
class Trials:
    """One row a forecast row of all windows. opinions: float [members, n], what each member says.

    target: float [n], may be NaN. step: int [n], 1-based. scale: float [n], of the row's history. window, series: int [n].
    floored: bool [n], counts. flat: bool [n], the row's history never changes. names: of the series, by their number.
    """

    opinions: np.ndarray
    target: np.ndarray
    step: np.ndarray
    scale: np.ndarray
    window: np.ndarray
    series: np.ndarray
    floored: np.ndarray
    flat: np.ndarray
    names: tuple[str, ...] = ()

    def take(self, rows: np.ndarray) -> Trials:
        """The rows of a bool mask [n]."""
        return Trials(
            opinions=self.opinions[:, rows],
            target=self.target[rows],
            step=self.step[rows],
            scale=self.scale[rows],
            window=self.window[rows],
            series=self.series[rows],
            floored=self.floored[rows],
            flat=self.flat[rows],
            names=self.names,
        )

    def telling(self) -> np.ndarray:
        """Bool [n]: rows with a known target after a history that changes. A flat one has no unit that errors count in."""
        import numpy as np

        found: np.ndarray = np.isfinite(self.target) & ~self.flat
        return found

    def choosing(self) -> np.ndarray:
        """Bool [n]: rows by which to choose: the telling ones, or those with a known target where there are none."""
        import numpy as np

        telling = self.telling()
        return telling if telling.any() else np.isfinite(self.target)

    def groups(self) -> int:
        """Series times windows: errors within one hang together."""
        import numpy as np

        return len(np.unique(np.column_stack([self.window, self.series]), axis=0)) if len(self.target) else 0


def trials_of(
    windows: Sequence[Window],
    members: Sequence[str],
    season: int,
    opinion: Callable[[str, str, np.ndarray, int], np.ndarray],
    told: Callable[[float], None] = lambda _: None,
) -> Trials:
    """All members on all windows. opinion: (series, member, known, horizon) -> [horizon]. told: fraction done."""
    import numpy as np

    from tools.runtime.forecast_known import known_values, spans
    from tools.runtime.forecast_spread import change, counted, scale

    parts: list[tuple[np.ndarray, ...]] = []
    codes: dict[str, int] = {}
    for number, window in enumerate(windows):
        known = known_values(window.history, season)
        spanned = list(spans(window.future["series"].to_numpy()))
        for done, (name, rows) in enumerate(spanned):
            length, past = rows.stop - rows.start, known.get(name, np.zeros(1))
            said = np.stack([opinion(name, member, past, length) for member in members])
            told((number + done / len(spanned)) / len(windows))
            ones = np.ones(length)
            parts.append(
                (
                    said, window.target[rows], ones.cumsum(), ones * scale(past, season), ones * number,
                    ones * codes.setdefault(name, len(codes)), ones * counted(past),
                    ones * (change(past, season) == 0),
                )
            )  # fmt: skip
    opinions, target, step, scales, window_of, series, floored, flat = (
        np.concatenate(one, axis=-1) for one in zip(*parts, strict=True)
    )
    numbers = (step.astype(int), scales, window_of.astype(int), series.astype(int))
    return Trials(opinions, target, *numbers, floored.astype(bool), flat.astype(bool), tuple(codes))


def stacked(parts: Sequence[Trials]) -> Trials:
    """Trials of one window each, with the same members, as one. Raises ValueError where there are none."""
    import numpy as np

    names = tuple(dict.fromkeys(name for part in parts for name in part.names))
    number = {name: place for place, name in enumerate(names)}
    return Trials(
        opinions=np.concatenate([part.opinions for part in parts], axis=1),
        target=np.concatenate([part.target for part in parts]),
        step=np.concatenate([part.step for part in parts]),
        scale=np.concatenate([part.scale for part in parts]),
        window=np.concatenate([np.full(len(part.target), place) for place, part in enumerate(parts)]),
        series=np.concatenate([np.array([number[name] for name in part.names], dtype=int)[part.series] for part in parts]),
        floored=np.concatenate([part.floored for part in parts]),
        flat=np.concatenate([part.flat for part in parts]),
        names=names,
    )


def crossed(trials: Trials) -> list[tuple[np.ndarray, np.ndarray]]:
    """(rows to learn from, rows to judge), bool masks [n]: each row is judged by what was learnt without it.

    Window by window; one window of many series by halves of the series; one window of few by nothing at all.
    """
    import numpy as np

    numbers = np.unique(trials.window)
    if len(numbers) > 1:
        return [(trials.window != number, trials.window == number) for number in numbers]
    if len(np.unique(trials.series)) >= LEAST_SERIES:
        even = trials.series % 2 == 0
        return [(~even, even), (even, ~even)]
    everything = np.ones(len(trials.target), dtype=bool)
    return [(~everything, everything)]


def answers_by_others(trials: Trials, points: np.ndarray, season: int) -> list[np.ndarray]:
    """Of each window, float [rows, 1 + levels] as a predictor would give them: points, and quantiles by the others' errors.

    points: float [n], each forecast without knowing its row.
    """
    import numpy as np

    from tools.runtime.forecast_spread import quantiles

    found = np.empty((len(points), 1 + len(LEVELS)))
    for learn, judge in crossed(trials):
        spread, rows = spread_of(trials.take(learn), points[learn], season), trials.take(judge)
        answers = np.column_stack([points[judge], quantiles(points[judge], rows.step, rows.scale, spread)])
        found[judge] = np.where(rows.floored[:, None], np.maximum(answers, 0.0), answers)
    return [found[trials.window == number] for number in np.unique(trials.window)]
