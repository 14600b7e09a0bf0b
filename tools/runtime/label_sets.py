"""Several labels at once: how a row's labels are written, read from a person's cells, and chosen from probabilities.

Written they are a JSON list in the order of the labels, `["price", "staff"]`; `[]` is a row to which none applies.
Manifest keys of a model that gives several labels: `several` (true), `thresholds` (one a label), `near` (0..1, optional: labels
that come this near to the row's best are given too, the best always; 1 means that no row stays without a label), and how the
person's file holds them: `target_columns` (columns of yes and no, one a label) or `label_separator` of the target's cells.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

YES = frozenset(
    {"1", "1.0", "true", "t", "yes", "y", "x", "ja", "j", "wahr", "oui", "o", "vrai", "si", "s\u00ed", "s", "verdadero"}
)
NO = frozenset({"0", "0.0", "false", "f", "no", "n", "nein", "falsch", "non", "faux", "falso", "-"})
HALF = 0.5


def written(names: Iterable[str], labels: Sequence[str]) -> str:
    """The JSON list in the order of `labels`, each once; a name that is not among them comes last."""
    place = {label: position for position, label in enumerate(labels)}
    ordered = sorted(dict.fromkeys(names), key=lambda name: place.get(name, len(place)))
    return json.dumps(ordered, ensure_ascii=False)


def read(cell: Any, separator: str | None = None) -> list[str]:
    """The labels of one cell: a list, the text of one (JSON or Python's), parts between separators, or a single label."""
    if isinstance(cell, (list, tuple, set, np.ndarray)):
        return [str(part) for part in cell]
    text = str(cell).strip()
    if text.startswith("[") and text.endswith("]"):
        return _listed(text)
    parts = text.split(separator) if separator else [text]
    return [stripped for part in parts if (stripped := part.strip())]


def applies(cell: Any) -> bool:
    """Whether a cell of a label's own column says yes. What is missing says no."""
    if isinstance(cell, (bool, int, float, np.number)):
        return bool(cell == cell and cell)
    return cell is not None and str(cell).strip().casefold() in YES


def matrix(targets: Iterable[str | None], labels: Sequence[str]) -> np.ndarray:
    """bool [n, labels] of written label sets; a row whose labels are not known is all False."""
    found = [set(json.loads(target)) if isinstance(target, str) else set() for target in targets]
    return np.array([[label in names for label in labels] for names in found], dtype=bool).reshape(len(found), len(labels))


def chosen(probabilities: np.ndarray, manifest: Mapping[str, Any]) -> np.ndarray:
    """bool [n, labels]: which labels are given, by the manifest's `thresholds` and `near`."""
    cuts = _cuts(probabilities.shape[1], manifest)
    reached = probabilities / cuts
    given = probabilities >= cuts
    near = manifest.get("near")
    if near is not None and probabilities.shape[1]:
        given = given | (reached >= near * reached.max(axis=1, keepdims=True))
    return np.asarray(given)


def undecided(probabilities: np.ndarray, manifest: Mapping[str, Any], tolerance: float) -> bool:
    """Whether a change of the probabilities [labels] by the tolerance might change which labels of the row are given."""
    cuts = _cuts(len(probabilities), manifest)
    if (np.abs(probabilities - cuts) <= tolerance).any():
        return True
    near = manifest.get("near")
    if near is None:
        return False
    reached = probabilities / cuts
    others = np.delete(reached, reached.argmax())
    return bool((np.abs(others - near * reached.max()) <= 2 * tolerance / cuts.min()).any())


def _cuts(labels: int, manifest: Mapping[str, Any]) -> np.ndarray:
    cuts: np.ndarray = np.maximum(np.asarray(manifest.get("thresholds") or [HALF] * labels, dtype=float), 1e-9)
    return cuts


def _listed(text: str) -> list[str]:
    """The members of a list in a cell. A text that only looks like one is a label in brackets."""
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, SyntaxError):
            continue
        if isinstance(found, list):
            return [str(part) for part in found]
    return [part.strip().strip("'\"") for part in text[1:-1].split(",") if part.strip()]
