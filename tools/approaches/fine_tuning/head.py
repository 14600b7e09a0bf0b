"""A head on frozen embeddings: the encoder stays as it is, a linear model learns to read its vectors."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.calibration import calibrate_scale, log_loss
from tools.approaches.fine_tuning.effort import middle_class, too_few
from tools.approaches.text_job import open_job
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.models import portable
from tools.models.encoder import MAX_TOKENS
from tools.rates import slowness

if TYPE_CHECKING:
    import numpy as np

STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)  # C of the logistic regression on vectors of length 1
LEAST_A_CLASS = 5
TEXTS_PER_SECOND = 250.0


class EmbeddingHead:
    """Logistic regression on the bundled encoder's vectors."""

    name = "embedding-head"
    rung: Rung = "fine-tuning"
    title = "a head on frozen embeddings"
    kinds: frozenset[TaskKind] = frozenset({"text-classification"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs about five labelled rows a class."""
        if situation.train_rows < 2 * LEAST_A_CLASS or middle_class(situation) < LEAST_A_CLASS:
            return Infeasible(too_few(situation, LEAST_A_CLASS))
        rows = situation.train_rows + situation.test_rows
        seconds = 4 + rows / TEXTS_PER_SECOND + situation.train_rows * len(situation.task.labels or []) / 20_000
        minutes = seconds / 60 * slowness(situation.machine.rates)
        return Feasible("best for its price at this size", Estimate(minutes=minutes, memory_mb=700), worth=0.7)

    def fit(self, job: FitJob) -> Fitted:
        """Encode once, try strengths on train, keep the best on validation, refit on both."""
        import numpy as np

        from tools.models.encoder import encode
        from tools.runtime.text_encoder import answers
        from tools.runtime.text_rows import spelled

        texts = open_job(job)
        job.progress(0.05, "reading the texts with the encoder")
        vectors = encode([spelled(text) for text in texts.texts])
        best: tuple[tuple[float, float], float, np.ndarray, float] | None = None
        for number, strength in enumerate(STRENGTHS):
            job.progress(0.5 + 0.08 * number, "learning the head")
            heads = [learn_head(vectors[learn], texts.classes[learn], len(texts.labels), strength) for learn, _ in texts.parts]
            logits = texts.judged([vectors[j] @ w.T + b for (_, j), (w, b) in zip(texts.parts, heads, strict=True)])
            scale = calibrate_scale(logits, texts.truth)
            judged = answers(logits, np.eye(len(texts.labels)) * scale, np.zeros(len(texts.labels)))
            rank = (texts.quality(judged), -log_loss(judged, texts.truth))
            if best is None or rank > best[0]:
                best = (rank, strength, judged, scale)
        assert best is not None
        _, strength, judged, scale = best
        weight, bias = learn_head(vectors[texts.everything], texts.classes[texts.everything], len(texts.labels), strength)
        portable.write(job.folder, weight * scale, bias * scale)
        settings = {"strength": strength, "scale": round(scale, 3)}
        return texts.finish(
            "text-encoder",
            portable.REQUIREMENTS,
            judged,
            settings,
            max_tokens=MAX_TOKENS,
        )


def learn_head(vectors: np.ndarray, classes: np.ndarray, labels: int, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """weight [labels, width] and bias [labels] of a logistic regression; a label without rows gets bias -1e9."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="lbfgs failed to converge")  # it is near enough by then
        model = LogisticRegression(C=strength, max_iter=1000, tol=1e-3).fit(vectors, classes)
    weight, bias = np.zeros((labels, vectors.shape[1])), np.full(labels, -1e9)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(coefficients) == 1:  # two classes: one row of weights, for the second
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.array([-1, 1]) * intercepts / 2
    weight[model.classes_], bias[model.classes_] = coefficients, intercepts
    return weight, bias
