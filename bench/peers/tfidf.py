"""TF-IDF of words and word pairs with logistic regression, as in every tutorial."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.peers.base import Fitted, Job, Peer, of_classes

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class _Model:
    job: Job
    pipeline: Any

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        return of_classes(self.pipeline.predict_proba(self.job.texts(rows)), list(self.pipeline.classes_))

    def save(self, folder: Path) -> None:
        import joblib

        joblib.dump(self.pipeline, folder / "model.joblib")


def fit(job: Job) -> Fitted:
    """Learn from the column of text."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10, max_iter=1000))
    pipeline.fit(job.texts(job.train), job.train[job.dataset.target].astype(str))
    return _Model(job, pipeline)


TFIDF = Peer(
    name="tfidf-logistic",
    title="TF-IDF + logistic regression",
    setting="scikit-learn: words and word pairs, sublinear counts, C=10",
    kinds=("text-classification",),
    packages=("scikit-learn",),
    imports=("sklearn.feature_extraction.text", "sklearn.linear_model"),
    fit=fit,
)
