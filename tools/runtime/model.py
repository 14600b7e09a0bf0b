"""A model folder, opened: one manifest, one format, the same answers here and in the prototype."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from . import label_sets, other
from .table_answers import bounds

Row = Mapping[str, Any]

FORMATS: dict[str, str] = {
    # format in the manifest -> module beside this file, with a class `Predictor(folder, manifest)`
    "constant": "constant",
    "text-tfidf": "text_tfidf",
    "text-encoder": "text_encoder",
    "text-nli": "text_nli",
    "text-autogluon": "text_autogluon",
    "table-sklearn": "table_sklearn",
    "table-autogluon": "table_autogluon",
    "prompted": "prompted",
    "average": "average",
    "forecast-naive": "forecast_naive",
    "forecast-statistical": "forecast_statistical",
    "forecast-trees": "forecast_trees",
    "forecast-autogluon": "forecast_autogluon",
    "forecast-chronos": "forecast_chronos",
}
FORECASTING = "forecasting"  # the kind of task, and the module that only its prototypes carry


class Predictor(Protocol):
    """A format's own part: rows in, numpy out."""

    def predict(self, rows: Sequence[Row]) -> Any:
        """Classes: float [n, labels], rows sum to 1 (several labels: each by itself). Numbers: float [n]."""


class Model:
    """A loaded model. `manifest` tells its inputs, target and labels."""

    def __init__(self, folder: Path, manifest: dict[str, Any], predictor: Predictor) -> None:
        self.folder, self.manifest, self.predictor = folder, manifest, predictor

    @property
    def labels(self) -> list[str]:
        """Classes in the order of the probability columns; empty for numbers."""
        return list(self.manifest.get("labels") or [])

    @property
    def several(self) -> bool:
        """Whether an answer is a list of labels, which may be empty."""
        return bool(self.manifest.get("several"))

    @property
    def forecasting(self) -> bool:
        """Whether it says how series go on, rather than answering rows."""
        return self.manifest.get("kind") == FORECASTING

    def raw(self, rows: Sequence[Row]) -> Any:
        """Probabilities [n, labels] or values [n] as numpy, after a check of the columns (ValueError)."""
        if self.forecasting:
            raise ValueError("Expected rows to answer one by one. Found a model that forecasts. Call its forecast(history).")
        self.check(rows)
        return other.settled(self.predictor.predict(rows), self.manifest)

    def predict(self, rows: Sequence[Row], probabilities: bool = False) -> list[dict[str, Any]]:
        """A dict a row: `prediction`, and `probability` (classes) or `low` and `high` (numbers, where an interval exists).

        Several labels: `prediction` is a list, `probability` that of the least sure label in it, None where it is empty.
        probabilities: also `probability:LABEL` for each class.
        A row that a language model did not answer has the `prediction` None and says why in `problem`.
        """
        rows = list(rows)
        if not rows:
            return []
        found = self._answers(self.raw(rows), probabilities)
        problems: Sequence[str | None] = getattr(self.predictor, "problems", None) or [None] * len(rows)
        return [
            answer if problem is None else {**dict.fromkeys(answer), "problem": problem}
            for answer, problem in zip(found, problems, strict=True)
        ]

    def forecast(
        self, rows: Sequence[Row], future: Sequence[Row] | None = None, horizon: int | None = None
    ) -> list[dict[str, Any]]:
        """How the series of a history go on (see `forecasting.py`). Raises ValueError, also where the model answers rows."""
        if not self.forecasting:
            raise ValueError("Expected a model that forecasts. Found one that answers rows. Call its predict(rows).")
        found: list[dict[str, Any]] = self._forecasting.forecast(self, rows, future, horizon)
        return found

    def quantiles(self, history: Any, future: Any) -> Any:
        """Of long tables: float [n, 1 + levels], the point forecast and its quantiles (see `forecasting.py`)."""
        return self._forecasting.quantiles(self, history, future)

    @property
    def _forecasting(self) -> Any:
        return importlib.import_module(f".{FORECASTING}", __package__)

    def _answers(self, raw: Any, probabilities: bool) -> list[dict[str, Any]]:
        if self.several:
            chosen = label_sets.chosen(raw, self.manifest)
            return [self._set_answer(scores, given, probabilities) for scores, given in zip(raw, chosen, strict=True)]
        if self.labels:
            return [self._class_answer(scores, probabilities) for scores in raw]
        return self._number_answers(raw)

    def check(self, rows: Sequence[Row]) -> None:
        """Every input column must be in every row; its value may be missing. Raises ValueError: expected, found, remedy."""
        names = [column["name"] for column in self.manifest["inputs"]]
        for number, row in enumerate(rows):
            missing = [name for name in names if name not in row]
            if missing:
                raise ValueError(
                    f"Expected the columns {names}. Found row {number + 1} without {missing} (it has {list(row)}). "
                    "Add the missing columns; empty values are fine."
                )

    def _class_answer(self, scores: Iterable[float], probabilities: bool) -> dict[str, Any]:
        values = [float(score) for score in scores]
        leaning = self.manifest.get("leaning")  # a factor for each label, where the task's metric wants rare ones told sooner
        weighed = [value * factor for value, factor in zip(values, leaning, strict=True)] if leaning else values
        best = max(range(len(values)), key=weighed.__getitem__)
        threshold = self.manifest.get("threshold")
        if threshold is not None:  # two classes, and the task's metric wanted another cut than one half
            best = int(values[1] >= threshold)
        answer: dict[str, Any] = {"prediction": self.labels[best], "probability": round(values[best], 6)}
        return answer | (self._each(values) if probabilities else {})

    def _set_answer(self, scores: Iterable[float], given: Iterable[bool], probabilities: bool) -> dict[str, Any]:
        values = [float(score) for score in scores]
        found = {label: value for label, value, here in zip(self.labels, values, given, strict=True) if here}
        least = round(min(found.values()), 6) if found else None
        answer: dict[str, Any] = {"prediction": list(found), "probability": least}
        return answer | (self._each(values) if probabilities else {})

    def _each(self, values: Sequence[float]) -> dict[str, Any]:
        return {f"probability:{label}": round(value, 6) for label, value in zip(self.labels, values, strict=True)}

    def _number_answers(self, raw: Any) -> list[dict[str, Any]]:
        values, interval = [float(value) for value in raw], self.manifest.get("interval")
        if not interval:
            return [{"prediction": value} for value in values]
        low, high = (side.tolist() for side in bounds(raw, interval))
        return [{"prediction": value, "low": low[at], "high": high[at]} for at, value in enumerate(values)]


def load(folder: str | Path) -> Model:
    """Open a model folder. Raises FileNotFoundError where there is no manifest, KeyError for an unknown format."""
    folder = Path(folder)
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    module = importlib.import_module(f".{FORMATS[manifest['format']]}", __package__)
    return Model(folder, manifest, cast(Predictor, module.Predictor(folder, manifest)))
