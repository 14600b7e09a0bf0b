"""The torch loop for fine-tuning: texts are read alike whatever stands beside them."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from tools.approaches.fine_tuning.training import Network, Pieces, Recipe, Stepper, contrast, together, warm_then_down
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


def test_texts_of_like_length_are_read_at_once() -> None:
    assert together([20] * 60) == [list(range(60))]
    assert together([20, 22, 18]) == [[0, 1, 2]]
    assert len(together([100] * 60)) > 1


def test_exact_vectors_are_those_of_the_graph(network: Network, pieces: Pieces, tmp_path: Path) -> None:
    network.write(tmp_path / "encoder.onnx", normalise=True)
    graph = OnnxEncoder(tmp_path / "encoder.onnx", bundled_folder() / "tokenizer.json", 256)
    assert np.allclose(network.read(pieces, len(TEXTS), exact=True), graph.encode(TEXTS), atol=1e-4)


def test_steps_are_those_of_torchs_own_optimizer() -> None:
    ours, theirs = (Network(2, Recipe(dropout=0.0, warmup=0.9), seed=0, cores=1) for _ in range(2))
    stepper = Stepper(ours)
    optimizer = torch.optim.AdamW(theirs.groups())
    rates = [group["lr"] for group in optimizer.param_groups]
    vectors = torch.from_numpy(np.random.default_rng(0).normal(size=(4, 384)).astype(np.float32))
    for done in (0.25, 0.5, 0.75):
        stepper.step((ours.head(vectors) ** 2).sum(), done)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * warm_then_down(done, 0.9)
        (theirs.head(vectors) ** 2).sum().backward()
        torch.nn.utils.clip_grad_norm_(theirs.head.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    assert torch.allclose(ours.head.weight, theirs.head.weight, atol=1e-6)
    assert not torch.allclose(ours.head.weight, Network(2, Recipe(), seed=0, cores=1).head.weight, atol=1e-4)
    assert all(torch.equal(a, b) for a, b in zip(ours.encoder.parameters(), theirs.encoder.parameters(), strict=True))


def test_trainings_side_by_side_learn_what_they_learn_alone(pieces: Pieces) -> None:
    def learnt(seed: int) -> torch.Tensor:
        network = Network(2, Recipe(batch=4), seed, cores=1)
        contrast(network, Pieces(pieces.ids, np.array([0, 0, 1, 1]), pieces.owner), 2, math.inf, lambda _: None)
        return network.encoder.get_parameter("encoder.layer.0.output.dense.weight").detach()

    alone = [learnt(seed) for seed in (0, 1)]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(learnt, (0, 1)))
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))
    assert not torch.equal(*alone)
