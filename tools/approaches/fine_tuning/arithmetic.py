"""Whether an encoder multiplies in 8 bits: more rows a second and a quarter of the size, where validation rows lose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.approaches.calibration import calibrate_scale
from tools.approaches.fine_tuning.second_opinion import Opinion, second_opinions
from tools.approaches.text_job import TextJob

if TYPE_CHECKING:
    import numpy as np

MOST_LOST = 0.003  # of the plan's metric, on the validation rows


@dataclass(frozen=True)
class Arithmetic:
    """int8: taken. lost: of the plan's metric on the validation rows by 8 bits (negative: it was better so)."""

    int8: bool
    lost: float

    @classmethod
    def by(cls, lost: float) -> Arithmetic:
        """From what rows lose that the model never saw."""
        return cls(lost <= MOST_LOST, lost)

    @property
    def settings(self) -> dict[str, Any]:
        """What the report and the model card say."""
        return {"arithmetic": "8-bit integers" if self.int8 else "32-bit floats", "lost_by_8_bits": round(self.lost, 4)}


@dataclass(frozen=True)
class Judged:
    """The validation rows answered with the arithmetic that is taken. scale: of the head's logits."""

    opinion: Opinion
    scale: float
    arithmetic: Arithmetic

    @classmethod
    def by(cls, texts: TextJob, whole: np.ndarray, int8: np.ndarray) -> Judged:
        """From the validation rows' logits [n, labels] with 32 and with 8 bits; n-grams that pay are written."""
        found = [_scaled(logits, texts.truth) for logits in (whole, int8)]
        opinion, arithmetic = decided(texts, second_opinions(texts, [answers for answers, _ in found], texts.job.seed))
        return cls(opinion, found[arithmetic.int8][1], arithmetic)


@dataclass(frozen=True)
class Further:
    """What 8 bits lost of the plan's metric on so many more rows that the models which answered them never saw."""

    lost: float = 0.0
    rows: int = 0


def decided(texts: TextJob, opinions: Sequence[Opinion], further: Further | None = None) -> tuple[Opinion, Arithmetic]:
    """Which is taken of the answers with 32 and with 8 bits, as the prototype gives them; its n-grams are written.

    further: rows beside the validation rows; of 700 of these alone, two or three decide by chance.
    """
    whole, int8 = (texts.quality(opinion.judged) for opinion in opinions)
    more, rows = further or Further(), len(texts.truth)
    arithmetic = Arithmetic.by((rows * (whole - int8) + more.rows * more.lost) / (rows + more.rows))
    opinion = opinions[arithmetic.int8]
    opinion.write(texts, texts.job.seed)
    return opinion, arithmetic


def _scaled(logits: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, float]:
    """Calibrated probabilities, and by what the logits were multiplied."""
    import numpy as np

    from tools.runtime.text_encoder import answers

    labels = logits.shape[1]
    scale = calibrate_scale(logits, truth)
    return answers(logits, np.eye(labels) * scale, np.zeros(labels)), scale
