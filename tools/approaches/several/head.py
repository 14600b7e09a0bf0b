"""A head on frozen embeddings: a logistic regression a label learns to read the bundled encoder's vectors."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.fine_tuning.head import STRENGTHS, EmbeddingHead
from tools.approaches.several.calibration import calibrate_each, log_loss_each
from tools.approaches.several.label_set_job import open_job
from tools.core.plan import Rung
from tools.core.task import TaskKind
from tools.models import portable
from tools.models.encoder import MAX_TOKENS

if TYPE_CHECKING:
    import numpy as np

SURE = 30.0  # log odds of a label that all rows have, or none


class HeadEachLabel:
    """One logistic regression a label on the bundled encoder's vectors, with a cut a label."""

    name = "head-each-label"
    rung: Rung = "fine-tuning"
    title = "a head a label on frozen embeddings"
    kinds: frozenset[TaskKind] = frozenset({"multilabel-text-classification"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """As for one label a row: about five labelled rows a label."""
        return EmbeddingHead().consider(situation)

    def fit(self, job: FitJob) -> Fitted:
        """Encode once, try strengths on train, keep the best on validation, refit on both."""
        import numpy as np

        from tools.models.encoder import encode
        from tools.runtime.text_rows import spelled
        from tools.runtime.text_tfidf import independent

        rows = open_job(job)
        job.progress(0.05, "reading the texts with the encoder")
        vectors = encode([spelled(text) for text in rows.texts])
        best: tuple[tuple[float, float], float, np.ndarray, float, np.ndarray] | None = None
        for number, strength in enumerate(STRENGTHS):
            job.progress(0.5 + 0.08 * number, "learning a head a label")
            heads = [learn_heads(vectors[learn], rows.truth[learn], strength) for learn, _ in rows.parts]
            logits = rows.judged([vectors[j] @ w.T + b for (_, j), (w, b) in zip(rows.parts, heads, strict=True)])
            calibration = calibrate_each(logits, rows.judged_truth)
            judged = independent(logits, calibration)
            rank = (rows.quality(judged), -log_loss_each(judged, rows.judged_truth))
            if best is None or rank > best[0]:
                best = (rank, strength, judged, float(calibration["scale"]), np.array(calibration["bias"]))
        assert best is not None
        _, strength, judged, scale, shift = best
        weight, bias = learn_heads(vectors, rows.truth, strength)
        portable.write(job.folder, weight * scale, bias * scale + shift)
        settings = {"strength": strength, "scale": round(scale, 3)}
        return rows.finish("text-encoder", portable.REQUIREMENTS, judged, settings, max_tokens=MAX_TOKENS)


def learn_heads(vectors: np.ndarray, truth: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """weight [labels, width] and bias [labels] of a logistic regression for each label."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    weight = np.zeros((truth.shape[1], vectors.shape[1]))
    bias = np.where(truth.all(axis=0), SURE, -SURE) if len(truth) else np.full(truth.shape[1], -SURE)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="lbfgs failed to converge")  # it is near enough by then
        for label in np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0)):
            model = LogisticRegression(C=strength, max_iter=1000, tol=1e-3).fit(vectors, truth[:, label])
            weight[label], bias[label] = model.coef_[0], model.intercept_[0]
    return weight, bias
