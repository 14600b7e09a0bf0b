"""The label for what is none of the others: which one it is, and from where on a text gets it, chosen on validation rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.core.task import TaskSpec
from tools.runtime.other import best_known, with_other

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

REST = re.compile(
    r"(others?|unknown|none( of (these|them|the above))?|rest|misc\w*|(every|any)thing else|out[ -]of[ -]scope|oos|"
    r"sonstige[srn]?|andere[srn]?|unbekannt|rest|autres?|inconnue?s?|otr[oa]s?|desconocid[oa]s?)",
    re.IGNORECASE,
)
OWN_ROWS = 10  # of the label itself, among the validation rows: fewer do not place a threshold
MOST_REFUSED = 0.15  # of the known rows that may be given up for the sake of unknown ones
LEAST_REFUSED = 0.05  # fewer catch hardly anything: known labels that were left out look surer than what is truly new
STEPS = 100


@dataclass(frozen=True)
class OtherCut:
    """threshold: see `tools/runtime/other.py`. how: what it was chosen by.

    refused: share of known validation rows that get the label; caught: share of the unknown ones (None: there were none).
    """

    threshold: float
    how: str
    refused: float
    caught: float | None

    @property
    def settings(self) -> dict[str, Any]:
        """For the report."""
        caught = {} if self.caught is None else {"unknown_rows_caught": f"{self.caught:.0%}"}
        return {
            "other_threshold": round(self.threshold, 4),
            "other_chosen_by": self.how,
            "known_rows_refused": f"{self.refused:.0%}",
            **caught,
        }


def place_of_other(task: TaskSpec, classes: np.ndarray) -> int | None:
    """Position of the label for the rest: the one that the task names, or the only one without rows, called so; else None.

    None, too, where there are only two labels.

    classes: positions of the labels that the rows have, -1 where not known.
    """
    names = task.label_names
    if len(names) < 3:
        return None
    if task.other is not None:
        return names.index(task.other) if task.other in names else None
    seen = set(classes.tolist())
    rest = [place for place, name in enumerate(names) if place not in seen and REST.fullmatch(name.strip())]
    return rest[0] if len(rest) == 1 else None


def choose_cut(probabilities: np.ndarray, truth: np.ndarray, place: int, quality: Callable[[np.ndarray], float]) -> OtherCut:
    """The threshold for the label at `place`. probabilities: [n, labels] of rows that the model never saw; truth: int [n].

    With rows of the label itself, their metric decides (`quality` of settled probabilities, the higher the better). Without,
    each known class plays the unknown one in turn: its rows are looked at as if the model had no such label. The best threshold
    refuses few known rows and catches many of those. With two known labels that says nothing; then few known rows are refused.
    """
    import numpy as np

    known = (truth >= 0) & (truth != place)
    best = best_known(probabilities, place)
    own = truth == place
    if own.sum() >= OWN_ROWS:
        cuts = [0.0, *np.unique(np.quantile(best, np.linspace(0.01, 0.6, STEPS // 2)))]
        cut = float(max(cuts, key=lambda one: quality(with_other(probabilities, place, min(one, 1 - 1e-6)))))
        settled = with_other(probabilities, place, min(cut, 1 - 1e-6)).argmax(axis=1) == place
        return OtherCut(min(cut, 1 - 1e-6), "rows of this label", _share(settled[known]), _share(settled[own]))
    strangers = _left_out(probabilities[known], truth[known], place)
    if strangers is None or not known.any():
        cut = float(np.quantile(best[known], LEAST_REFUSED)) if known.any() else 0.5
        return OtherCut(min(cut, 1 - 1e-6), "the least sure of the known rows", _share(best[known] < cut), None)
    cuts_tried = np.unique(np.quantile(best[known], np.linspace(LEAST_REFUSED, MOST_REFUSED, STEPS)))
    gain = [_share(strangers < one) - _share(best[known] < one) for one in cuts_tried]
    cut = float(min(cuts_tried[int(np.argmax(gain))], 1 - 1e-6))
    return OtherCut(cut, "each label left out in turn", _share(best[known] < cut), _share(strangers < cut))


def _left_out(probabilities: np.ndarray, truth: np.ndarray, place: int) -> np.ndarray | None:
    """How sure the best of the remaining labels is where the row's own label did not exist; None with two known labels."""
    import numpy as np

    if len(np.unique(truth)) < 3:
        return None
    rest = probabilities.copy()
    rest[:, place] = 0.0
    rest[np.arange(len(rest)), truth] = 0.0
    return np.asarray(rest.max(axis=1) / np.maximum(rest.sum(axis=1), 1e-12))


def _share(flags: np.ndarray) -> float:
    return float(flags.mean()) if len(flags) else 0.0
