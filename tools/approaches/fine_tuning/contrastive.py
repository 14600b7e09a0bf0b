"""Contrastive fine-tuning for few labels: the encoder learns which texts belong together, then a head learns to name them."""

from __future__ import annotations

import math
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.calibration import calibrate_scale
from tools.approaches.fine_tuning.effort import middle_class, pace_of, too_few, window_count, words_to_tokens
from tools.approaches.fine_tuning.head import learn_head
from tools.approaches.text_job import TextJob, mean_words, open_job
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.models import portable
from tools.models.encoder import MAX_TOKENS

if TYPE_CHECKING:
    import numpy as np

LEAST_A_CLASS, MOST_A_CLASS = 5, 60
MOST_ROWS = 5000
BATCH = 32
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
        tokens = words_to_tokens(mean_words(situation)) * BATCH * steps_for(situation.train_rows)
        fits = 6 if situation.cross_validated else 2
        seconds = 15 + fits * (2 + tokens / pace_of(situation.machine))
        minutes = min(seconds / 60, 0.6 * situation.minutes)
        worth = 0.85 if middle <= 30 else 0.6
        return Feasible(f"made for few labels: {middle} in the middle class", Estimate(minutes=minutes, memory_mb=1800), worth)

    def fit(self, job: FitJob) -> Fitted:
        """Tune with validation rows aside (or fold by fold), then on all rows."""
        import numpy as np

        from tools.runtime.text_encoder import answers

        texts = open_job(job)
        with TemporaryDirectory() as scratch:
            tuning = _Tuning(job, texts, Path(scratch))
            logits = texts.judged([tuning.judged(number) for number in range(len(texts.parts))])
            scale = calibrate_scale(logits, texts.truth)
            weight, bias = tuning.learned(texts.everything, len(texts.parts), job.folder)
        portable.write(job.folder, weight * scale, bias * scale)
        labels = len(texts.labels)
        return texts.finish(
            "text-encoder",
            portable.REQUIREMENTS,
            answers(logits, np.eye(labels) * scale, np.zeros(labels)),
            {"steps": tuning.steps, "batch": BATCH, "scale": round(scale, 3), "windows": tuning.windows},
            max_tokens=MAX_TOKENS,
            windows=tuning.windows,
        )


class _Tuning:
    """The trainings of one job, one after another, each with its share of the time."""

    def __init__(self, job: FitJob, texts: TextJob, scratch: Path) -> None:
        from tools.approaches.fine_tuning.training import Pieces
        from tools.models.catalogue import bundled_folder
        from tools.runtime.text_onnx import Tokens
        from tools.runtime.text_rows import spelled

        self.job, self.texts, self.scratch = job, texts, scratch
        self.ends = time.monotonic() + job.minutes * 60 * SPARE
        self.spelled = [spelled(text) for text in texts.texts]
        self.windows = window_count(self.spelled)
        self.tokenizer = bundled_folder() / "tokenizer.json"
        ids, owner = Tokens(self.tokenizer, MAX_TOKENS, self.windows).pieces(self.spelled)
        self.pieces = Pieces(ids, texts.classes[owner], owner)
        self.steps = steps_for(len(texts.texts))

    def judged(self, number: int) -> np.ndarray:
        """Logits of part `number`'s judged rows by a model that never saw them."""
        import numpy as np

        learn, judge = self.texts.parts[number]
        weight, bias = self.learned(learn, number, self.scratch)
        return np.asarray(self._vectors(judge) @ weight.T + bias)

    def learned(self, rows: np.ndarray, number: int, folder: Path) -> tuple[np.ndarray, np.ndarray]:
        """Tune an encoder on these rows and write it to `folder`; gives the head's weight and bias."""
        from tools.approaches.fine_tuning.training import Network, Recipe, contrast

        trainings = len(self.texts.parts) + 1
        recipe = Recipe(rate=5e-5, batch=BATCH)
        network = Network(len(self.texts.labels), recipe, self.job.seed, self.job.cores)
        seconds = (self.ends - time.monotonic()) / (trainings - number)

        def progress(fraction: float) -> None:
            self.job.progress(0.03 + 0.92 * (number + fraction) / trainings, "bringing texts of one class together")

        contrast(network, self.pieces.of(rows), self.steps, seconds, progress)
        folder.mkdir(parents=True, exist_ok=True)
        network.write(folder / portable.GRAPH, normalise=True)
        vectors = self._vectors(rows, folder)
        return learn_head(vectors, self.texts.classes[rows], len(self.texts.labels), STRENGTH)

    def _vectors(self, rows: np.ndarray, folder: Path | None = None) -> np.ndarray:
        """By the code and the precision that the prototype runs."""
        import numpy as np

        from tools.runtime.text_onnx import OnnxEncoder

        graph = (folder or self.scratch) / portable.GRAPH
        encoder = OnnxEncoder(graph, self.tokenizer, MAX_TOKENS, windows=self.windows)
        return np.asarray(encoder.encode([self.spelled[row] for row in rows]), dtype=float)


def steps_for(rows: int) -> int:
    """Steps of a training: more rows make more pairs, up to a bound."""
    return int(min(160, 30 + 8 * math.sqrt(rows)))
