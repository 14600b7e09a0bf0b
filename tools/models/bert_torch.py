"""The same BERT encoder as a small torch module, for fine-tuning: the names of its weights are those of the original.

Not covered: relative positions, other activations than exact GELU. transformers is not needed; importing it costs seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


class Dropout(nn.Module):
    """Inverted dropout with a stream of its own, of 8 random bits a value.

    torch draws a number for each value, which is a tenth of a training's time on a CPU, from a stream that all threads share:
    of trainings side by side none could be repeated. share: rounded to a 256th.
    """

    def __init__(self, share: float, stream: np.random.Generator) -> None:
        super().__init__()
        self.dropped, self.stream = round(share * 256), stream

    def forward(self, hidden: Tensor) -> Tensor:
        """Of any shape."""
        if not self.training or not self.dropped:
            return hidden
        drawn = torch.frombuffer(bytearray(self.stream.bytes(hidden.numel())), dtype=torch.uint8).view(hidden.shape)
        return hidden * (drawn >= self.dropped).to(hidden.dtype).mul_(256 / (256 - self.dropped))


class Encoder(nn.Module):
    """BERT with mean pooling. config: the model's config.json. dropout: of hidden states, while training, drawn by `seed`."""

    def __init__(self, config: Mapping[str, Any], dropout: float, seed: int = 0) -> None:
        super().__init__()
        drops = Dropout(dropout, np.random.Generator(np.random.SFC64(seed)))
        width, epsilon = config["hidden_size"], config["layer_norm_eps"]
        self.embeddings = nn.ModuleDict(
            {
                "word_embeddings": nn.Embedding(config["vocab_size"], width),
                "position_embeddings": nn.Embedding(config["max_position_embeddings"], width),
                "token_type_embeddings": nn.Embedding(config["type_vocab_size"], width),
                "LayerNorm": nn.LayerNorm(width, eps=epsilon),
            }
        )
        layers = [Layer(config, drops) for _ in range(config["num_hidden_layers"])]
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(layers)})
        self.layers = layers
        self.dropout = drops

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask: int64 [batch, tokens] -> float [batch, width], the mean of the last layer over real tokens."""
        parts = self.embeddings
        positions = torch.arange(ids.shape[1])
        segment = parts["token_type_embeddings"](torch.zeros_like(positions))
        hidden = parts["word_embeddings"](ids) + parts["position_embeddings"](positions) + segment
        hidden = self.dropout(parts["LayerNorm"](hidden))
        attention_mask = None if bool(mask.all()) else (1.0 - mask[:, None, None, :].to(hidden.dtype)) * -1e4
        for layer in self.layers:
            hidden = layer(hidden, attention_mask)
        weight = mask[:, :, None].to(torch.float32)
        mean: Tensor = (hidden.float() * weight).sum(1) / weight.sum(1)
        return mean

    def load(self, weights: Mapping[str, np.ndarray]) -> None:
        """Take the weights of a BertModel (pooler and position ids are left out). Raises RuntimeError where one is missing."""
        wanted = self.state_dict().keys()
        self.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items() if name in wanted})

    def weights(self) -> dict[str, np.ndarray]:
        """The weights as numpy, ready for `bert_graph.write`."""
        return {name: value.detach().float().numpy() for name, value in self.state_dict().items()}


def part(of: nn.ModuleDict, name: str) -> nn.ModuleDict:
    """A part that has parts itself."""
    found = of[name]
    assert isinstance(found, nn.ModuleDict)
    return found


class Layer(nn.Module):
    """One block: self-attention and two dense layers, each with a residual and a layer norm."""

    def __init__(self, config: Mapping[str, Any], dropout: Dropout) -> None:
        super().__init__()
        width, wide, epsilon = config["hidden_size"], config["intermediate_size"], config["layer_norm_eps"]
        self.heads = config["num_attention_heads"]
        self.attention = nn.ModuleDict(
            {
                "self": nn.ModuleDict({name: nn.Linear(width, width) for name in ("query", "key", "value")}),
                "output": nn.ModuleDict({"dense": nn.Linear(width, width), "LayerNorm": nn.LayerNorm(width, eps=epsilon)}),
            }
        )
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, wide)})
        self.output = nn.ModuleDict({"dense": nn.Linear(wide, width), "LayerNorm": nn.LayerNorm(width, eps=epsilon)})
        self.dropout = dropout

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """hidden: [batch, tokens, width]; mask: float, added to the attention's scores [batch, 1, 1, tokens], or None."""
        batch, tokens, width = hidden.shape
        own, out = part(self.attention, "self"), part(self.attention, "output")
        shape = (batch, tokens, self.heads, width // self.heads)
        query, key, value = (own[name](hidden).view(shape).transpose(1, 2) for name in ("query", "key", "value"))
        # Plain attention: for short texts its backward pass is several times as fast on a CPU as the fused one.
        scores = query @ key.transpose(2, 3) * (width // self.heads) ** -0.5
        attention = functional.softmax(scores if mask is None else scores + mask, dim=-1)
        mixed = (attention.to(value.dtype) @ value).transpose(1, 2).reshape(batch, tokens, width)
        hidden = out["LayerNorm"](self.dropout(out["dense"](mixed)) + hidden)
        inner = functional.gelu(self.intermediate["dense"](hidden))
        answer: Tensor = self.output["LayerNorm"](self.dropout(self.output["dense"](inner)) + hidden)
        return answer
