"""What the download holds and how it was proved."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tools.core.task import Model


class Proof(Model):
    """`PROOF.json`: in a fresh environment, with the network refused, `predict.py` gave the run's own predictions.

    how: "installed" from an index, or "assembled" from the same distributions as they are installed here.
    largest_difference: between a probability (or a number, relative) here and there; must be within `tolerance`.
    """

    how: Literal["installed", "assembled"]
    when: str
    seconds: float
    rows: int
    largest_difference: float
    tolerance: float
    same_predictions: bool
    distributions: list[str] = Field(default_factory=list)
    first_prediction_seconds: float | None = None
    environment_seconds: float | None = None
