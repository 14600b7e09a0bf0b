"""The language model that a prompting prototype asks for each row: which one, where, and what an answer takes."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.core.language_model import LanguageModel
from tools.export.chosen import Chosen

FORMAT = "prompted"
KEY = "OPENAI_API_KEY"
PACKED_MB = 50.0  # a larger GGUF is not put into the zip: its sha256 is, and the person has the file


@dataclass(frozen=True)
class Weights:
    """A GGUF. packed: whether it lies in the prototype's `model/`; else whoever unzips it brings it."""

    name: str
    size_mb: float
    sha256: str
    packed: bool


@dataclass(frozen=True)
class Asks:
    """What README, model card and app say of it. Tokens, dollars and seconds are of one row, as the run recorded them.

    where: the base URL, None where the model is a file. remote: whether rows leave this machine. key: the environment
    variable that holds it. shown: examples in a question, of `pool` that the prototype carries. None: not known.
    """

    model: str
    where: str | None
    remote: bool
    key: str | None
    shown: int
    pool: int
    input_tokens: float | None
    output_tokens: float | None
    dollars_per_row: float | None
    seconds: float | None
    weights: Weights | None = None

    def described(self) -> dict[str, Any]:
        """As JSON, for `prototype.json`."""
        return asdict(self)


def language_model(run: Chosen) -> LanguageModel | None:
    """The one that the chosen candidate asks; None where it asks none."""
    told = run.manifest.get("language_model")
    return LanguageModel.model_validate(told) if told and run.manifest["format"] == FORMAT else None


def weights(model: LanguageModel) -> Weights | None:
    """Name, size and sha256 (read once, about a second a gigabyte) of a model that is a file; None for an endpoint."""
    if model.path is None:
        return None
    path = Path(model.path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    size_mb = path.stat().st_size / 1e6
    return Weights(path.name, size_mb, digest.hexdigest(), packed=size_mb <= PACKED_MB)
