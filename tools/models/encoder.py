"""The bundled sentence encoder: text to 384 numbers, fast and without torch."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tools.home import cache
from tools.models.catalogue import BUNDLED, bundled_folder

if TYPE_CHECKING:
    import numpy as np

    from tools.runtime.text_onnx import OnnxEncoder

WIDTH = 384
MAX_TOKENS = 256  # what the model was trained with (sentence_bert_config.json)
GRAPH_VERSION = 2  # goes up when bert_graph.py writes something else


def encode(texts: Sequence[str]) -> np.ndarray:
    """float32 [n, 384], rows of length 1: their dot product is the cosine similarity. Texts are cut after 256 tokens.

    The first call on a machine makes the ONNX graph in FASTTRACK_CACHE (about 2 s).
    """
    return encoder().encode(texts)


def encoder(int8: bool = False) -> OnnxEncoder:
    """The bundled encoder, loaded once a process and cache folder."""
    return _encoder(encoder_graph(int8))


def encoder_graph(int8: bool = False) -> Path:
    """The bundled encoder as ONNX (mean pooling, length 1), made on first use under a lock and moved into place whole.

    int8: the smaller and quicker one (see tools/models/int8_graph.py).
    """
    kind = "-int8" if int8 else ""
    path = cache() / "models" / f"{BUNDLED.name}-{str(BUNDLED.sha256)[:8]}-{GRAPH_VERSION}{kind}.onnx"
    if path.exists():
        return path
    from filelock import FileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            _make(path, int8)
    return path


def _make(path: Path, int8: bool) -> None:
    from safetensors.numpy import load_file

    from tools.models import bert_graph

    folder = bundled_folder()
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    fresh = path.with_suffix(f".{os.getpid()}")
    bert_graph.write(load_file(folder / BUNDLED.weights), config, fresh, int8=int8)
    fresh.replace(path)


@functools.cache
def _encoder(graph: Path) -> OnnxEncoder:
    from tools.runtime.text_onnx import OnnxEncoder

    return OnnxEncoder(graph, bundled_folder() / "tokenizer.json", MAX_TOKENS)
