"""A second opinion for a fine-tuned encoder: n-grams see spellings and rare words that the encoder's tokens blur.

On banking77 and tweet_emotion a share of 0.2 lifts the metric on validation by about 0.4 points; on other data it may not, so
the share is chosen on validation rows by log-loss, and n-grams are left out where they do not pay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.approaches.calibration import log_loss
from tools.approaches.ngrams import NgramChoice, NgramModel, choose_ngrams
from tools.approaches.text_job import TextJob

if TYPE_CHECKING:
    import numpy as np

SHARES = (0.1, 0.2, 0.3, 0.4)
LEAST_GAIN = 0.01  # of the log-loss, relative: less is not worth a second model in the prototype
LEAST_ROWS = 100  # validation rows, to choose by
STRENGTH = 0.5


@dataclass(frozen=True)
class Opinion:
    """judged: the answers for the validation rows, mixed where n-grams pay. manifest: the key `tfidf`, None where they do not.

    strength: of the n-grams' linear model.
    """

    judged: np.ndarray
    manifest: dict[str, Any] | None = None
    strength: float = STRENGTH

    @property
    def share(self) -> float:
        """Of the n-grams in the answer."""
        return float(self.manifest["share"]) if self.manifest else 0.0

    def write(self, texts: TextJob, seed: int) -> None:
        """Learn the n-grams from all rows and write them, where they are heard."""
        if self.manifest:
            NgramModel.learn(texts, texts.everything, self.strength, seed).write(texts.job.folder)


def second_opinions(
    texts: TextJob,
    alternatives: Sequence[np.ndarray],
    seed: int,
    shares: tuple[float, ...] = SHARES,
    strengths: tuple[float, ...] = (STRENGTH,),
) -> list[Opinion]:
    """For each of the alternatives, an encoder's answers for the validation rows: n-grams mixed in where they pay."""
    if len(texts.truth) < LEAST_ROWS:
        return [Opinion(judged) for judged in alternatives]
    ngrams = choose_ngrams(texts, seed, strengths)
    return [_mixed(texts, judged, ngrams, shares) for judged in alternatives]


def _mixed(texts: TextJob, judged: np.ndarray, ngrams: NgramChoice, shares: tuple[float, ...]) -> Opinion:
    mixed = {share: (1 - share) * judged + share * ngrams.judged for share in shares}
    share = min(shares, key=lambda one: log_loss(mixed[one], texts.truth))
    before, after = log_loss(judged, texts.truth), log_loss(mixed[share], texts.truth)
    if after > before * (1 - LEAST_GAIN) or texts.quality(mixed[share]) < texts.quality(judged):
        return Opinion(judged)
    return Opinion(mixed[share], {"share": share, "calibration": ngrams.calibration}, ngrams.strength)
