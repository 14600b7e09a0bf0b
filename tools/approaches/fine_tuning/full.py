"""Full fine-tuning: every layer of the bundled encoder learns from the person's rows."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.calibration import log_loss
from tools.approaches.fine_tuning.arithmetic import Judged
from tools.approaches.fine_tuning.effort import (
    JOINED,
    JOINING_RATE,
    RATE,
    Effort,
    affordable,
    desired_epochs,
    middle_class,
    too_few,
    training_minutes,
    wants_agreement,
    window_count,
)
from tools.approaches.text_job import TextJob, mean_words, open_job
from tools.core.errors import MachineError
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.models import portable
from tools.models.encoder import MAX_TOKENS
from tools.rates import store

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from tools.approaches.fine_tuning.training import Network, Pieces, Recipe

LEAST_A_CLASS = 10
LEAST_ROWS = 60
PATIENCE = 3  # epochs without a better validation score
SPARE = 0.85  # of the minutes given: loading, writing and judging need the rest
REHEARSAL = 10  # steps, to learn the pace


class FullFineTuning:
    """The whole encoder with a linear head, cross-entropy, the best epoch by validation; then those rows are learned, too."""

    name = "full-fine-tuning"
    rung: Rung = "fine-tuning"
    title = "the whole encoder fine-tuned"
    kinds: frozenset[TaskKind] = frozenset({"text-classification"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs some tens of rows a class; takes minutes."""
        middle = middle_class(situation)
        if situation.train_rows < LEAST_ROWS or middle < LEAST_A_CLASS:
            return Infeasible(too_few(situation, LEAST_A_CLASS))
        minutes = training_minutes(situation, mean_words(situation))
        reason = (
            f"may win: {middle:,} rows in the middle class" if middle >= 30 else "may win, though there are few rows a class"
        )
        memory = 2000.0 + 0.002 * situation.train_rows
        return Feasible(reason, Estimate(minutes=minutes, memory_mb=memory), worth=0.95 if middle >= 30 else 0.65)

    def fit(self, job: FitJob) -> Fitted:
        """Train with validation rows aside, keep the best epoch; learn from those rows, too, where the time allows."""
        with TemporaryDirectory() as scratch:
            return _Fitting(job, open_job(job), Path(scratch)).run()


@dataclass
class _Fitting:
    """One job on its way. `ends`: when training must be done (time.monotonic)."""

    job: FitJob
    texts: TextJob
    scratch: Path
    ends: float = field(init=False)
    spelled: list[str] = field(init=False)
    windows: int = field(init=False)
    pieces: Pieces = field(init=False)
    recipe: Recipe = field(init=False)
    effort: Effort = field(init=False)
    tokens_done: float = 0.0

    def run(self) -> Fitted:
        self.ends = time.monotonic() + self.job.minutes * 60 * SPARE
        self._prepare()
        judged, last, epochs = self._judged()
        if self.effort.refit:
            last = self._refitted(epochs) if len(self.texts.parts) > 1 else self._joined(last)
        return self._finish(judged, last, epochs)

    def _prepare(self) -> None:
        """Token ids, the recipe, and what the time allows, after a short rehearsal."""
        from tools.approaches.fine_tuning.training import Pieces, Recipe
        from tools.models.catalogue import bundled_folder
        from tools.runtime.text_onnx import Tokens
        from tools.runtime.text_rows import spelled

        self.job.progress(0.01, "reading the texts")
        self.spelled = [spelled(text) for text in self.texts.texts]
        self.windows = window_count(self.spelled)
        tokens = Tokens(bundled_folder() / "tokenizer.json", MAX_TOKENS, self.windows)
        ids, owner = tokens.pieces(self.spelled)
        self.pieces = Pieces(ids, self.texts.classes[owner], owner)
        rows = len(self.texts.parts[0][0])
        self.recipe = Recipe(agreement=1.0) if wants_agreement(rows) else Recipe(rate=2e-4)
        everything = self.pieces.of(self.texts.everything)
        pace = self._rehearsed(everything)
        part_tokens = sum(self.pieces.of(learn).tokens for learn, _ in self.texts.parts)
        seconds, folds = self.ends - time.monotonic(), len(self.texts.parts) > 1
        epochs = desired_epochs(rows, len(self.texts.labels))
        self.effort = affordable(seconds, pace, epochs, part_tokens, everything.tokens, folds)
        if self.recipe.agreement and self.effort.epochs < 0.8 * epochs:  # half the work for most of the gain
            self.recipe, pace = replace(self.recipe, agreement=0.0), pace / 2
            self.effort = affordable(seconds, pace, epochs, part_tokens, everything.tokens, folds)
        if self.effort.epochs * len(everything.ids) < REHEARSAL * self.recipe.batch:
            raise MachineError(
                code="too-little-time",
                expected=f"time to read {REHEARSAL * self.recipe.batch} texts at least",
                found=f"{seconds:.0f} seconds at {1 / pace:,.0f} tokens a second",
                remedy="Give more --minutes, or leave full-fine-tuning out.",
            )

    def _rehearsed(self, pieces: Pieces) -> float:
        """Seconds a token, by a few steps that are thrown away; remembered for later estimates."""
        from tools.approaches.fine_tuning.training import train

        network = self._network()
        train(network, pieces, 2 / REHEARSAL, math.inf, steps=2)
        pace = train(network, pieces, 1.0, math.inf, steps=REHEARSAL)
        store(RATE, round((2 if self.recipe.agreement else 1) / pace, 1))
        return pace

    def _judged(self) -> tuple[Judged, Network, float]:
        """The validation rows by models that never saw them, the last network, and the epochs to train for."""
        whole, int8, epochs = [], [], self.effort.epochs
        for learn, judge in self.texts.parts:
            network = self._network()
            keeper = _Keeper(self, network, judge) if len(self.texts.parts) == 1 else None
            self._train(network, learn, f"training on {len(learn):,} rows", keeper)
            if keeper is not None:
                epochs = keeper.restored()
            whole.append(self._logits(network, judge, int8=False))
            int8.append(self._logits(network, judge, int8=True))
        return Judged.by(self.texts, self.texts.judged(whole), self.texts.judged(int8)), network, epochs

    def _refitted(self, epochs: float) -> Network:
        network = self._network()
        self._train(network, self.texts.everything, "training on all rows", None, stop_after=epochs)
        return network

    def _joined(self, network: Network) -> Network:
        """The judged network after learning from the validation rows, too."""
        import numpy as np

        learnt, judged = self.texts.parts[0]
        own = judged[self.texts.classes[judged] >= 0]
        beside = np.random.default_rng(self.job.seed).permutation(learnt)[: (JOINED - 1) * len(own)]
        network.recipe = replace(
            self.recipe, rate=self.recipe.rate * JOINING_RATE, head_rate=self.recipe.head_rate * JOINING_RATE
        )
        self._train(network, np.concatenate([own, beside]), "learning from the validation rows, too", None, epochs=1.0)
        return network

    def _train(
        self,
        network: Network,
        rows: np.ndarray,
        phase: str,
        keeper: _Keeper | None,
        stop_after: float = math.inf,
        epochs: float | None = None,
    ) -> None:
        """epochs: else the effort's. stop_after: the way down is planned for all of them, but ends here."""
        from tools.approaches.fine_tuning.training import train

        pieces, epochs, total = self.pieces.of(rows), epochs or self.effort.epochs, self._tokens()
        own = pieces.tokens * epochs
        seconds = (self.ends - time.monotonic()) * own / max(own, total - self.tokens_done)
        before = self.tokens_done / total

        def progress(fraction: float) -> None:
            self.job.progress(0.05 + 0.9 * min(1.0, before + fraction * own / total), phase)

        train(network, pieces, epochs, seconds, progress, keeper, stop_after)
        self.tokens_done += own

    def _tokens(self) -> float:
        """Tokens that all trainings read, epochs counted."""
        parts = sum(self.pieces.of(learn).tokens for learn, _ in self.texts.parts) * self.effort.epochs
        if not self.effort.refit:
            return parts
        if len(self.texts.parts) > 1:
            return parts + self.pieces.of(self.texts.everything).tokens * self.effort.epochs
        return parts + JOINED * self.pieces.of(self.texts.parts[0][1]).tokens

    def _network(self) -> Network:
        from tools.approaches.fine_tuning.training import Network

        return Network(len(self.texts.labels), self.recipe, self.job.seed, self.job.cores)

    def _logits(self, network: Network, rows: np.ndarray, int8: bool) -> np.ndarray:
        """By the code and the precision that the prototype runs."""
        import numpy as np

        from tools.models.catalogue import bundled_folder
        from tools.runtime.text_onnx import OnnxEncoder

        weight, bias = network.write(self.scratch / portable.GRAPH, int8=int8)
        encoder = OnnxEncoder(
            self.scratch / portable.GRAPH, bundled_folder() / "tokenizer.json", MAX_TOKENS, windows=self.windows
        )
        return np.asarray(encoder.encode([self.spelled[row] for row in rows]).astype(float) @ weight.T + bias)

    def _finish(self, judged: Judged, final: Network, epochs: float) -> Fitted:
        self.job.progress(0.96, "writing the model")
        self.job.folder.mkdir(parents=True, exist_ok=True)
        weight, bias = final.write(self.job.folder / portable.GRAPH, int8=judged.arithmetic.int8)
        portable.write(self.job.folder, weight * judged.scale, bias * judged.scale)
        settings = {
            "epochs": round(epochs, 1),
            "refitted": self.effort.refit,
            "rate": self.recipe.rate,
            "batch": self.recipe.batch,
            "agreement": self.recipe.agreement,
            "windows": self.windows,
            "bfloat16": final.half,
            "scale": round(judged.scale, 3),
            **judged.arithmetic.settings,
        }
        settings["ngram_share"] = judged.opinion.share
        return self.texts.finish(
            "text-encoder",
            portable.REQUIREMENTS,
            judged.opinion.judged,
            settings,
            max_tokens=MAX_TOKENS,
            windows=self.windows,
            tfidf=judged.opinion.manifest,
        )


class _Keeper:
    """Judges after each epoch and keeps the best weights. Called with the epochs done; answers whether to stop."""

    def __init__(self, fitting: _Fitting, network: Network, rows: np.ndarray) -> None:
        self.fitting, self.network, self.rows = fitting, network, rows
        self.best: tuple[float, float] | None = None
        self.best_epochs = 0.0
        self.state: list[Tensor] = []

    def __call__(self, epochs: float) -> bool:
        probabilities = self.network.probabilities(self.fitting.pieces.of(self.rows), len(self.rows))
        texts = self.fitting.texts
        rank = (texts.quality(probabilities), -log_loss(probabilities, texts.truth))
        if self.best is None or rank > self.best:
            self.best, self.best_epochs, self.state = rank, epochs, self.network.state()
        return epochs - self.best_epochs >= PATIENCE

    def restored(self) -> float:
        """Put the best weights back; gives the epochs that they took."""
        self.network.restore(self.state)
        return self.best_epochs
