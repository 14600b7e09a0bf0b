"""The encoder in torch and its ONNX graph say the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from tools.models import bert_graph
from tools.models.bert_torch import Dropout, Encoder

CONFIG = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "vocab_size": 50,
    "max_position_embeddings": 16,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}
IDS = np.array([[1, 5, 9, 2], [1, 7, 2, 0]], dtype=np.int32)
MASK = np.array([[1, 1, 1, 1], [1, 1, 1, 0]], dtype=np.int32)


def tiny() -> Encoder:
    torch.manual_seed(0)
    return Encoder(CONFIG, dropout=0.1).eval()


def answered(graph: Path, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"input_ids": ids, "attention_mask": mask})[0])


def expected(encoder: Encoder) -> np.ndarray:
    with torch.no_grad():
        return np.asarray(encoder(torch.from_numpy(IDS).long(), torch.from_numpy(MASK)).numpy())


def test_graph_equals_torch(tmp_path: Path) -> None:
    encoder = tiny()
    bert_graph.write(encoder.weights(), CONFIG, tmp_path / "a.onnx", normalise=False)
    assert np.abs(answered(tmp_path / "a.onnx", IDS, MASK) - expected(encoder)).max() < 1e-5


def test_graph_with_length_one_and_half_weights(tmp_path: Path) -> None:
    encoder = tiny()
    bert_graph.write(encoder.weights(), CONFIG, tmp_path / "a.onnx")
    bert_graph.write(encoder.weights(), CONFIG, tmp_path / "b.onnx", half=True)
    one, half = (answered(tmp_path / name, IDS, MASK) for name in ("a.onnx", "b.onnx"))
    assert np.abs(np.linalg.norm(one, axis=1) - 1).max() < 1e-5
    assert 0 <= np.abs(one - half).max() < 5e-3


def test_graph_with_a_head_gives_probabilities(tmp_path: Path) -> None:
    encoder = tiny()
    head = np.random.default_rng(0).normal(size=(3, 32)), np.array([0.1, 0.2, 0.3])
    bert_graph.write(encoder.weights(), CONFIG, tmp_path / "a.onnx", normalise=False, head=head)
    logits = expected(encoder) @ head[0].T + head[1]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    assert np.abs(answered(tmp_path / "a.onnx", IDS, MASK) - odds / odds.sum(axis=1, keepdims=True)).max() < 1e-4


def test_padding_does_not_matter() -> None:
    encoder = tiny()
    with torch.no_grad():
        alone = encoder(torch.from_numpy(IDS[1:, :3]).long(), torch.from_numpy(MASK[1:, :3])).numpy()
    assert np.abs(expected(encoder)[1] - alone[0]).max() < 1e-5


def test_weights_go_in_and_out() -> None:
    encoder, other = tiny(), Encoder(CONFIG, dropout=0.0)
    other.load(encoder.weights() | {"pooler.dense.weight": np.zeros(1)})
    assert np.array_equal(expected(encoder), expected(other.eval()))


def test_dropout_keeps_the_mean_and_is_drawn_by_its_seed() -> None:
    def dropped(seed: int) -> torch.Tensor:
        found: torch.Tensor = Dropout(0.1, np.random.default_rng(seed))(torch.ones(200, 300))
        return found

    found = dropped(0)
    assert abs(float((found == 0).double().mean()) - 0.1) < 0.01
    assert abs(float(found.double().mean()) - 1) < 0.01
    assert torch.equal(found, dropped(0))
    assert not torch.equal(found, dropped(1))


def test_nothing_is_dropped_while_answering() -> None:
    ones = torch.ones(20, 30)
    assert torch.equal(Dropout(0.5, np.random.default_rng(0)).eval()(ones), ones)
