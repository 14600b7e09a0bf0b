"""A job on texts: the rows joined to one text each, classes as numbers, and what is learned from and judged on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.approaches import manifest
from tools.approaches.base import FitJob, Fitted, Predictions, Situation
from tools.approaches.judging import judged_choice
from tools.approaches.other import choose_cut, place_of_other
from tools.runtime.other import with_other

if TYPE_CHECKING:
    import numpy as np

Model = Callable[["list[str]"], "np.ndarray"]


@dataclass
class TextJob:
    """All labelled rows of a job, training rows first.

    texts: [n]; classes: int [n], position in `labels` (-1: a label that the task does not have; never learned from).
    parts: pairs of positions (to learn from, to judge on): one pair, or one a fold. inputs: the manifest's columns.
    """

    job: FitJob
    labels: list[str]
    inputs: list[dict[str, Any]]
    texts: list[str]
    classes: np.ndarray
    parts: list[tuple[np.ndarray, np.ndarray]]

    @property
    def everything(self) -> np.ndarray:
        """Positions of all rows to learn the final model from."""
        import numpy as np

        return np.flatnonzero(self.classes >= 0)

    @property
    def judged_rows(self) -> np.ndarray:
        """Positions of the rows of `job.validation`, in order."""
        import numpy as np

        return self.parts[0][1] if self.job.folds is None else np.arange(len(self.texts))

    def judged(self, answers: list[np.ndarray]) -> np.ndarray:
        """Answers for each part's judged rows -> [validation rows, labels] in the order of `job.validation`."""
        import numpy as np

        if self.job.folds is None:
            return answers[0]
        result = np.zeros((len(self.texts), answers[0].shape[1]))
        for (_, judge), answer in zip(self.parts, answers, strict=True):
            result[judge] = answer
        return result

    @property
    def truth(self) -> np.ndarray:
        """Classes of `job.validation`, in order."""
        truth: np.ndarray = self.classes[self.judged_rows]
        return truth

    def quality(self, probabilities: np.ndarray, rows: np.ndarray | None = None) -> float:
        """The plan's metric on the validation rows, or on these rows (positions of known class): the higher the better."""
        from tools.metrics.judged import judge
        from tools.scoring import METRICS

        how, metric = METRICS[self.job.metric.name], self.job.metric
        answers = Predictions(probabilities=probabilities)
        targets = self.job.validation.target.tolist() if rows is None else [self.labels[at] for at in self.classes[rows]]
        score = float(how.score(judge(self.job.task, targets, answers), metric))
        return score if how.greater_is_better else -score

    def finish(
        self, model_format: str, requirements: list[str], judged: np.ndarray, settings: dict[str, Any], **extra: Any
    ) -> Fitted:
        """Choose what the metric and a label for the rest want, write the manifest, and give what `fit` gives.

        Where to cut is judged on rows that it was not learned from (`judging.py`), as for tables: else texts would look better
        than the average of them.
        """
        place = place_of_other(self.job.task, self.classes)
        if place is None:
            predictions, cuts = judged_choice(self.job, judged)
            extra |= {"threshold": cuts["threshold"], "leaning": cuts["leaning"], "other": None}
            manifest.write(self.job, model_format, self.inputs, requirements, **extra)
            return Fitted(predictions, settings)
        cut = choose_cut(judged, self.truth, place, self.quality)
        other = {"label": self.labels[place], "threshold": cut.threshold}
        manifest.write(self.job, model_format, self.inputs, requirements, threshold=None, leaning=None, other=other, **extra)
        return Fitted(Predictions(probabilities=with_other(judged, place, cut.threshold)), settings | cut.settings)


def open_job(job: FitJob) -> TextJob:
    """The job's rows as texts."""
    import numpy as np

    inputs = input_columns(job)
    labels = job.task.label_names
    position = {label: number for number, label in enumerate(labels)}
    tables = [job.train] if job.folds is not None else [job.train, job.validation]
    texts = [text for table in tables for text in read_texts(table.inputs, inputs)]
    targets = [target for table in tables for target in table.target.tolist()]
    classes = np.array([position.get(target, -1) for target in targets], dtype=int)
    cuts = parts_of(job, len(texts))
    return TextJob(job, labels, inputs, texts, classes, [(learn[classes[learn] >= 0], judge) for learn, judge in cuts])


def input_columns(job: FitJob) -> list[dict[str, Any]]:
    """The manifest's columns: the task's inputs, with how the person's file writes them."""
    return [{**column, **job.column_formats.get(column["name"], {})} for column in manifest.plain_inputs(job)]


def parts_of(job: FitJob, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of positions (to learn from, to judge on) among the job's `count` rows, training rows first."""
    import numpy as np

    rows = np.arange(count)
    if job.folds is None:
        return [(rows[: len(job.train)], rows[len(job.train) :])]
    return [(np.setdiff1d(rows, fold), np.array(sorted(fold), dtype=int)) for fold in job.folds]


def read_texts(table: Any, inputs: list[dict[str, Any]]) -> list[str]:
    """The rows of a pandas table as texts, by the very code that the prototype runs."""
    from tools.runtime.text_rows import joined

    names = [column["name"] for column in inputs]
    return joined([dict(zip(names, row, strict=True)) for row in table[names].itertuples(index=False, name=None)], inputs)


def mean_words(situation: Situation) -> float:
    """Words a row over all input columns, as the profile counted them; 20 where it did not."""
    file = situation.profile.with_role("train")
    columns = [file.column(name) for name in situation.task.inputs] if file else []
    known = [column.mean_words for column in columns if column and column.mean_words]
    return sum(known) if known else 20.0
