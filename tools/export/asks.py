"""The language model that a prompting prototype asks for each row: which one, where, and what an answer takes."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.core.language_model import LanguageModel
from tools.export.chosen import Chosen
from tools.export.recording import is_asking

KEY, ADDRESS, FILE = "OPENAI_API_KEY", "PROMPT_BASE_URL", "PROMPT_GGUF"
PACKED_MB = 50.0  # a larger file is not put into the zip: its sha256 is, and the person has the file


@dataclass(frozen=True)
class Weights:
    """A GGUF. packed: whether it lies in the prototype's `model/`; else whoever unzips it brings it."""

    name: str
    size: int
    sha256: str

    @property
    def size_mb(self) -> float:
        """In millions of bytes."""
        return self.size / 1e6

    @property
    def packed(self) -> bool:
        """Whether it is small enough for the zip."""
        return self.size_mb <= PACKED_MB


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
        """For `prototype.json`: what the app and retrain.py say before they ask."""
        where = "this machine" if self.weights else self.where
        return {"model": self.model, "where": where, "remote": self.remote, "dollars_per_row": self.dollars_per_row}


def asks_of(run: Chosen) -> Asks | None:
    """The facts of a run's chosen candidate; None where it asks no language model."""
    if not is_asking(run):
        return None
    model = LanguageModel.model_validate(run.manifest["language_model"])
    row = run.result.settings.get("per_row") or {}
    examples = run.model_folder / "examples.jsonl"
    priced = model.input_price is not None and model.output_price is not None
    return Asks(
        model=model.name,
        where=model.base_url,
        remote=model.remote,
        key=KEY if model.kind == "openai" else None,
        shown=int(run.manifest.get("examples", 0)),
        pool=examples.read_text(encoding="utf-8").count("\n") if examples.exists() else 0,
        input_tokens=row.get("input_tokens"),
        output_tokens=row.get("output_tokens"),
        dollars_per_row=row.get("dollars", 0.0 if not model.paid else None) if priced else None,
        seconds=row.get("seconds"),
        weights=_weights(model),
    )


def settle(folder: Path, asks: Asks, form: dict[str, Any] | None) -> None:
    """Make a copied model folder the prototype's own: no path of this machine, the variables that move the model, a small file.

    form: how the endpoint wants its questions, so that the first one is asked rightly.
    """
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    told = manifest["language_model"]
    if asks.weights is None:
        told |= {"base_url_variable": ADDRESS, "form": form}
    else:
        if asks.weights.packed:
            shutil.copyfile(told["path"], folder / asks.weights.name)
        told |= {"path": asks.weights.name, "path_variable": FILE, "size": asks.weights.size, "sha256": asks.weights.sha256}
    manifest["language_model"] = {name: value for name, value in told.items() if value is not None}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _weights(model: LanguageModel) -> Weights | None:
    """Name, size and sha256 (about two seconds a gigabyte) of a model that is a file; None for an endpoint."""
    if model.path is None:
        return None
    path = Path(model.path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Weights(path.name, path.stat().st_size, digest)
