"""AutoGluon Tabular as its first page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.peers.base import Fitted, Job, Peer, of_classes

if TYPE_CHECKING:
    import pandas as pd

METRICS = {
    "accuracy": "accuracy", "macro-f1": "f1_macro", "roc-auc": "roc_auc", "average-precision": "average_precision",
    "r2": "r2", "rmse": "rmse", "mae": "mae", "rmsle": "root_mean_squared_log_error",
}  # fmt: skip


@dataclass(frozen=True)
class _Model:
    job: Job
    predictor: Any

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        if self.job.dataset.is_classes:
            found = self.predictor.predict_proba(rows)
            return of_classes(found.to_numpy(), [str(label) for label in found.columns])
        return pd.DataFrame({"prediction": self.predictor.predict(rows).to_numpy(dtype=float)})

    def save(self, folder: Path) -> None:
        self.predictor.clone_for_deployment(str(folder / "predictor"))


def fit(job: Job) -> Fitted:
    """Its default presets within the minutes, judged by the dataset's metric."""
    from autogluon.tabular import TabularPredictor

    target = job.dataset.target
    train = job.train.dropna(subset=[target])
    metric = METRICS.get(job.dataset.metric)
    if job.dataset.is_classes:
        train = train.assign(**{target: train[target].astype(str)})
        if metric == "roc_auc" and train[target].nunique() > 2:
            metric = "roc_auc_ovo_macro"
    predictor = TabularPredictor(label=target, path=str(job.place / "autogluon"), eval_metric=metric, verbosity=0)
    predictor.fit(train, time_limit=60 * job.minutes)
    return _Model(job, predictor)


AUTOGLUON = Peer(
    name="autogluon",
    title="AutoGluon Tabular",
    setting="defaults (medium_quality), time_limit = the minutes, eval_metric = the dataset's metric",
    kinds=("tabular-classification", "tabular-regression"),
    packages=("autogluon.tabular[lightgbm,catboost,xgboost]",),
    imports=("autogluon.tabular",),
    fit=fit,
    limit=2.0,
)
AUTOGLUON_TEXT = Peer(
    name="autogluon-text",
    title="AutoGluon Tabular on the column of text",
    setting=AUTOGLUON.setting,
    kinds=("text-classification",),
    packages=AUTOGLUON.packages,
    imports=AUTOGLUON.imports,
    fit=fit,
    limit=2.0,
    small=False,
)
