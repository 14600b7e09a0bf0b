"""The torch loop for fine-tuning: texts are read alike whatever stands beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tools.approaches.fine_tuning.training import Network, Pieces, Recipe
from tools.models.catalogue import bundled_folder
from tools.runtime.text_onnx import OnnxEncoder, Tokens

TEXTS = ["where is my parcel", "a refund please", " ".join(["a very long complaint about the late delivery"] * 20), "hello"]


@pytest.fixture(scope="module")
def network() -> Network:
    made = Network(2, Recipe(dropout=0.0), seed=0, cores=1)
    made.half = False
    return made


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    ids, owner = Tokens(bundled_folder() / "tokenizer.json", 256, 1).pieces(TEXTS)
    return Pieces(ids, np.zeros(len(ids), dtype=int), owner)


def test_a_batch_in_groups_keeps_its_order(network: Network, pieces: Pieces) -> None:
    with torch.no_grad():
        together = network.vectors(pieces.ids)
        alone = torch.cat([network.vectors([one]) for one in pieces.ids])
    assert torch.allclose(together, alone, atol=1e-5)


def test_long_texts_pad_no_short_ones(network: Network, pieces: Pieces, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = []
    plain = network.encoder.forward

    def seen(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        shapes.append(tuple(ids.shape))
        return plain(ids, mask)

    monkeypatch.setattr(network.encoder, "forward", seen)
    network.vectors(pieces.ids)
    assert [texts for texts, _ in shapes] == [3, 1]


def test_exact_vectors_are_those_of_the_graph(network: Network, pieces: Pieces, tmp_path: Path) -> None:
    network.write(tmp_path / "encoder.onnx", normalise=True)
    graph = OnnxEncoder(tmp_path / "encoder.onnx", bundled_folder() / "tokenizer.json", 256)
    assert np.allclose(network.read(pieces, len(TEXTS), exact=True), graph.encode(TEXTS), atol=1e-4)
