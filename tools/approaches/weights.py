"""Weights of an average, learned from what its members said of validation rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

How = Literal["probability", "squared", "absolute", "relative", "logarithm"]

BAGS, STEPS = 20, 20  # draws of the rows, and members taken (with replacement) in each
FOLDS = 5
MOST_ROWS = 5000  # more tell no more about three weights
FEW_ROWS = 40  # fewer cannot tell weights apart: the good ones count alike
PRIOR_ROWS = 100.0  # so many rows weigh as much as the belief that the members that are taken count alike
LEAST_WEIGHT = 0.1
LEAST_GAIN = 0.005  # of the loss: a member that brings less is not worth its size
FLOOR = 1e-6


@dataclass(frozen=True)
class Stakes:
    """What m members said of n rows whose truth is known; an average is `weights @ told`.

    told: float [m, n]. probability: that of the true label (of several: of what is true of each label, a column each);
    else numbers. target, scale: float [n], what the number should be, and what its error is divided by.
    group: int [n]; columns of one group are drawn and held out together.
    """

    told: np.ndarray
    how: How
    target: np.ndarray
    scale: np.ndarray
    group: np.ndarray

    def losses(self, told: np.ndarray) -> np.ndarray:
        """For each row, of what was told [..., n]."""
        import numpy as np

        if self.how == "probability":
            return np.asarray(-np.log(np.clip(told, FLOOR, 1.0)))
        if self.how == "logarithm":
            return np.asarray((np.log1p(np.clip(told, 0, None)) - np.log1p(np.clip(self.target, 0, None))) ** 2)
        errors = np.abs(told - self.target) / self.scale
        if self.how == "relative":
            return np.asarray(errors / np.maximum(np.abs(self.target), FLOOR))
        return np.asarray(errors**2 if self.how == "squared" else errors)

    def loss(self, weights: np.ndarray) -> float:
        """Mean over the rows."""
        return float(self.losses(weights @ self.told).mean())

    def rows(self, positions: np.ndarray) -> Stakes:
        """The columns at these positions."""
        return replace(
            self,
            told=self.told[:, positions],
            target=self.target[positions],
            scale=self.scale[positions],
            group=self.group[positions],
        )


def learn_weights(stakes: Stakes, seed: int, most: int = 4) -> np.ndarray:
    """float [m], sum 1, at most `most` of them above 0: greedy ensemble selection in bags (Caruana et al. 2004), shrunk.

    Shrunk towards equal weights of those that were taken, the more the fewer rows there are. With very few rows those that
    cannot be told from the best count alike. Who brings less than `LEAST_GAIN` of the loss is left out.
    """
    import numpy as np

    groups = len(np.unique(stakes.group))
    if groups < FEW_ROWS:
        return _even(_near_the_best(stakes)[: min(most, 3)], len(stakes.told))
    generator = np.random.default_rng(seed)
    if stakes.told.shape[1] > MOST_ROWS:
        stakes = stakes.rows(generator.choice(stakes.told.shape[1], MOST_ROWS, replace=False))
    bags = [_greedy(stakes.rows(_drawn(stakes.group, generator))) for _ in range(BAGS)]
    weights = np.mean(bags, axis=0)
    taken = [int(at) for at in np.argsort(-weights) if weights[at] >= LEAST_WEIGHT / 2][:most]
    trust = groups / (groups + PRIOR_ROWS)
    mixed = trust * weights / weights[taken].sum() + (1 - trust) * _even(taken, len(weights))
    return _pruned(stakes, np.where(np.isin(np.arange(len(mixed)), taken), mixed, 0.0))


def held_out(stakes: Stakes, seed: int, most: int = 4) -> list[tuple[np.ndarray, np.ndarray]]:
    """(groups, weights that were learned without them) for each fold: what an average is judged by."""
    import numpy as np

    groups = np.unique(stakes.group)
    shuffled = np.random.default_rng(seed).permutation(groups)
    folds = [fold for fold in np.array_split(shuffled, min(FOLDS, len(groups))) if len(fold)]
    if len(folds) < 2:
        return [(groups, learn_weights(stakes, seed, most))]
    return [(fold, learn_weights(stakes.rows(np.flatnonzero(~np.isin(stakes.group, fold))), seed, most)) for fold in folds]


def _greedy(stakes: Stakes) -> np.ndarray:
    """The member that helps most is added, again and again; its share of the additions is its weight."""
    import numpy as np

    counts, total = np.zeros(len(stakes.told)), np.zeros(stakes.told.shape[1])
    for step in range(1, STEPS + 1):
        best = int(stakes.losses((total + stakes.told) / step).mean(axis=1).argmin())
        counts[best] += 1
        total = total + stakes.told[best]
    weights: np.ndarray = counts / counts.sum()
    return weights


def _drawn(group: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Positions of groups drawn with replacement (the bootstrap)."""
    import numpy as np

    names, place = np.unique(group, return_inverse=True)
    if len(names) == len(group):
        return generator.integers(0, len(group), len(group))
    order = np.argsort(place, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(place))[:-1])
    return np.concatenate([parts[one] for one in generator.integers(0, len(names), len(names))])


def _near_the_best(stakes: Stakes) -> list[int]:
    """Members whose loss is within one standard error of the least, the best first."""
    import numpy as np

    losses = stakes.losses(stakes.told)
    order = np.argsort(losses.mean(axis=1))
    behind = losses - losses[order[0]]
    error = behind.std(axis=1) / np.sqrt(max(1, behind.shape[1]))
    return [int(at) for at in order if behind[at].mean() <= error[at] + 1e-12]


def _pruned(stakes: Stakes, weights: np.ndarray) -> np.ndarray:
    """Without those of little weight, and those whose part the others can play as well."""
    import numpy as np

    weights = _whole(np.where(weights >= min(LEAST_WEIGHT, weights.max()), weights, 0.0))
    for at in np.argsort(weights):
        if 0 < weights[at] < 1:
            without = _whole(np.where(np.arange(len(weights)) == at, 0.0, weights))
            if stakes.loss(without) <= stakes.loss(weights) * (1 + LEAST_GAIN):
                weights = without
    return weights


def _even(members: Sequence[int], count: int) -> np.ndarray:
    import numpy as np

    weights = np.zeros(count)
    weights[list(members)] = 1 / len(members)
    return weights


def _whole(weights: np.ndarray) -> np.ndarray:
    total: np.ndarray = weights / weights.sum()
    return total
