"""A head on frozen embeddings: the encoder stays as it is, a linear model learns to read its vectors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.calibration import calibrate_scale, log_loss
from tools.approaches.fine_tuning.arithmetic import Further, decided
from tools.approaches.fine_tuning.effort import middle_class, too_few, window_count, words_to_tokens
from tools.approaches.fine_tuning.second_opinion import second_opinions
from tools.approaches.text_job import TextJob, mean_words, open_job
from tools.approaches.wording import LONG, not_english
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.models import portable
from tools.models.encoder import MAX_TOKENS
from tools.rates import slowness

if TYPE_CHECKING:
    import numpy as np

STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)  # C of the logistic regression on vectors of length 1
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # of the n-grams: they may know more than a frozen encoder does
NGRAM_STRENGTHS = (0.3, 1.0)
LEAST_A_CLASS, FEW = 5, 20
FURTHER_ROWS, FURTHER_CELLS, FURTHER_FOLDS = 3_000, 120_000, 3  # training rows that tell what 8 bits lose; times classes
TOKENS_PER_SECOND, LEAST_TOKENS = 8_500.0, 16.0  # read twice, on two reference cores; shorter texts take no less
CELLS_PER_SECOND = 150_000  # rows times classes of the head


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
        words = mean_words(situation)
        tokens = (situation.train_rows + situation.test_rows) * max(words_to_tokens(words), LEAST_TOKENS)
        seconds = 3 + tokens / TOKENS_PER_SECOND + situation.train_rows * len(situation.task.labels or []) / CELLS_PER_SECOND
        minutes = seconds / 60 * slowness(situation.machine.rates)
        return Feasible(_reason(situation, words), Estimate(minutes=minutes, memory_mb=700), worth=0.7)

    def fit(self, job: FitJob) -> Fitted:
        """Encode, try strengths on train, keep the best on validation, refit on both; 8 bits and n-grams where they pay."""
        texts = open_job(job)
        job.progress(0.05, "reading the texts with the encoder")
        vectors, windows = read_whole(texts.texts)
        job.progress(0.4, "learning the head")
        head = _chosen(texts, vectors)
        job.progress(0.6, "reading them in 8 bits")
        coarse, _ = read_whole(texts.texts, int8=True)
        other = _chosen(texts, coarse)
        job.progress(0.8, "asking word counts for a second opinion")
        opinions = second_opinions(texts, [head.judged, other.judged], job.seed, SHARES, NGRAM_STRENGTHS)
        opinion, arithmetic = decided(texts, opinions, _further(texts, vectors, coarse, (head.strength, other.strength)))
        if arithmetic.int8:
            vectors, head = coarse, other
        rows = texts.everything
        weight, bias = learn_head(vectors[rows], texts.classes[rows], len(texts.labels), head.strength)
        portable.write(job.folder, weight * head.scale, bias * head.scale, arithmetic.int8)
        return texts.finish(
            "text-encoder",
            portable.REQUIREMENTS,
            opinion.judged,
            {"strength": head.strength, "scale": round(head.scale, 3), "windows": windows, "ngram_share": opinion.share}
            | arithmetic.settings,
            max_tokens=MAX_TOKENS,
            windows=windows,
            tfidf=opinion.manifest,
        )


def _reason(situation: Situation, words: float) -> str:
    """Why, by regime. Word counts join in where there are validation rows enough to tell that they pay."""
    if not_english(situation):
        return "meaning and spelling together: its encoder knows English best, the counts any language"
    if words > LONG:
        return "quick; long texts are read whole, in pieces, with word counts beside"
    if middle_class(situation) <= FEW:
        return "quick, but with so few rows a class contrastive learning is better"
    return "best for its price at this size: meaning and word counts together"


@dataclass(frozen=True)
class _Head:
    """The best strength, with honest answers for the validation rows by heads that never saw them."""

    strength: float
    scale: float
    judged: np.ndarray


def _chosen(texts: TextJob, vectors: np.ndarray) -> _Head:
    """The metric decides; ties go to the lower log-loss."""
    import numpy as np

    from tools.runtime.text_encoder import answers

    labels, best, head = len(texts.labels), None, None
    for strength in STRENGTHS:
        heads = [learn_head(vectors[learn], texts.classes[learn], labels, strength) for learn, _ in texts.parts]
        logits = texts.judged([vectors[j] @ w.T + b for (_, j), (w, b) in zip(texts.parts, heads, strict=True)])
        scale = calibrate_scale(logits, texts.truth)
        judged = answers(logits, np.eye(labels) * scale, np.zeros(labels))
        rank = (texts.quality(judged), -log_loss(judged, texts.truth))
        if best is None or rank > best:
            best, head = rank, _Head(strength, scale, judged)
    assert head is not None
    return head


def _further(texts: TextJob, vectors: np.ndarray, coarse: np.ndarray, strengths: tuple[float, float]) -> Further | None:
    """What 8 bits lose on training rows, each answered by heads that never saw it; None where folds tell it already."""
    import numpy as np

    from tools.runtime.text_encoder import answers

    if texts.job.folds is not None:
        return None
    labels = len(texts.labels)
    rows = np.random.default_rng(texts.job.seed).permutation(texts.parts[0][0])[: min(FURTHER_ROWS, FURTHER_CELLS // labels)]
    fold = np.arange(len(rows)) % FURTHER_FOLDS
    told = np.zeros((2, len(rows), labels))
    for number in range(FURTHER_FOLDS):
        learn = rows[fold != number]
        if len(np.unique(texts.classes[learn])) < 2:
            return None
        for at, (read, strength) in enumerate(zip((vectors, coarse), strengths, strict=True)):
            head = learn_head(read[learn], texts.classes[learn], labels, strength)
            told[at, fold == number] = answers(read[rows[fold == number]], *head)
    return Further(texts.quality(told[0], rows) - texts.quality(told[1], rows), len(rows))


def read_whole(texts: Sequence[str], int8: bool = False) -> tuple[np.ndarray, int]:
    """float32 [n, 384] of the bundled encoder, and how many windows of a text it reads: long ones in pieces, averaged."""
    from tools.models.catalogue import bundled_folder
    from tools.models.encoder import encoder_graph
    from tools.runtime.text_onnx import OnnxEncoder
    from tools.runtime.text_rows import spelled

    told = [spelled(text) for text in texts]
    windows = window_count(told)
    encoder = OnnxEncoder(encoder_graph(int8), bundled_folder() / "tokenizer.json", MAX_TOKENS, windows=windows)
    return encoder.encode(told), windows


def learn_head(vectors: np.ndarray, classes: np.ndarray, labels: int, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """weight [labels, width] and bias [labels] of a logistic regression; a label without rows gets bias -1e9.

    Where all rows are of one label, as without a fold that holds all rows of the other, that one is always answered.
    Its many small products are no work for several threads: on a busy machine they wait for each other, and 1,000 rows of
    6 classes took 23 s in place of 0.5 s.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    weight, bias = np.zeros((labels, vectors.shape[1])), np.full(labels, -1e9)
    if len(known := np.unique(classes)) == 1:
        bias[known] = 0.0
        return weight, bias
    with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):
        warnings.filterwarnings("ignore", message="lbfgs failed to converge")  # it is near enough by then
        model = LogisticRegression(C=strength, max_iter=1000, tol=1e-3).fit(vectors, classes)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(coefficients) == 1:  # two classes: one row of weights, for the second
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.array([-1, 1]) * intercepts / 2
    weight[model.classes_], bias[model.classes_] = coefficients, intercepts
    return weight, bias
