"""Label names and descriptions against the text, each label by itself: no labelled row is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.approaches import manifest
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.several.calibration import calibrate_each
from tools.approaches.several.label_set_job import open_job
from tools.approaches.text_job import input_columns
from tools.approaches.zero_shot import CALIBRATION_ROWS, SCALE, ZeroShot, label_vectors
from tools.core.plan import Rung
from tools.core.task import TaskKind
from tools.models import portable
from tools.models.encoder import MAX_TOKENS

if TYPE_CHECKING:
    import numpy as np

# Where no labelled row tells: the cosine at which a label is as likely as not, and how near to the best one a label must
# come to be given too. Over texts put together from labelled ones, of 4 to 77 labels, these give 1.4 to 2.7 labels a text.
MIDDLE, NEAR = 0.5, 0.7


class ZeroShotEachLabel:
    """Each label is the mean vector of its name in a few sentences; a text takes the nearest, and those as near."""

    name = "zero-shot-each-label"
    rung: Rung = "zero-shot"
    title = "each label's name against the text"
    kinds: frozenset[TaskKind] = frozenset({"multilabel-text-classification"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs label names that are words."""
        return ZeroShot().consider(situation)

    def fit(self, job: FitJob) -> Fitted:
        """Place the labels, and let labelled rows, where there are enough, say from where on a label is given."""
        import numpy as np

        from tools.models.encoder import encode
        from tools.runtime.text_rows import spelled
        from tools.runtime.text_tfidf import independent

        job.progress(0.1, "placing the labels")
        weight = label_vectors(job.task.labels or [])
        calibration: dict[str, Any] = {"scale": SCALE, "bias": [-SCALE * MIDDLE] * len(weight)}
        if not len(job.validation):
            _write(job, weight, calibration)
            manifest.write(job, "text-encoder", input_columns(job), portable.REQUIREMENTS, max_tokens=MAX_TOKENS, near=NEAR)
            return Fitted(None, {"scale": SCALE, "near": NEAR, "calibrated": False})
        rows = open_job(job)
        job.progress(0.3, "comparing the texts with the labels")
        vectors = encode([spelled(rows.texts[row]) for row in rows.judged_rows])
        likeness = vectors.astype(float) @ weight.T
        enough = len(likeness) >= CALIBRATION_ROWS
        if enough:
            centred = calibrate_each(likeness - MIDDLE, rows.judged_truth, SCALE)
            calibration = {"scale": centred["scale"], "bias": (np.array(centred["bias"]) - centred["scale"] * MIDDLE).tolist()}
        _write(job, weight, calibration)
        settings = {"scale": round(calibration["scale"], 3), "calibrated": enough}
        judged = independent(likeness, calibration)
        return rows.finish("text-encoder", portable.REQUIREMENTS, judged, settings, max_tokens=MAX_TOKENS)


def _write(job: FitJob, weight: np.ndarray, calibration: dict[str, Any]) -> None:
    import numpy as np

    portable.write(job.folder, weight * calibration["scale"], np.array(calibration["bias"]))
