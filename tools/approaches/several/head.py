"""A head on frozen embeddings: a logistic regression a label learns to read the bundled encoder's vectors."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.fine_tuning.arithmetic import Arithmetic
from tools.approaches.fine_tuning.head import SHARES, STRENGTHS, EmbeddingHead, read_whole
from tools.approaches.fine_tuning.second_opinion import LEAST_GAIN, LEAST_ROWS
from tools.approaches.several.calibration import calibrate_each, log_loss_each
from tools.approaches.several.label_set_job import LabelSetJob, open_job
from tools.approaches.several.linear import EachChoice, choose_each, write_each
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
        """Encode, try strengths on train, keep the best on validation, refit on both; 8 bits and n-grams where they pay."""
        import numpy as np

        rows = open_job(job)
        job.progress(0.05, "reading the texts with the encoder")
        vectors, windows = read_whole(rows.texts)
        best = _chosen(rows, vectors, job)
        coarse, _ = read_whole(rows.texts, int8=True)
        other = _chosen(rows, coarse, job)
        job.progress(0.7, "asking word counts for a second opinion")
        ngrams = choose_each(rows, job) if len(best.judged) >= LEAST_ROWS else None
        opinions = [_with_ngrams(rows, one.judged, ngrams) for one in (best, other)]
        whole, int8 = (rows.quality(judged) for judged, _ in opinions)
        arithmetic = Arithmetic.by(whole - int8)
        judged, opinion = opinions[arithmetic.int8]
        if arithmetic.int8:
            vectors, best = coarse, other
        if opinion and ngrams:
            write_each(rows, ngrams.strength, job)
        weight, bias = learn_heads(vectors, rows.truth, best.strength)
        scale, shift = float(best.calibration["scale"]), np.array(best.calibration["bias"])
        portable.write(job.folder, weight * scale, bias * scale + shift, arithmetic.int8)
        settings = {"strength": best.strength, "scale": round(scale, 3), "windows": windows}
        settings |= {"ngram_share": opinion["share"] if opinion else 0.0, **arithmetic.settings}
        extra = {"max_tokens": MAX_TOKENS, "windows": windows, "tfidf": opinion}
        return rows.finish("text-encoder", portable.REQUIREMENTS, judged, settings, **extra)


def _chosen(rows: LabelSetJob, vectors: np.ndarray, job: FitJob) -> EachChoice:
    """The best strength of the heads. The metric decides; ties go to the lower log-loss."""
    from tools.runtime.text_tfidf import independent

    best: tuple[float, float] | None = None
    choice: EachChoice | None = None
    for number, strength in enumerate(STRENGTHS):
        job.progress(0.4 + 0.06 * number, "learning a head a label")
        heads = [learn_heads(vectors[learn], rows.truth[learn], strength) for learn, _ in rows.parts]
        logits = rows.judged([vectors[j] @ w.T + b for (_, j), (w, b) in zip(rows.parts, heads, strict=True)])
        calibration = calibrate_each(logits, rows.judged_truth)
        judged = independent(logits, calibration)
        rank = (rows.quality(judged), -log_loss_each(judged, rows.judged_truth))
        if best is None or rank > best:
            best, choice = rank, EachChoice(strength, calibration, judged)
    assert choice is not None
    return choice


def _with_ngrams(rows: LabelSetJob, judged: np.ndarray, ngrams: EachChoice | None) -> tuple[np.ndarray, dict[str, Any] | None]:
    """Answers mixed with those of n-grams where that pays, and the manifest's key `tfidf` then.

    Texts that are about several things are read less well as one vector than word by word: the counts often know more.
    """
    if ngrams is None:
        return judged, None
    mixed = {share: (1 - share) * judged + share * ngrams.judged for share in SHARES}
    share = min(SHARES, key=lambda one: log_loss_each(mixed[one], rows.judged_truth))
    before, after = (log_loss_each(one, rows.judged_truth) for one in (judged, mixed[share]))
    if after > before * (1 - LEAST_GAIN) or rows.quality(mixed[share]) < rows.quality(judged):
        return judged, None
    return mixed[share], {"share": share, "calibration": ngrams.calibration}


def learn_heads(vectors: np.ndarray, truth: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """weight [labels, width] and bias [labels] of a logistic regression for each label, on one thread (as `learn_head`)."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    weight = np.zeros((truth.shape[1], vectors.shape[1]))
    bias = np.where(truth.all(axis=0), SURE, -SURE) if len(truth) else np.full(truth.shape[1], -SURE)
    with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):
        warnings.filterwarnings("ignore", message="lbfgs failed to converge")  # it is near enough by then
        for label in np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0)):
            model = LogisticRegression(C=strength, max_iter=1000, tol=1e-3).fit(vectors, truth[:, label])
            weight[label], bias[label] = model.coef_[0], model.intercept_[0]
    return weight, bias
