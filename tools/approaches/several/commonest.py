"""The trivial answer where texts may have several labels: always the same set. What does not beat it is not worth building."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tools.approaches import manifest
from tools.approaches.base import FitJob, Fitted, Predictions
from tools.approaches.baseline.trivial import Bar
from tools.approaches.several.label_set_job import LabelSetJob, open_job
from tools.core.errors import DataError
from tools.core.task import TaskKind

if TYPE_CHECKING:
    import numpy as np

SETS = 10  # most frequent sets that are tried as the constant answer
NEVER = 1.01  # a cut that no probability reaches


class CommonestLabels(Bar):
    """The best of the constant answers: the most frequent set, or the 0, 1, 2 ... most frequent labels, by the metric.

    For macro-F1 that is often every label, which no honest bar may leave out.
    """

    name = "commonest-labels"
    title = "always the same labels"
    kinds: frozenset[TaskKind] = frozenset({"multilabel-text-classification"})

    def fit(self, job: FitJob) -> Fitted:
        """Count. Each part's judged rows are answered from the counts of its other rows."""
        import numpy as np

        rows = open_job(job)
        if not rows.truth.any():
            raise DataError(
                expected=f"training rows with one of the labels {rows.labels[:5]}",
                found="none",
                remedy="Check that the target is the right one.",
            )
        given = max(_constants(rows.truth), key=lambda constant: _quality(rows, constant))
        shares = [np.tile(rows.truth[learn].mean(axis=0), (len(judge), 1)) for learn, judge in rows.parts]
        final = rows.truth.mean(axis=0)
        thresholds = [0.0 if here else NEVER for here in given]
        manifest.write(job, "constant", rows.inputs, ["numpy"], constant=final.tolist(), thresholds=thresholds)
        job.progress(1.0, "done")
        judged = rows.judged(shares)
        answer = [label for label, here in zip(rows.labels, given, strict=True) if here]
        return Fitted(Predictions(probabilities=judged, chosen=np.tile(given, (len(judged), 1))), {"answer": answer})


def _constants(truth: np.ndarray) -> list[np.ndarray]:
    """bool [labels] each: the most frequent sets, then the most frequent labels, none to all."""
    import numpy as np

    sets = [np.array(one) for one, _ in Counter(map(tuple, truth.tolist())).most_common(SETS)]
    order = np.argsort(-truth.sum(axis=0), kind="stable")
    return [*sets, *(np.isin(np.arange(len(order)), order[:count]) for count in range(len(order) + 1))]


def _quality(rows: LabelSetJob, given: np.ndarray) -> float:
    """The plan's metric of a constant answer on the validation rows, the higher the better."""
    import numpy as np

    from tools.metrics.judged import judge
    from tools.scoring import metric_for

    shares = np.tile(rows.truth.mean(axis=0), (len(rows.judged_rows), 1))
    answers = Predictions(probabilities=shares, chosen=np.tile(given, (len(shares), 1)))
    judged = judge(rows.job.task, rows.job.validation.target.tolist(), answers)
    how = metric_for(judged, rows.job.metric)
    value = how.sign() * how.score(judged, rows.job.metric)
    return float(value) if value == value else -1e9
