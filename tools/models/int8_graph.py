"""Multiplications by weights in 8 bits, for `bert_graph`: as ONNX nodes that onnxruntime runs in integers.

Weights: 7 bits and a scale a column. With 8 bits, processors without VNNI add two products past 16 bits and so answer otherwise
than others do; with 7 bits they cannot, and the integers are the same everywhere.
Activations: 8 bits, each token scaled by its own largest value. onnxruntime's own dynamic quantisation takes one scale for a
whole batch: then the answer to a text hangs on the texts that happen to stand beside it, and it is rounded more coarsely.
Attention between tokens, norms and the activation function stay in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from tools.models.bert_graph import Graph

MICROSOFT = "com.microsoft"
TOP = 63  # of a weight: 7 bits
LOOKED_UP = 127  # of a word vector: it is not multiplied
SHARES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)  # of a column's largest weight that the scale reaches; what is beyond is cut


def product(graph: Graph, hidden: str, weight: np.ndarray, name: str) -> str:
    """hidden . weight^T. hidden: name of float32 [batch, tokens, in]; weight: float32 [out, in]."""
    import numpy as np

    if hidden not in graph.scaled:
        _round(graph, hidden)
    levels, scale = rounded(weight)
    given = [
        f"{hidden}.levels",
        graph.weight(f"{name}.weight", levels.T),
        f"{hidden}.level",
        graph.weight(f"{name}.scale", scale.astype(np.float32)),
        f"{hidden}.middle",
    ]
    relative = graph.node("MatMulIntegerToFloat", given, f"{name}.relative", MICROSOFT)
    return graph.node("Mul", [relative, f"{hidden}.largest"], name)


def attended(graph: Graph, own: Callable[[str], np.ndarray], prefix: str, hidden: str, heads: int) -> str:
    """Self-attention before its output's dense layer; the projections in 8 bits."""
    import numpy as np

    parts = ("query", "key", "value")
    projected = [product(graph, hidden, own(f"attention.self.{part}.weight"), prefix + part) for part in parts]
    bias = graph.weight(prefix + "qkv.bias", np.concatenate([own(f"attention.self.{part}.bias") for part in parts]))
    return graph.node(
        "MultiHeadAttention", [*projected, bias, "attention_mask"], prefix + "attended", MICROSOFT, num_heads=heads
    )


def embeddings(graph: Graph, weights: Mapping[str, np.ndarray], config: Mapping[str, Any]) -> str:
    """Words and positions, summed and normed; the words' vectors lie on disk and in memory as 8 bits and a scale a word."""
    import numpy as np
    from onnx import TensorProto

    words = weights["embeddings.word_embeddings.weight"]
    scale = np.maximum(np.abs(words).max(axis=1, keepdims=True) / LOOKED_UP, 1e-12)
    table = graph.weight("words", np.round(words / scale).astype(np.int8))
    levels = graph.node(
        "Cast", [graph.node("Gather", [table, "input_ids"], "words.levels")], "words.cast", to=TensorProto.FLOAT
    )
    scales = graph.node("Gather", [graph.weight("words.scale", scale.astype(np.float32)), "input_ids"], "words.scales")
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    span = [graph.weight("first", np.array([0])), graph.node("Shape", ["input_ids"], "tokens", start=1, end=2)]
    placed = graph.node(
        "Slice", [graph.weight("places", places), *span, graph.weight("token_axis_2d", np.array([0]))], "placed"
    )
    summed = graph.node("Add", [graph.node("Mul", [levels, scales], "words.found"), placed], "summed")
    norm = [graph.weight(f"embeddings.{name}", weights[f"embeddings.LayerNorm.{name}"]) for name in ("weight", "bias")]
    return graph.node("LayerNormalization", [summed, *norm], "embedded", axis=-1, epsilon=float(config["layer_norm_eps"]))


def rounded(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 [out, in] and the scale of each row [out]: of SHARES the one with the smallest squared error."""
    import numpy as np

    largest = np.maximum(np.abs(weight).max(axis=1), 1e-12)
    best, error = largest / TOP, np.full(len(weight), np.inf)
    for share in SHARES:
        scale = share * largest / TOP
        found = np.clip(np.round(weight / scale[:, None]), -TOP, TOP) * scale[:, None]
        off = ((found - weight) ** 2).sum(axis=1)
        best, error = np.where(off < error, scale, best), np.minimum(off, error)
    return np.clip(np.round(weight / best[:, None]), -TOP, TOP).astype(np.int8), best


def _round(graph: Graph, hidden: str) -> None:
    """Adds `hidden`.levels (uint8, 128 is zero) and `hidden`.largest (of each token)."""
    import numpy as np

    graph.scaled.add(hidden)
    sizes = graph.node("Abs", [hidden], f"{hidden}.sizes")
    axis = graph.weight(f"{hidden}.axis", np.array([-1]))
    largest = graph.node("ReduceMax", [sizes, axis], f"{hidden}.reach", keepdims=1)
    largest = graph.node(
        "Max", [largest, graph.weight(f"{hidden}.least", np.array(1e-9, dtype=np.float32))], f"{hidden}.largest"
    )
    relative = graph.node("Div", [hidden, largest], f"{hidden}.relative")
    level, middle = np.array(1 / 127, dtype=np.float32), np.array(128, dtype=np.uint8)
    scale = [graph.weight(f"{hidden}.level", level), graph.weight(f"{hidden}.middle", middle)]
    graph.node("QuantizeLinear", [relative, *scale], f"{hidden}.levels")
