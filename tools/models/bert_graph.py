"""A BERT encoder as an ONNX graph, written straight from its weights: no torch, about a second.

The graph uses onnxruntime's fused operators (`com.microsoft`: EmbedLayerNormalization, Attention, SkipLayerNormalization,
BiasGelu), which every onnxruntime wheel for the CPU carries. What is not covered: relative positions, other activations
than (exact) GELU, and decoders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MICROSOFT = "com.microsoft"


@dataclass
class _Graph:
    """Nodes and weights in the making. half: large weights are stored as float16 and cast when the graph is loaded."""

    half: bool
    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)

    def weight(self, name: str, value: np.ndarray) -> str:
        """Add an initializer; gives its (float32) name."""
        import numpy as np
        from onnx import TensorProto, numpy_helper

        stored = np.ascontiguousarray(value)
        if not (self.half and stored.dtype == np.float32 and stored.size > 4096):
            self.weights.append(numpy_helper.from_array(stored, name))
            return name
        self.weights.append(numpy_helper.from_array(stored.astype(np.float16), f"{name}.half"))
        return self.node("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)

    def node(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one used output; gives the output's name."""
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes))
        return output


def write(
    weights: Mapping[str, np.ndarray],
    config: Mapping[str, Any],
    path: Path,
    *,
    normalise: bool = True,
    head: tuple[np.ndarray, np.ndarray] | None = None,
    half: bool = False,
) -> None:
    """Write the graph: `input_ids`, `attention_mask` int32 [batch, tokens] -> mean of the last layer over real tokens.

    weights: a BertModel's state dict (float32, without prefix); config: its config.json. normalise: to length 1.
    head: (weight [classes, width], bias [classes]); the answer is then softmax probabilities. half: float16 on disk.
    """
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph(half)
    hidden = _embeddings(graph, weights, config)
    for layer in range(config["num_hidden_layers"]):
        hidden = _layer(graph, weights, config, layer, hidden)
    answer = _pooled(graph, hidden, normalise)
    width = int(config["hidden_size"])
    if head is not None:
        graph.weight("head.weight", head[0].astype("float32").T)
        graph.weight("head.bias", head[1].astype("float32"))
        logits = graph.node("Gemm", [answer, "head.weight", "head.bias"], "logits")
        answer, width = graph.node("Softmax", [logits], "probabilities", axis=-1), len(head[1])
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info(answer, TensorProto.FLOAT, ["batch", width])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "bert", inputs, [output], graph.weights),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)],
        ir_version=8,
    )
    onnx.save(model, str(path))


def _embeddings(graph: _Graph, weights: Mapping[str, np.ndarray], config: Mapping[str, Any]) -> str:
    names = {
        "word": "embeddings.word_embeddings.weight",
        "position": "embeddings.position_embeddings.weight",
        "segment": "embeddings.token_type_embeddings.weight",
        "gamma": "embeddings.LayerNorm.weight",
        "beta": "embeddings.LayerNorm.bias",
    }
    inputs = [graph.weight(name, weights[name]) for name in names.values()]
    segments = graph.node("Sub", ["input_ids", "input_ids"], "segment_ids")
    graph.node(
        "EmbedLayerNormalization",
        ["input_ids", segments, *inputs],
        "embedded",
        MICROSOFT,
        epsilon=float(config["layer_norm_eps"]),
    )
    graph.nodes[-1].output.append("unused_mask_index")
    return "embedded"


def _layer(graph: _Graph, weights: Mapping[str, np.ndarray], config: Mapping[str, Any], layer: int, hidden: str) -> str:
    import numpy as np

    prefix = f"encoder.layer.{layer}."
    epsilon = float(config["layer_norm_eps"])

    def own(name: str) -> np.ndarray:
        return weights[prefix + name]

    parts = ("query", "key", "value")
    joined = np.concatenate([own(f"attention.self.{part}.weight").T for part in parts], axis=1)
    bias = np.concatenate([own(f"attention.self.{part}.bias") for part in parts])
    projection = [graph.weight(prefix + "qkv.weight", joined), graph.weight(prefix + "qkv.bias", bias)]
    attended = graph.node(
        "Attention",
        [hidden, *projection, "attention_mask"],
        prefix + "attended",
        MICROSOFT,
        num_heads=config["num_attention_heads"],
    )
    mixed = graph.node(
        "MatMul", [attended, graph.weight(prefix + "attention.out", own("attention.output.dense.weight").T)], prefix + "mixed"
    )
    hidden = _skip(graph, mixed, hidden, own, prefix, "attention.output", epsilon)
    wide = graph.node(
        "MatMul", [hidden, graph.weight(prefix + "wide.weight", own("intermediate.dense.weight").T)], prefix + "wide"
    )
    wide = graph.node(
        "BiasGelu", [wide, graph.weight(prefix + "wide.bias", own("intermediate.dense.bias"))], prefix + "gelu", MICROSOFT
    )
    narrow = graph.node(
        "MatMul", [wide, graph.weight(prefix + "narrow.weight", own("output.dense.weight").T)], prefix + "narrow"
    )
    return _skip(graph, narrow, hidden, own, prefix, "output", epsilon)


def _skip(graph: _Graph, new: str, old: str, own: Any, prefix: str, part: str, epsilon: float) -> str:
    names = ("LayerNorm.weight", "LayerNorm.bias", "dense.bias")
    extra = [graph.weight(f"{prefix}{part}.{name}", own(f"{part}.{name}")) for name in names]
    return graph.node("SkipLayerNormalization", [new, old, *extra], f"{prefix}{part}", MICROSOFT, epsilon=epsilon)


def _pooled(graph: _Graph, hidden: str, normalise: bool) -> str:
    import numpy as np
    from onnx import TensorProto

    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    mask = graph.node("Unsqueeze", [mask, graph.weight("last_axis", np.array([-1]))], "mask_3d")
    graph.weight("token_axis", np.array([1]))
    total = graph.node("ReduceSum", [graph.node("Mul", [hidden, mask], "masked"), "token_axis"], "total", keepdims=0)
    count = graph.node("ReduceSum", [mask, "token_axis"], "count", keepdims=0)
    mean = graph.node("Div", [total, count], "mean")
    return graph.node("LpNormalization", [mean], "embedding", axis=-1, p=2) if normalise else mean
