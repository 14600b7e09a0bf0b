"""The encoder in 8 bits: near the whole one, smaller, and the same for a text whatever stands beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from tools.models import bert_graph
from tools.models.encoder import encode, encoder, encoder_graph
from tools.models.int8_graph import TOP, rounded

CONFIG = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 16,
    "layer_norm_eps": 1e-12,
}
TEXTS = [
    "Where is my card?",
    "",
    "a long story " * 200,
    "Wo bleibt mein Geld? 東京",
    "where is my card",
    "MY CARD\n\tis lost",
    "The stock market fell sharply after the announcement.",
    "how do i reset a password",
]


def tiny(seed: int = 0) -> dict[str, np.ndarray]:
    """A BertModel's weights, drawn by chance."""
    draw = np.random.default_rng(seed)

    def some(*shape: int) -> np.ndarray:
        return draw.normal(0, 0.3, shape).astype(np.float32)

    found = {"embeddings.word_embeddings.weight": some(50, 32), "embeddings.position_embeddings.weight": some(16, 32)}
    found |= {"embeddings.token_type_embeddings.weight": some(2, 32)}
    dense = {f"attention.self.{part}": (32, 32) for part in ("query", "key", "value")}
    dense |= {"attention.output.dense": (32, 32), "intermediate.dense": (48, 32), "output.dense": (32, 48)}
    norms = ["embeddings.LayerNorm"]
    for layer in range(2):
        own = f"encoder.layer.{layer}"
        norms += [f"{own}.attention.output.LayerNorm", f"{own}.output.LayerNorm"]
        for name, shape in dense.items():
            found |= {f"{own}.{name}.weight": some(*shape), f"{own}.{name}.bias": some(shape[0])}
    for name in norms:
        found |= {f"{name}.weight": np.ones(32, dtype=np.float32), f"{name}.bias": np.zeros(32, dtype=np.float32)}
    return found


def answered(graph: Path, ids: list[list[int]], mask: list[list[int]]) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    given = {"input_ids": np.array(ids, dtype=np.int32), "attention_mask": np.array(mask, dtype=np.int32)}
    return np.asarray(session.run(None, given)[0])


def test_a_graph_in_8_bits_is_near_the_whole_one(tmp_path: Path) -> None:
    bert_graph.write(tiny(), CONFIG, tmp_path / "whole.onnx")
    bert_graph.write(tiny(), CONFIG, tmp_path / "int8.onnx", int8=True)
    ids, mask = [[1, 5, 9, 2], [1, 7, 2, 0]], [[1, 1, 1, 1], [1, 1, 1, 0]]
    whole, int8 = (answered(tmp_path / name, ids, mask) for name in ("whole.onnx", "int8.onnx"))
    assert np.abs(whole - int8).max() > 1e-4  # it does round
    assert (whole * int8).sum(axis=1).min() > 0.995


def test_neither_padding_nor_neighbours_change_an_answer_in_8_bits(tmp_path: Path) -> None:
    bert_graph.write(tiny(), CONFIG, tmp_path / "int8.onnx", int8=True)
    alone = answered(tmp_path / "int8.onnx", [[1, 7, 2]], [[1, 1, 1]])
    beside = answered(tmp_path / "int8.onnx", [[30, 41, 42, 43], [1, 7, 2, 0]], [[1, 1, 1, 1], [1, 1, 1, 0]])
    assert np.abs(beside[1] - alone[0]).max() < 1e-6


def test_a_column_is_scaled_so_that_little_is_lost() -> None:
    weight = np.random.default_rng(0).normal(size=(5, 20_000)).astype(np.float32)
    weight[3] = 0
    levels, scale = rounded(weight)
    assert levels.dtype == np.int8
    assert np.abs(levels.astype(int)).max() == TOP
    assert not levels[3].any()
    plain = np.abs(weight).max(axis=1) / TOP
    error = ((levels * scale[:, None] - weight) ** 2).sum(axis=1)
    simple = ((np.round(weight / np.maximum(plain, 1e-12)[:, None]) * plain[:, None] - weight) ** 2).sum(axis=1)
    assert (error <= simple + 1e-9).all()
    assert error.sum() < 0.97 * simple.sum()


def test_the_bundled_encoder_in_8_bits_is_smaller_and_means_the_same() -> None:
    assert encoder_graph(int8=True).stat().st_size < 0.3 * encoder_graph().stat().st_size
    whole, int8 = encode(TEXTS), encoder(int8=True).encode(TEXTS)
    assert (whole * int8).sum(axis=1).min() > 0.97
    alone = np.concatenate([encoder(int8=True).encode([text]) for text in TEXTS])
    assert np.abs(encoder(int8=True).encode(TEXTS * 10)[-len(TEXTS) :] - alone).max() < 1e-3
