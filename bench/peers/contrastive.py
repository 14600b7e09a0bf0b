"""SetFit: contrastive fine-tuning of the sentence encoder for few labels."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.peers.base import Fitted, Job, Peer, of_classes

if TYPE_CHECKING:
    import pandas as pd

MOST_PAIRS = 100_000  # beyond it the default would take hours: the number of pairs of SetFit's paper is drawn instead
PAPER_ITERATIONS = 20


@dataclass(frozen=True)
class _Model:
    job: Job
    model: Any

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        found = self.model.predict_proba(self.job.texts(rows), as_numpy=True)
        return of_classes(found, [str(label) for label in self.model.model_head.classes_])

    def save(self, folder: Path) -> None:
        self.model.save_pretrained(str(folder))


def pairs(labels: list[str]) -> int:
    """How many pairs SetFit's default, oversampling, draws from rows with these labels."""
    counts = [labels.count(label) for label in set(labels)]
    alike = sum(count * (count - 1) // 2 for count in counts)
    different = len(labels) * (len(labels) - 1) // 2 - alike
    return 2 * max(alike, different)


def fit(job: Job) -> Fitted:
    """One epoch over pairs with SetFit's defaults, then its own logistic regression."""
    from datasets import Dataset as Rows
    from setfit import SetFitModel, Trainer, TrainingArguments

    labels = [str(label) for label in job.train[job.dataset.target]]
    most = PAPER_ITERATIONS if pairs(labels) > MOST_PAIRS else None
    model = SetFitModel.from_pretrained(str(job.encoder), device="cpu")
    told = TrainingArguments(
        output_dir=str(job.place / "checkpoints"), num_iterations=most, save_strategy="no", report_to="none",
        show_progress_bar=False,
    )  # fmt: skip
    os.chdir(job.place)  # it writes checkpoints where it stands
    Trainer(model=model, args=told, train_dataset=Rows.from_dict({"text": job.texts(job.train), "label": labels})).train()
    return _Model(job, model)


SETFIT = Peer(
    name="setfit",
    title="SetFit",
    setting=f"TrainingArguments() as they are; num_iterations={PAPER_ITERATIONS} where that would be over {MOST_PAIRS:,} pairs",
    kinds=("text-classification",),
    packages=("setfit",),
    imports=("datasets", "setfit"),
    fit=fit,
    limit=4.0,
    few_rows=1000,
)
