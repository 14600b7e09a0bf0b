"""The bar to beat on texts: TF-IDF of words and characters into a linear model. Seconds to build, any language."""

from __future__ import annotations

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.ngrams import NgramModel, choose_ngrams
from tools.approaches.text_job import mean_words, open_job
from tools.approaches.wording import not_english
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.rates import slowness

LEAST_ROWS = 10
BAR = "the bar to beat"
WORDS_PER_SECOND = 60_000.0  # counting, on the reference machine
WORD_CLASSES_PER_SECOND = 3_000_000.0  # learning, all strengths together


class TfidfLinear:
    """Word and character n-grams, a linear support vector machine, calibrated probabilities."""

    name = "tfidf-linear"
    rung: Rung = "baseline"
    title = "word and character counts with a linear model"
    kinds: frozenset[TaskKind] = frozenset({"text-classification"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs a handful of labelled rows of at least two classes."""
        if situation.train_rows < LEAST_ROWS:
            return Infeasible(f"needs at least {LEAST_ROWS} labelled rows, and there are {situation.train_rows}")
        words = situation.train_rows * mean_words(situation)
        fits = 6 if situation.cross_validated else 2
        classes = max(2, len(situation.label_counts or {}))
        seconds = 5 + fits * (words / WORDS_PER_SECOND + words * classes / WORD_CLASSES_PER_SECOND)
        minutes = seconds / 60 * slowness(situation.machine.rates)
        foreign = not_english(situation)
        reason = "the bar to beat; spellings tell in any language, and the texts are not all English" if foreign else BAR
        estimate = Estimate(minutes=minutes, memory_mb=500 + words * 0.003)
        return Feasible(reason, estimate, worth=0.9 if foreign else 0.8)

    def fit(self, job: FitJob) -> Fitted:
        """Try strengths on train, keep the best on validation, refit on both."""
        texts = open_job(job)
        job.progress(0.05, "counting words and characters")
        choice = choose_ngrams(texts, job.seed)
        job.progress(0.7, "refitting on all rows")
        NgramModel.learn(texts, texts.everything, choice.strength, job.seed).write(job.folder)
        return texts.finish(
            "text-tfidf",
            ["numpy"],
            choice.judged,
            {"strength": choice.strength, "calibration_scale": round(choice.calibration["scale"], 3)},
            calibration=choice.calibration,
        )
