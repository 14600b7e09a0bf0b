"""A job on texts with several labels: the rows as texts, which labels they have, and what is learned from and judged on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.approaches import manifest
from tools.approaches.base import FitJob, Fitted, Predictions
from tools.approaches.several.cuts import best_cuts
from tools.approaches.text_job import input_columns, parts_of, read_texts
from tools.runtime import label_sets

if TYPE_CHECKING:
    import numpy as np


@dataclass
class LabelSetJob:
    """All labelled rows of a job, training rows first.

    texts: [n]; truth: bool [n, labels]; parts: pairs of positions (to learn from, to judge on): one pair, or one a fold.
    inputs: the manifest's columns. filled: whether every row has a label, so that an answer without one is surely wrong.
    """

    job: FitJob
    labels: list[str]
    inputs: list[dict[str, Any]]
    texts: list[str]
    truth: np.ndarray
    parts: list[tuple[np.ndarray, np.ndarray]]

    @property
    def filled(self) -> bool:
        """Whether every row has a label: then an answer without one is surely wrong."""
        return bool(len(self.truth) and self.truth.any(axis=1).all())

    @property
    def judged_rows(self) -> np.ndarray:
        """Positions of the rows of `job.validation`, in order."""
        import numpy as np

        return self.parts[0][1] if self.job.folds is None else np.arange(len(self.texts))

    @property
    def judged_truth(self) -> np.ndarray:
        """Which labels the rows of `job.validation` have, bool [rows, labels]."""
        truth: np.ndarray = self.truth[self.judged_rows]
        return truth

    def judged(self, answers: list[np.ndarray]) -> np.ndarray:
        """Answers for each part's judged rows -> [validation rows, labels] in the order of `job.validation`."""
        import numpy as np

        if self.job.folds is None:
            return answers[0]
        result = np.zeros((len(self.texts), answers[0].shape[1]))
        for (_, judge), answer in zip(self.parts, answers, strict=True):
            result[judge] = answer
        return result

    def choice(self, probabilities: np.ndarray) -> dict[str, Any]:
        """The manifest's `thresholds` and `near` that suit the metric best on the validation rows."""
        cuts = best_cuts(self.job.task.label_names, self.job.metric, self.judged_truth, probabilities)
        return {"thresholds": [round(float(cut), 6) for cut in cuts], "near": 1.0 if self.filled else None}

    def quality(self, probabilities: np.ndarray) -> float:
        """The plan's metric on the validation rows, the higher the better."""
        from tools.metrics.judged import judge
        from tools.scoring import metric_for

        chosen = label_sets.chosen(probabilities, self.choice(probabilities))
        answers = Predictions(probabilities=probabilities, chosen=chosen)
        rows = judge(self.job.task, self.job.validation.target.tolist(), answers)
        how = metric_for(rows, self.job.metric)
        return float(how.sign() * how.score(rows, self.job.metric))

    def finish(
        self, model_format: str, requirements: list[str], judged: np.ndarray, settings: dict[str, Any], **extra: Any
    ) -> Fitted:
        """Choose the cuts, write the manifest, and give what `fit` gives."""
        choice = self.choice(judged)
        manifest.write(self.job, model_format, self.inputs, requirements, **choice, **extra)
        predictions = Predictions(probabilities=judged, chosen=label_sets.chosen(judged, choice))
        return Fitted(predictions, {**settings, "thresholds": dict(zip(self.labels, choice["thresholds"], strict=True))})


def open_job(job: FitJob) -> LabelSetJob:
    """The job's rows as texts with their labels."""
    inputs = input_columns(job)
    tables = [job.train] if job.folds is not None else [job.train, job.validation]
    texts = [text for table in tables for text in read_texts(table.inputs, inputs)]
    truth = label_sets.matrix([target for table in tables for target in table.target.tolist()], job.task.label_names)
    return LabelSetJob(job, job.task.label_names, inputs, texts, truth, parts_of(job, len(texts)))
