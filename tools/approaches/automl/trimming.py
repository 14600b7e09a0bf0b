"""The smallest set of AutoGluon's models that keeps the score on rows that they did not see: what a prototype carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tools.approaches.weights import How, Stakes, learn_weights

if TYPE_CHECKING:
    import numpy as np

MOST_MODELS = 3
MAY_LOSE = 0.003  # of the loss: less than that is chance on most tables, and a prototype of a third of the size answers sooner
SUFFIX = "Few"


def smallest(predictor: Any, answers: Callable[[str], np.ndarray], target: np.ndarray, how: How, seed: int) -> str:
    """The name of the model that is to be kept: AutoGluon's best, one of its base models, or a new average of a few of them.

    answers: a model's name -> what it says of each row of `target` [n] by bags that left the row out: the probability of
    the row's own label, or a number.
    """
    import numpy as np

    best = str(predictor.model_best)
    names = [name for name in predictor.model_names(level=1) if name != best]
    if len(names) < 2:
        return best
    one = np.ones(len(target))
    numbers = target.astype(float)
    stakes = Stakes(np.stack([answers(name) for name in names]), how, numbers, one, np.arange(len(target)))
    first = int(stakes.losses(stakes.told).mean(axis=1).argmin())
    weights = learn_weights(stakes, first, seed, MOST_MODELS)
    kept = [name for name, weight in zip(names, weights, strict=True) if weight > 0]
    whole = float(stakes.losses(answers(best)).mean())
    if stakes.loss(weights) > (1 + MAY_LOSE) * whole:
        return best
    if len(kept) == 1:
        return str(kept[0])
    return str(predictor.fit_weighted_ensemble(base_models=kept, name_suffix=SUFFIX)[0])
