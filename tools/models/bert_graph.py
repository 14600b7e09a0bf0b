"""A BERT encoder as an ONNX graph, written straight from its weights: no torch, about a second.

The graph uses onnxruntime's fused operators (`com.microsoft`: EmbedLayerNormalization, Attention, BiasGelu), which every
onnxruntime wheel for the CPU carries. Its SkipLayerNormalization is left out: on a CPU two additions and a LayerNormalization
take a fifth of its time. With int8 the multiplications by weights are those of tools/models/int8_graph.py. What is not covered:
relative positions, other activations than (exact) GELU, and decoders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.models import int8_graph

if TYPE_CHECKING:
    import numpy as np

MICROSOFT = "com.microsoft"
Own = Callable[[str], "np.ndarray"]
"""Own(name): the weight of that name in the layer that is being written."""


@dataclass
class Graph:
    """Nodes and weights in the making.

    half: large weights are stored as float16 and cast when the graph is loaded. int8: see tools/models/int8_graph.py.
    scaled: names of what was rounded to 8 bits already.
    """

    half: bool = False
    int8: bool = False
    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)
    scaled: set[str] = field(default_factory=set)

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
    int8: bool = False,
) -> None:
    """Write the graph: `input_ids`, `attention_mask` int32 [batch, tokens] -> mean of the last layer over real tokens.

    weights: a BertModel's state dict (float32, without prefix); config: its config.json. normalise: to length 1.
    head: (weight [classes, width], bias [classes]); the answer is then softmax probabilities. half: float16 on disk.
    int8: weights and what they are multiplied with are rounded to 8 bits: a quarter of the size, and three times as fast.
    """
    import onnx
    from onnx import TensorProto, helper

    graph = Graph(half, int8)
    hidden = (int8_graph.embeddings if int8 else _embeddings)(graph, weights, config)
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
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)],
        ir_version=8,
    )
    onnx.save(model, str(path))


def _embeddings(graph: Graph, weights: Mapping[str, np.ndarray], config: Mapping[str, Any]) -> str:
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


def _layer(graph: Graph, weights: Mapping[str, np.ndarray], config: Mapping[str, Any], layer: int, hidden: str) -> str:
    prefix = f"encoder.layer.{layer}."
    epsilon = float(config["layer_norm_eps"])
    heads = int(config["num_attention_heads"])

    def own(name: str) -> np.ndarray:
        return weights[prefix + name]

    attend = int8_graph.attended if graph.int8 else _attended
    mixed = _product(graph, attend(graph, own, prefix, hidden, heads), own("attention.output.dense.weight"), prefix + "mixed")
    hidden = _skip(graph, mixed, hidden, own, prefix, "attention.output", epsilon)
    wide = _product(graph, hidden, own("intermediate.dense.weight"), prefix + "wide")
    wide = graph.node(
        "BiasGelu", [wide, graph.weight(prefix + "wide.bias", own("intermediate.dense.bias"))], prefix + "gelu", MICROSOFT
    )
    narrow = _product(graph, wide, own("output.dense.weight"), prefix + "narrow")
    return _skip(graph, narrow, hidden, own, prefix, "output", epsilon)


def _product(graph: Graph, hidden: str, weight: np.ndarray, name: str) -> str:
    """hidden . weight^T, without a bias."""
    if graph.int8:
        return int8_graph.product(graph, hidden, weight, name)
    return graph.node("MatMul", [hidden, graph.weight(f"{name}.weight", weight.T)], name)


def _attended(graph: Graph, own: Own, prefix: str, hidden: str, heads: int) -> str:
    import numpy as np

    parts = ("query", "key", "value")
    joined = np.concatenate([own(f"attention.self.{part}.weight").T for part in parts], axis=1)
    bias = np.concatenate([own(f"attention.self.{part}.bias") for part in parts])
    projection = [graph.weight(prefix + "qkv.weight", joined), graph.weight(prefix + "qkv.bias", bias)]
    return graph.node("Attention", [hidden, *projection, "attention_mask"], prefix + "attended", MICROSOFT, num_heads=heads)


def _skip(graph: Graph, new: str, old: str, own: Own, prefix: str, part: str, epsilon: float) -> str:
    names = ("LayerNorm.weight", "LayerNorm.bias", "dense.bias")
    scale, shift, bias = (graph.weight(f"{prefix}{part}.{name}", own(f"{part}.{name}")) for name in names)
    both = graph.node("Add", [new, old], f"{prefix}{part}.both")
    moved = graph.node("Add", [both, bias], f"{prefix}{part}.moved")
    return graph.node("LayerNormalization", [moved, scale, shift], f"{prefix}{part}", axis=-1, epsilon=epsilon)


def _pooled(graph: Graph, hidden: str, normalise: bool) -> str:
    import numpy as np
    from onnx import TensorProto

    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    mask = graph.node("Unsqueeze", [mask, graph.weight("last_axis", np.array([-1]))], "mask_3d")
    graph.weight("token_axis", np.array([1]))
    total = graph.node("ReduceSum", [graph.node("Mul", [hidden, mask], "masked"), "token_axis"], "total", keepdims=0)
    count = graph.node("ReduceSum", [mask, "token_axis"], "count", keepdims=0)
    mean = graph.node("Div", [total, count], "mean")
    return graph.node("LpNormalization", [mean], "embedding", axis=-1, p=2) if normalise else mean
