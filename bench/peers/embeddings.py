"""Sentence embeddings with logistic regression."""

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
    encoder: Any
    head: Any

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        found = self.encoder.encode(self.job.texts(rows), show_progress_bar=False)
        return of_classes(self.head.predict_proba(found), list(self.head.classes_))

    def save(self, folder: Path) -> None:
        import joblib

        self.encoder.save(str(folder / "encoder"))
        joblib.dump(self.head, folder / "head.joblib")


def fit(job: Job) -> Fitted:
    """Encode once, then learn the head."""
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression

    encoder = SentenceTransformer(str(job.encoder), device="cpu")
    head = LogisticRegression(max_iter=1000)
    head.fit(encoder.encode(job.texts(job.train), show_progress_bar=False), job.train[job.dataset.target].astype(str))
    return _Model(job, encoder, head)


EMBEDDINGS = Peer(
    name="sentence-transformers",
    title="sentence-transformers + logistic regression",
    setting="the same encoder as Fasttrack's, `encode` with its defaults, LogisticRegression(max_iter=1000)",
    kinds=("text-classification",),
    packages=("sentence-transformers", "scikit-learn"),
    imports=("sentence_transformers", "sklearn.linear_model"),
    fit=fit,
)
