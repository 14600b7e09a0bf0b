"""95 % intervals: Wilson's for proportions, percentiles of resampled rows (the bootstrap) for everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Z = 1.959963984540054
RESAMPLES = 1000
FEWEST_RESAMPLES = 200
CELLS = 20_000_000  # resamples x rows x width of one bootstrap: about a second on one core
CHUNK = 2_000_000  # counts held at once: 16 MB


def wilson(hits: float, of: float) -> tuple[float, float] | None:
    """The interval of a proportion (Wilson 1927), within 0..1. None where there is nothing to count."""
    if of <= 0:
        return None
    share = hits / of
    centre = (share + Z**2 / (2 * of)) / (1 + Z**2 / of)
    half = Z / (1 + Z**2 / of) * (share * (1 - share) / of + Z**2 / (4 * of**2)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap(
    statistic: Callable[[np.ndarray, np.ndarray], np.ndarray], multiplicity: np.ndarray, *, width: int = 1, seed: int = 0
) -> tuple[float, float] | None:
    """Percentile interval of a statistic when rows are drawn again with replacement.

    statistic(positions [m], counts [b, m]) -> [b]: its value in b resamples, where counts say how often each of the distinct
    rows at `positions` was drawn; nan where it is undefined. multiplicity [u]: how many rows each distinct row stands for.
    width: how many numbers the statistic handles for each row (classes). It bounds the cost: of very many distinct rows a
    random part is resampled, and the interval is narrowed around the whole's value by the square root law.
    None with fewer than 2 rows, or where the statistic is undefined in over half of the resamples.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    rows, distinct = float(multiplicity.sum()), len(multiplicity)
    if rows < 2:
        return None
    most = max(1000, CELLS // (FEWEST_RESAMPLES * width))
    positions = np.arange(distinct) if distinct <= most else np.sort(random.choice(distinct, most, replace=False))
    part = multiplicity[positions]
    resamples = int(np.clip(CELLS // (len(positions) * width), FEWEST_RESAMPLES, RESAMPLES))
    chunk = max(1, CHUNK // (len(positions) * width))
    values = np.concatenate([statistic(positions, counts) for counts in _counts(random, part, resamples, chunk)])
    values = values[np.isfinite(values)]
    if len(values) < resamples / 2:
        return None
    low, high = np.percentile(values, [2.5, 97.5])
    if distinct > most:
        centre = float(statistic(positions, part[None, :])[0])
        whole = float(statistic(np.arange(distinct), multiplicity[None, :])[0])
        narrower = float(part.sum() / rows) ** 0.5
        low, high = whole + (low - centre) * narrower, whole + (high - centre) * narrower
    return float(low), float(high)


def _counts(random: np.random.Generator, part: np.ndarray, resamples: int, chunk: int) -> Iterator[np.ndarray]:
    """How often each distinct row is drawn, float64 [b, m], in chunks of resamples."""
    import numpy as np

    rows, distinct = int(part.sum()), len(part)
    for start in range(0, resamples, chunk):
        size = min(chunk, resamples - start)
        if rows == distinct:  # every row once: drawing indices is many times faster than a multinomial
            drawn = random.integers(0, distinct, size=(size, distinct)) + np.arange(size)[:, None] * distinct
            counts = np.bincount(drawn.ravel(), minlength=size * distinct).reshape(size, distinct)
        else:
            counts = random.multinomial(rows, part / part.sum(), size=size)
        yield counts.astype(float)
