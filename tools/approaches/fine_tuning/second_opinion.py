"""A second opinion for a fine-tuned encoder: n-grams see spellings and rare words that the encoder's tokens blur.

On banking77 and tweet_emotion a share of 0.2 lifts the metric on validation by about 0.4 points; on other data it may not, so
the share is chosen on validation rows by log-loss, and n-grams are left out where they do not pay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.approaches.calibration import log_loss
from tools.approaches.ngrams import NgramModel, choose_ngrams
from tools.approaches.text_job import TextJob

if TYPE_CHECKING:
    import numpy as np

SHARES = (0.1, 0.2, 0.3, 0.4)
LEAST_GAIN = 0.01  # of the log-loss, relative: less is not worth a second model in the prototype
LEAST_ROWS = 100  # validation rows, to choose by
STRENGTH = 0.5


@dataclass
class Opinion:
    """judged: the mixed answers for the validation rows. manifest: the key `tfidf`, None where n-grams are left out."""

    judged: np.ndarray
    manifest: dict[str, Any] | None


def second_opinion(
    texts: TextJob,
    judged: np.ndarray,
    seed: int,
    shares: tuple[float, ...] = SHARES,
    strengths: tuple[float, ...] = (STRENGTH,),
) -> Opinion:
    """Mix n-grams into the encoder's answers where they pay; then n-grams learned from all rows are written."""
    if len(judged) < LEAST_ROWS:
        return Opinion(judged, None)
    ngrams = choose_ngrams(texts, seed, strengths)
    mixed = {share: (1 - share) * judged + share * ngrams.judged for share in shares}
    share = min(shares, key=lambda one: log_loss(mixed[one], texts.truth))
    before, after = log_loss(judged, texts.truth), log_loss(mixed[share], texts.truth)
    if after > before * (1 - LEAST_GAIN) or texts.quality(mixed[share]) < texts.quality(judged):
        return Opinion(judged, None)
    NgramModel.learn(texts, texts.everything, ngrams.strength, seed).write(texts.job.folder)
    manifest = {"share": share, "calibration": ngrams.calibration}
    return Opinion(mixed[share], manifest)
