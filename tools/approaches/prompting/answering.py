"""How far the answers can be trusted: learned from replies about validation rows (see tools/runtime/replies.py)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tools.approaches.base import Predictions
from tools.approaches.calibration import calibrate
from tools.approaches.intervals import error_interval, with_interval
from tools.approaches.prompting.material import Material
from tools.approaches.thresholds import best_threshold, chosen
from tools.runtime.replies import AHEAD, LEAST

if TYPE_CHECKING:
    import numpy as np

    from tools.runtime.asking import Reply

CALIBRATION_ROWS = 40
PRIOR_ROWS = 5.0  # a label is taken to be as sure as the others until it was chosen more often than this


def learn_answering(material: Material, replies: Sequence[Reply], rows: Sequence[int]) -> dict[str, Any]:
    """The manifest's `answering`. rows: positions of the rows that the replies are about."""
    if not material.job.task.label_names:
        low, middle, high = material.spread or (0.0, 0.0, 0.0)
        return {"middle": middle, "low": low, "high": high}
    frequencies = _frequencies(material)
    if material.job.task.is_several:
        return {"frequencies": frequencies, **_trust_in_sets(material, replies, rows)}
    return {"frequencies": frequencies, **_trust_in_one(material, replies, rows)}


def judged_answers(
    material: Material, replies: Sequence[Reply], rows: Sequence[int], answering: dict[str, Any]
) -> tuple[Predictions, dict[str, Any]]:
    """Predictions for the rows, and what follows for the manifest: a threshold, thresholds or an interval."""
    import numpy as np

    from tools.runtime.replies import class_answers, label_set_answers, number_answers

    job, task = material.job, material.job.task
    targets = [material.targets[row] for row in rows]
    if not task.label_names:
        values = number_answers(replies, answering)
        interval = error_interval(np.asarray(targets, dtype=float), values) if targets else None
        return with_interval(values, interval), {"interval": interval}
    if task.is_several:
        found = label_set_answers(replies, task.label_names, answering)
        cuts = [(said + unsaid) / 2 for said, unsaid in zip(answering["said"], answering["unsaid"], strict=True)]
        return Predictions(probabilities=found, chosen=found >= np.asarray(cuts)), {"several": True, "thresholds": cuts}
    import pandas as pd

    found = class_answers(replies, task.label_names, answering)
    threshold = best_threshold(task, job.metric, pd.Series(targets, dtype=object), found) if targets else None
    return Predictions(probabilities=found, choice=chosen(found, threshold)), {"threshold": threshold}


def quality(material: Material, predictions: Predictions, rows: Sequence[int]) -> float:
    """The plan's metric, the higher the better; nan where these rows do not define it."""
    from tools.metrics.judged import judge
    from tools.scoring import metric_for

    metric = material.job.metric
    judged = judge(material.job.task, [material.targets[row] for row in rows], predictions)
    how = metric_for(judged, metric)
    return float(how.score(judged, metric)) * how.sign()


def loss(material: Material, predictions: Predictions, rows: Sequence[int]) -> float:
    """Mean log-loss (of numbers: mean absolute error); tells settings apart where the metric is level."""
    import numpy as np

    targets = [material.targets[row] for row in rows]
    if predictions.probabilities is None:
        assert predictions.values is not None
        return float(np.abs(np.asarray(targets, dtype=float) - predictions.values).mean())
    truth = np.array([_truth(material, target) for target in targets])
    sure = np.clip(predictions.probabilities, 1e-3, 1 - 1e-3)
    if material.job.task.is_several:
        return float(-np.where(truth, np.log(sure), np.log(1 - sure)).mean())
    return float(-np.log(sure[truth]).sum() / max(1, truth.sum()))


def _truth(material: Material, target: Any) -> np.ndarray:
    """bool [labels]: which apply."""
    import numpy as np

    names = set(json.loads(target)) if material.job.task.is_several and isinstance(target, str) else {target}
    return np.array([label in names for label in material.job.task.label_names], dtype=bool)


def _frequencies(material: Material) -> list[float]:
    """How often each label occurs; even where nothing is known. One label a row: they sum to 1."""
    import numpy as np

    labels = len(material.job.task.label_names)
    if not material.targets:
        return [1.0 / labels] * labels
    counts = np.array([_truth(material, target) for target in material.targets]).sum(axis=0) + LEAST
    return [float(share) for share in counts / (len(material.targets) if material.job.task.is_several else counts.sum())]


def _trust_in_one(material: Material, replies: Sequence[Reply], rows: Sequence[int]) -> dict[str, Any]:
    import numpy as np

    place = {label: position for position, label in enumerate(material.job.task.label_names)}
    said = np.array([place[reply.labels[0]] if reply.labels else -1 for reply in replies], dtype=int)
    truth = np.array([place.get(material.targets[row], -1) for row in rows], dtype=int)
    right = (said == truth) & (said >= 0)
    overall = (right.sum() + 1) / ((said >= 0).sum() + 2)  # the rule of succession: one half where nothing is known
    sure = [
        float((right[said == label].sum() + PRIOR_ROWS * overall) / ((said == label).sum() + PRIOR_ROWS))
        for label in range(len(place))
    ]
    return {"sure": sure, "calibration": _calibration(replies, truth, len(place))}


def _calibration(replies: Sequence[Reply], truth: np.ndarray, labels: int) -> dict[str, Any]:
    """Of token probabilities; as they are where too few rows tell how far they can be trusted."""
    import numpy as np

    told = [
        (reply.probabilities, known) for reply, known in zip(replies, truth, strict=True) if reply.probabilities is not None
    ]
    if len(told) < CALIBRATION_ROWS:
        return {"scale": 1.0, "bias": [0.0] * labels}
    scores = np.log(np.clip(np.array([one for one, _ in told], dtype=float), LEAST, 1.0))
    return calibrate(scores, np.array([known for _, known in told]))


def _trust_in_sets(material: Material, replies: Sequence[Reply], rows: Sequence[int]) -> dict[str, Any]:
    """How often a label is right where it is said and where it is not; one that is said stays the more probable."""
    import numpy as np

    labels = material.job.task.label_names
    answered = [(set(reply.labels), row) for reply, row in zip(replies, rows, strict=True) if reply.labels is not None]
    spoken = np.array([[label in names for label in labels] for names, _ in answered], dtype=bool).reshape(-1, len(labels))
    truth = np.array([_truth(material, material.targets[row]) for _, row in answered], dtype=bool).reshape(-1, len(labels))
    usual_said = (float((truth & spoken).sum()) + 1) / (float(spoken.sum()) + 2)
    usual_unsaid = min(float((truth & ~spoken).sum() + 1) / (float((~spoken).sum()) + 10), usual_said / 2)
    said = ((truth & spoken).sum(axis=0) + PRIOR_ROWS * usual_said) / (spoken.sum(axis=0) + PRIOR_ROWS)
    unsaid = ((truth & ~spoken).sum(axis=0) + PRIOR_ROWS * usual_unsaid) / ((~spoken).sum(axis=0) + PRIOR_ROWS)
    return {"said": np.maximum(said, unsaid + 2 * AHEAD).tolist(), "unsaid": unsaid.tolist()}
