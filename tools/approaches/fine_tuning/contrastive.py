"""Contrastive fine-tuning for few labels: the encoder learns which texts belong together, then a head learns to name them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.fine_tuning.arithmetic import Judged
from tools.approaches.fine_tuning.effort import middle_class, pace_of, too_few, window_count, words_to_tokens
from tools.approaches.fine_tuning.head import learn_head
from tools.approaches.other import place_of_other
from tools.approaches.text_job import TextJob, mean_words, open_job
from tools.approaches.zero_shot import speaks, spoken
from tools.core.plan import Estimate, Rung
from tools.core.task import Label, TaskKind
from tools.models import portable
from tools.models.encoder import MAX_TOKENS

if TYPE_CHECKING:
    import numpy as np

    from tools.approaches.fine_tuning.training import Network

LEAST_A_CLASS, MOST_A_CLASS = 5, 60
MOST_ROWS = 5000
BATCH = 32
RATE, DECAY = 2e-4, 0.95
MOST_FOLDS = 3
SMALL_STEP = 2_048  # tokens of a batch: larger ones fill the cores, and their memory counts
SPARE = 0.85
STRENGTH = 10.0  # C of the head; vectors of one class lie close together by then


class Contrastive:
    """Sentence vectors tuned on pairs of the person's few rows (as SetFit does, Tunstall et al. 2022), with a linear head."""

    name = "contrastive"
    rung: Rung = "fine-tuning"
    title = "contrastive fine-tuning for few labels"
    kinds: frozenset[TaskKind] = frozenset({"text-classification"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Made for 5 to about 60 labelled rows a class."""
        middle = middle_class(situation)
        if middle < LEAST_A_CLASS or situation.train_rows < 2 * LEAST_A_CLASS + 2:
            return Infeasible(too_few(situation, LEAST_A_CLASS))
        if middle > MOST_A_CLASS or situation.train_rows > MOST_ROWS:
            return Infeasible(f"is for few labels; with {middle:,} rows in the middle class the whole encoder learns better")
        tokens = words_to_tokens(mean_words(situation)) * min(BATCH, 2 * situation.train_rows) * steps_for(situation.train_rows)
        fits = 1 + 0.8 * MOST_FOLDS if situation.cross_validated else 1.9  # with rows aside fewer steps are taken
        seconds = 4 + fits * (0.7 + tokens / pace_of(situation.machine))
        minutes = min(seconds / 60, 0.6 * situation.minutes)
        worth = 0.95 if middle <= 20 else 0.85 if middle <= 30 else 0.6
        named = any(map(speaks, situation.task.labels or []))
        reason = f"made for few labels: {middle} in the middle class{', and it knows what they are called' if named else ''}"
        return Feasible(reason, Estimate(minutes=minutes, memory_mb=2000), worth)

    def fit(self, job: FitJob) -> Fitted:
        """Tune with validation rows aside (or in few, larger folds), then on all rows."""
        texts = in_few_folds(open_job(job))
        with TemporaryDirectory() as scratch:
            tuning = _Tuning(job, texts, Path(scratch))
            tuning.train()
            whole, int8 = zip(*(tuning.judged(number) for number in range(len(texts.parts))), strict=True)
        judged = Judged.by(texts, texts.judged(list(whole)), texts.judged(list(int8)))
        weight, bias = tuning.final(job.folder, judged.arithmetic.int8)
        portable.write(job.folder, weight * judged.scale, bias * judged.scale)
        return texts.finish(
            "text-encoder",
            portable.REQUIREMENTS,
            judged.opinion.judged,
            {
                "steps": steps_for(len(texts.everything)),
                "batch": BATCH,
                "scale": round(judged.scale, 3),
                "windows": tuning.windows,
                **judged.arithmetic.settings,
                "label_names_learned": len(tuning.named),
                "ngram_share": judged.opinion.share,
            },
            max_tokens=MAX_TOKENS,
            windows=tuning.windows,
            tfidf=judged.opinion.manifest,
        )


class _Tuning:
    """The trainings of one job: one for each part, the last on all rows.

    named: positions, behind the rows' own, of the texts that say what a label is called; every training learns from them.
    """

    def __init__(self, job: FitJob, texts: TextJob, scratch: Path) -> None:
        import numpy as np

        from tools.approaches.fine_tuning.training import Pieces
        from tools.models.catalogue import bundled_folder
        from tools.runtime.text_onnx import Tokens
        from tools.runtime.text_rows import spelled

        self.job, self.texts, self.scratch = job, texts, scratch
        self.ends = time.monotonic() + job.minutes * 60 * SPARE
        names = label_texts(job.task.labels or [], place_of_other(job.task, texts.classes))
        self.spelled = [spelled(text) for text in [*texts.texts, *(text for text, _ in names)]]
        self.classes = np.concatenate([texts.classes, np.array([place for _, place in names], dtype=int)])
        self.named = np.arange(len(texts.texts), len(self.spelled))
        self.windows = window_count(self.spelled[: len(texts.texts)])
        self.tokenizer = bundled_folder() / "tokenizer.json"
        ids, owner = Tokens(self.tokenizer, MAX_TOKENS, self.windows).pieces(self.spelled)
        self.pieces = Pieces(ids, self.classes[owner], owner)
        self.networks: list[Network] = []

    def train(self) -> None:
        """All trainings, as many side by side as there are cores: a step of few short texts leaves most of them idle.

        On two cores two trainings at once, on a thread each, take three quarters of the time of one after the other.
        """
        import torch

        learnt = [*(learn for learn, _ in self.texts.parts), self.texts.everything]
        small = self.pieces.tokens / len(self.pieces.ids) * BATCH <= SMALL_STEP
        at_once = min(self.job.cores, len(learnt)) if small else 1
        rounds = math.ceil(len(learnt) / at_once)
        done = [0.0] * len(learnt)

        def trained(number: int) -> Network:
            seconds = (self.ends - time.monotonic()) / (rounds - number // at_once)
            return self._trained(learnt[number], self.job.cores // at_once, seconds, partial(progress, number))

        def progress(number: int, fraction: float) -> None:
            done[number] = fraction
            self.job.progress(0.03 + 0.92 * sum(done) / len(done), "bringing texts of one class together")

        with ThreadPoolExecutor(at_once) as threads:
            self.networks = list(threads.map(trained, range(len(learnt))))
        torch.set_num_threads(self.job.cores)

    def judged(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Logits of part `number`'s judged rows by a model that never saw them, with 32 bits and with 8."""
        import numpy as np

        learn, judge = self.texts.parts[number]
        network, known = self.networks[number], self._with_names(learn)
        rows = np.concatenate([known, judge])
        whole = network.read(self.pieces.of(rows), len(rows), exact=True)  # writing a graph for it takes as long as training
        return self._logits(whole, known), self._logits(self._read(network, self.scratch, rows, int8=True), known)

    def _logits(self, vectors: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Of the rows behind the known ones, by a head that is learned from those. vectors: of both, in one precision."""
        import numpy as np

        told = vectors.astype(float)
        weight, bias = learn_head(told[: len(known)], self.classes[known], len(self.texts.labels), STRENGTH)
        return np.asarray(told[len(known) :] @ weight.T + bias)

    def final(self, folder: Path, int8: bool) -> tuple[np.ndarray, np.ndarray]:
        """Write the encoder that learned from all rows to `folder`; gives the head's weight and bias."""
        folder.mkdir(parents=True, exist_ok=True)
        rows = self._with_names(self.texts.everything)
        return learn_head(
            self._read(self.networks[-1], folder, rows, int8), self.classes[rows], len(self.texts.labels), STRENGTH
        )

    def _read(self, network: Network, folder: Path, rows: np.ndarray, int8: bool) -> np.ndarray:
        """float64 [rows, width] by the network's graph, which is written to `folder`."""
        import numpy as np

        from tools.runtime.text_onnx import OnnxEncoder

        network.write(folder / portable.GRAPH, normalise=True, int8=int8)
        encoder = OnnxEncoder(folder / portable.GRAPH, self.tokenizer, MAX_TOKENS, windows=self.windows)
        return np.asarray(encoder.encode([self.spelled[row] for row in rows]), dtype=float)

    def _trained(self, rows: np.ndarray, threads: int, seconds: float, progress: Callable[[float], None]) -> Network:
        from tools.approaches.fine_tuning.training import Network, Recipe, contrast

        network = Network(len(self.texts.labels), Recipe(rate=RATE, decay=DECAY, batch=BATCH), self.job.seed, threads)
        contrast(network, self.pieces.of(self._with_names(rows)), steps_for(len(rows)), seconds, progress)
        return network

    def _with_names(self, rows: np.ndarray) -> np.ndarray:
        import numpy as np

        return np.concatenate([rows, self.named])


def label_texts(labels: list[Label], rest: int | None) -> list[tuple[str, int]]:
    """What the labels are called, as texts to learn from, with the labels' positions: few rows say less than a name often does.

    On tweet_emotion with 8 rows a class they lift accuracy by 7 points, on trec6 by 1. Codes and the label for the rest are not
    learned.
    """
    found: list[tuple[str, int]] = []
    for place, label in enumerate(labels):
        if place != rest and speaks(label):
            name = spoken(label.name)
            found += [(name, place), (f"This text is about {name}.", place)]
            found += [(label.description, place)] if label.description else []
    return found


def in_few_folds(texts: TextJob) -> TextJob:
    """The same job with at most 3 folds: each is a training, and more of them say little more for a lot more time."""
    import numpy as np

    if len(texts.parts) <= MOST_FOLDS:
        return texts
    rows = np.arange(len(texts.texts))
    judged = [np.sort(np.concatenate([texts.parts[at][1] for at in group])) for group in _groups(len(texts.parts))]
    known = texts.classes >= 0
    return replace(texts, parts=[(np.setdiff1d(rows[known], judge), judge) for judge in judged])


def _groups(folds: int) -> list[list[int]]:
    """Positions of the folds, put together to 3 groups of about equal size."""
    return [list(range(start, folds, MOST_FOLDS)) for start in range(MOST_FOLDS)]


def steps_for(rows: int) -> int:
    """Steps of a training: more rows make more pairs, up to a bound.

    Over 15 draws of 8 rows a class of five data sets, six tenths of the steps at twice the rate were as good (accuracy 0.688,
    0.689); half of them were so on three further draws.
    """
    return int(min(60, max(8, 2.0 * math.sqrt(rows))))
