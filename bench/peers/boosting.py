"""scikit-learn's histogram gradient boosting with its defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.peers.base import Fitted, Job, Peer, of_classes

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES = 255  # of a categorical column: what the estimator can take


@dataclass(frozen=True)
class _Model:
    job: Job
    estimator: Any
    values: dict[str, list[str]]
    columns: list[str]

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        table = prepared(rows[self.columns], self.values)
        if self.job.dataset.is_classes:
            return of_classes(self.estimator.predict_proba(table), [str(label) for label in self.estimator.classes_])
        return pd.DataFrame({"prediction": self.estimator.predict(table)})

    def save(self, folder: Path) -> None:
        import joblib

        joblib.dump((self.estimator, self.values), folder / "model.joblib")


def prepared(rows: pd.DataFrame, values: dict[str, list[str]]) -> pd.DataFrame:
    """Numbers as they are; a column of texts as categories where it has few values, else the position of its value."""
    import pandas as pd

    table: dict[str, Any] = {}
    for column in rows.columns:
        if column not in values:
            table[column] = pd.to_numeric(rows[column], errors="coerce").astype(float)
            continue
        coded = pd.Categorical(rows[column].astype("string"), categories=values[column])
        table[column] = coded if len(values[column]) <= MOST_VALUES else pd.Series(coded.codes, dtype=float)
    return pd.DataFrame({name: pd.Series(cells).reset_index(drop=True) for name, cells in table.items()})


def fit(job: Job) -> Fitted:
    """Learn from all columns but empty ones, which the estimator refuses."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    train = job.train.dropna(subset=[job.dataset.target])
    inputs = train.drop(columns=job.dataset.target).dropna(axis=1, how="all")
    values = {
        str(column): sorted(inputs[column].dropna().astype(str).unique())
        for column in inputs.columns
        if not _is_numeric(inputs[column])
    }
    estimator = HistGradientBoostingClassifier() if job.dataset.is_classes else HistGradientBoostingRegressor()
    target = train[job.dataset.target].astype(str if job.dataset.is_classes else float)
    return _Model(job, estimator.fit(prepared(inputs, values), target), values, list(inputs.columns))


def _is_numeric(column: pd.Series[Any]) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(column))


BOOSTING = Peer(
    name="histogram-boosting",
    title="scikit-learn's histogram gradient boosting",
    setting="defaults; columns of texts as categories (over 255 values: as numbers); dates are texts",
    kinds=("tabular-classification", "tabular-regression"),
    packages=("scikit-learn", "pandas"),
    imports=("sklearn.ensemble",),
    fit=fit,
)
