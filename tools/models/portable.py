"""The files of the format `text-encoder` (see tools/runtime/text_encoder.py): what every encoder approach writes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tools.models.catalogue import bundled_folder
from tools.models.encoder import encoder_graph

if TYPE_CHECKING:
    import numpy as np

REQUIREMENTS = ["numpy", "onnxruntime", "tokenizers"]
GRAPH = "encoder.onnx"


def write(folder: Path, weight: np.ndarray, bias: np.ndarray, int8: bool = False) -> None:
    """Write tokenizer.json, head.npz (weight [labels, width], bias [labels]) and, if missing, the bundled encoder.onnx.

    int8: the bundled encoder that multiplies in 8 bits (see tools/models/int8_graph.py).
    """
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / GRAPH).exists():
        shutil.copyfile(encoder_graph(int8), folder / GRAPH)
    shutil.copyfile(bundled_folder() / "tokenizer.json", folder / "tokenizer.json")
    np.savez(folder / "head.npz", weight=weight.astype(np.float32), bias=bias.astype(np.float32))
