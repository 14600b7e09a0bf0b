"""The bar to beat: TF-IDF of words and characters into a linear model for each label. Seconds to build, any language."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.baseline.text import TfidfLinear
from tools.approaches.ngrams import MARGIN_SCALE, STRENGTHS, count_ngrams
from tools.approaches.several.calibration import calibrate_each, log_loss_each
from tools.approaches.several.label_set_job import LabelSetJob, open_job
from tools.core.plan import Rung
from tools.core.task import TaskKind

if TYPE_CHECKING:
    import numpy as np


class TfidfEachLabel:
    """Word and character n-grams, a linear support vector machine a label, calibrated probabilities, a cut a label."""

    name = "tfidf-each-label"
    rung: Rung = "baseline"
    title = "word and character counts with a linear model a label"
    kinds: frozenset[TaskKind] = frozenset({"multilabel-text-classification"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """As for one label a row: the same counts, the same linear models."""
        return TfidfLinear().consider(situation)

    def fit(self, job: FitJob) -> Fitted:
        """Try strengths on train, keep the best on validation, refit on both."""
        rows = open_job(job)
        job.progress(0.05, "counting words and characters")
        best = choose_each(rows, job)
        job.progress(0.7, "refitting on all rows")
        write_each(rows, best.strength, job)
        settings = {"strength": best.strength, "calibration_scale": round(best.calibration["scale"], 3)}
        return rows.finish("text-tfidf", ["numpy"], best.judged, settings, calibration=best.calibration)


@dataclass(frozen=True)
class EachChoice:
    """The best strength, with calibrated answers [validation rows, labels] by models that never saw the rows."""

    strength: float
    calibration: dict[str, Any]
    judged: np.ndarray


def choose_each(rows: LabelSetJob, job: FitJob) -> EachChoice:
    """The metric decides; ties go to the lower log-loss."""
    from tools.runtime.text_tfidf import independent

    best: tuple[float, float] | None = None
    choice: EachChoice | None = None
    for strength, scores in _judged_margins(rows, job).items():
        calibration = calibrate_each(scores, rows.judged_truth, MARGIN_SCALE)
        judged = independent(scores, calibration)
        rank = (rows.quality(judged), -log_loss_each(judged, rows.judged_truth))
        if best is None or rank > best:
            best, choice = rank, EachChoice(strength, calibration, judged)
    assert choice is not None
    return choice


def write_each(rows: LabelSetJob, strength: float, job: FitJob) -> None:
    """Learn from all rows and write the files that `tools/runtime/text_ngrams.py` reads."""
    from tools.runtime import text_ngrams

    vectorizers, features = count_ngrams(rows.texts)
    text_ngrams.write(job.folder, _learned(vectorizers, features, rows.truth, strength, job.seed))


def _judged_margins(rows: LabelSetJob, job: FitJob) -> dict[float, np.ndarray]:
    """Strength -> margins [validation rows, labels] by models that never saw the row."""
    from tools.runtime.text_tfidf import margins

    found: dict[float, list[np.ndarray]] = {strength: [] for strength in STRENGTHS}
    steps, done = len(STRENGTHS) * len(rows.parts), 0
    for learn, judge in rows.parts:
        vectorizers, features = count_ngrams([rows.texts[row] for row in learn])
        for strength in STRENGTHS:
            parts = _learned(vectorizers, features, rows.truth[learn], strength, job.seed)
            found[strength].append(margins(parts, [rows.texts[row] for row in judge], len(rows.labels)))
            done += 1
            job.progress(0.05 + 0.6 * done / steps, "learning a model a label")
    return {strength: rows.judged(answers) for strength, answers in found.items()}


def _learned(vectorizers: list[Any], features: Any, truth: np.ndarray, strength: float, seed: int) -> dict[str, Any]:
    """What `text_ngrams.write` takes; only labels that some rows have can be told (`classes`)."""
    import numpy as np
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    classes = np.flatnonzero(truth.any(axis=0))
    if len(classes) < 2:  # scikit-learn takes a single column for two classes
        classes = np.arange(truth.shape[1])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Liblinear failed to converge")  # it is near enough by then
        warnings.filterwarnings("ignore", message="Label .* is present in all training examples")
        model = OneVsRestClassifier(LinearSVC(C=strength, random_state=seed, max_iter=2000)).fit(features, truth[:, classes])
    return {"vectorizers": vectorizers, "model": model, "classes": classes}
