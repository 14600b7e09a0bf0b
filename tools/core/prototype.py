"""What the download holds and how it was proved."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tools.core.task import Model


class Proof(Model):
    """`PROOF.json`: in a fresh environment, with the network refused, `predict.py` gave the run's own predictions.

    how: "installed" from an index, or "assembled" from the same distributions as they are installed here.
    network: "refused", every connection; or "replayed": every connection but one on loopback, where the answers that a language
    model gave in the run were said again. The model itself was not asked for the proof.
    largest_difference: between a probability (or a number, relative) here and there; must be within `tolerance`.
    """

    how: Literal["installed", "assembled"]
    network: Literal["refused", "replayed"] = "refused"
    when: str
    seconds: float
    rows: int
    largest_difference: float
    tolerance: float
    same_predictions: bool
    distributions: list[str] = Field(default_factory=list)
    first_prediction_seconds: float | None = None
    environment_seconds: float | None = None
