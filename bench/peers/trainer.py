"""Full fine-tuning with Hugging Face's Trainer and its defaults."""

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
    trainer: Any
    tokenizer: Any

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        from scipy.special import softmax

        found = self.trainer.predict(_rows(self.job, self.tokenizer, rows)).predictions
        return of_classes(softmax(found, axis=1), self.job.labels)

    def save(self, folder: Path) -> None:
        self.trainer.save_model(str(folder))


def _rows(job: Job, tokenizer: Any, rows: pd.DataFrame, positions: dict[str, int] | None = None) -> Any:
    """A dataset of token ids, as the documentation's own `map` makes it."""
    from datasets import Dataset as Rows

    told: dict[str, Any] = {"text": job.texts(rows)}
    if positions is not None:
        told["label"] = [positions[str(label)] for label in rows[job.dataset.target]]
    return Rows.from_dict(told).map(
        lambda batch: tokenizer(batch["text"], truncation=True), batched=True, remove_columns=["text"]
    )


def fit(job: Job) -> Fitted:
    """Three epochs of batches of 8, learning rate 5e-5, falling: what TrainingArguments() says."""
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
    )

    tokenizer = AutoTokenizer.from_pretrained(str(job.encoder))
    model = AutoModelForSequenceClassification.from_pretrained(str(job.encoder), num_labels=len(job.labels))
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(job.place / "trainer"), save_strategy="no", report_to="none", disable_tqdm=True, use_cpu=True
        ),
        train_dataset=_rows(job, tokenizer, job.train, {label: position for position, label in enumerate(job.labels)}),
        data_collator=DataCollatorWithPadding(tokenizer),
        processing_class=tokenizer,
    )
    trainer.train()
    return _Model(job, trainer, tokenizer)


TRAINER = Peer(
    name="hf-trainer",
    title="Hugging Face Trainer, full fine-tuning",
    setting="the same encoder; TrainingArguments() as they are: 3 epochs, batches of 8, 5e-5, 32-bit; padding by batch",
    kinds=("text-classification",),
    packages=("transformers", "torch", "accelerate", "datasets"),
    imports=("datasets", "torch", "transformers"),
    fit=fit,
    limit=5.0,
)
