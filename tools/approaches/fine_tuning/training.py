"""The whole encoder learns: a compact torch loop for a CPU. Imported only while fitting.

What makes it quick: batches of texts of like length (short texts are hardly padded), the word vectors stay as they are (half of
the weights), and bfloat16 where the processor multiplies it in hardware (AMX: about twice as fast over all).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.adamw import adamw

from tools.models import bert_graph
from tools.models.bert_torch import Encoder
from tools.models.catalogue import BUNDLED, bundled_folder
from tools.runtime.text_onnx import averaged, batches, pad

POOL = 40  # batches whose texts are sorted by length together: order stays random enough, padding is small
MOST_AT_ONCE, MOST_PADDED = 4_096, 1.25  # tokens, and of the tokens without padding
CLIP = 1.0  # of the gradient's length
BETAS, EPSILON = (0.9, 0.999), 1e-8  # of AdamW


@dataclass(frozen=True)
class Recipe:
    """How to learn. rate: of the top layer, each layer below times `decay`; `head_rate`: of the head. batch: texts a step.

    agreement: weight of the divergence between two passes over the same text (see `classification_loss`); doubles the work.
    """

    rate: float = 1e-4
    head_rate: float = 1e-3
    decay: float = 0.9
    dropout: float = 0.1
    batch: int = 32
    warmup: float = 0.1
    weight_decay: float = 0.01
    agreement: float = 0.0


@dataclass
class Pieces:
    """Token ids of pieces of texts, the class of each (learning) and the text that each belongs to (judging)."""

    ids: list[list[int]]
    classes: np.ndarray
    owner: np.ndarray

    @property
    def tokens(self) -> int:
        """All tokens together."""
        return sum(map(len, self.ids))

    def of(self, texts: np.ndarray) -> Pieces:
        """The pieces of these texts (positions); `owner` becomes the position among them."""
        place = np.full(int(self.owner.max()) + 1, -1)
        place[texts] = np.arange(len(texts))
        kept = np.flatnonzero(place[self.owner] >= 0)
        kept = kept[np.argsort(place[self.owner[kept]], kind="stable")]
        return Pieces([self.ids[piece] for piece in kept], self.classes[kept], place[self.owner[kept]])


@dataclass
class Network:
    """Encoder and head in training. half: compute in bfloat16."""

    labels: int
    recipe: Recipe
    seed: int
    cores: int
    encoder: Encoder = field(init=False)
    head: nn.Linear = field(init=False)
    half: bool = field(init=False)
    config: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        from safetensors.numpy import load_file

        torch.set_num_threads(self.cores)
        folder = bundled_folder()
        self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.encoder = Encoder(self.config, self.recipe.dropout, self.seed)
        self.encoder.load(load_file(folder / BUNDLED.weights))
        self.encoder.embeddings["word_embeddings"].weight.requires_grad_(False)
        self.head = nn.Linear(self.config["hidden_size"], self.labels)
        nn.init.normal_(self.head.weight, std=0.02, generator=torch.Generator().manual_seed(self.seed))
        nn.init.zeros_(self.head.bias)
        self.half = bfloat16_is_fast()

    def vectors(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """float [texts, width] of one batch, read in groups of like length: a long text pads no short one.

        autocast keeps no cast weights: all threads share what it keeps, and one of them that ends throws away the others'.
        """
        groups = together([len(one) for one in ids])
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half, cache_enabled=False):
            found = torch.cat([self._vectors([ids[place] for place in group]) for group in groups])
        return found[torch.from_numpy(np.concatenate(groups).argsort())]

    def _vectors(self, ids: Sequence[Sequence[int]]) -> Tensor:
        padded, mask = pad(ids)
        found: Tensor = self.encoder(torch.from_numpy(padded).long(), torch.from_numpy(mask))
        return found.float()

    def probabilities(self, pieces: Pieces, texts: int) -> np.ndarray:
        """[texts, labels] in the precision of the training: to compare epochs, not to report."""
        with torch.no_grad():
            logits = self.head(torch.from_numpy(self.read(pieces, texts)))
        return np.asarray(logits.double().softmax(1).numpy())

    def read(self, pieces: Pieces, texts: int, exact: bool = False) -> np.ndarray:
        """float32 [texts, width] in the precision of the training. exact: as `write`'s graph with `normalise` in 32 bits."""
        self.encoder.eval()
        vectors = np.zeros((len(pieces.ids), self.config["hidden_size"]), dtype=np.float32)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=self.half and not exact):
            for batch in batches([len(one) for one in pieces.ids]):
                found = self._vectors([pieces.ids[piece] for piece in batch])
                vectors[batch] = (functional.normalize(found, dim=1) if exact else found).numpy()
        return averaged(vectors, pieces.owner, texts)

    def groups(self) -> list[dict[str, Any]]:
        """Parameter groups for the optimizer: lower layers learn more slowly; biases and norms do not decay."""
        recipe, depth = self.recipe, self.config["num_hidden_layers"]
        groups: list[dict[str, Any]] = [
            {"params": list(self.head.parameters()), "lr": recipe.head_rate, "weight_decay": recipe.weight_decay}
        ]
        for name, weight in self.encoder.named_parameters():
            if weight.requires_grad:
                layer = int(name.split(".")[2]) + 1 if name.startswith("encoder.layer.") else 0
                rate, decay = recipe.rate * recipe.decay ** (depth - layer), recipe.weight_decay if weight.ndim > 1 else 0.0
                groups.append({"params": [weight], "lr": rate, "weight_decay": decay})
        return groups

    def state(self) -> list[Tensor]:
        """A copy of all weights that learn."""
        return [weight.detach().clone() for group in self.groups() for weight in group["params"]]

    def restore(self, state: list[Tensor]) -> None:
        """Take the weights of `state`."""
        weights = [weight for group in self.groups() for weight in group["params"]]
        with torch.no_grad():
            for weight, kept in zip(weights, state, strict=True):
                weight.copy_(kept)

    def write(self, graph: Path, normalise: bool = False, int8: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Write the encoder as ONNX (mean pooling; vectors of length 1 with `normalise`); gives the head's weight and bias."""
        bert_graph.write(self.encoder.weights(), self.config, graph, normalise=normalise, int8=int8)
        return self.head.weight.detach().numpy().astype(float), self.head.bias.detach().numpy().astype(float)


Judge = Callable[[float], bool]
"""judge(epochs done) -> whether to stop; called after each whole epoch and at the end."""


def train(
    network: Network,
    pieces: Pieces,
    epochs: float,
    seconds: float,
    progress: Callable[[float], None] | None = None,
    judge: Judge | None = None,
    stop_after: float = math.inf,
    steps: int | None = None,
) -> float:
    """Cross-entropy for so many epochs, or as many as fit into `seconds`: warm-up, then a linear way down.

    stop_after: epochs after which to stop although the way down was planned for `epochs`. steps: in place of epochs.
    Gives the seconds (wall time) that a token took.
    """
    recipe, pace, stepper = network.recipe, Pace(seconds), Stepper(network)
    lengths = np.array([len(one) for one in pieces.ids])
    generator = np.random.default_rng(network.seed)
    each = math.ceil(len(lengths) / recipe.batch)
    steps, last, done = steps or max(1, round(each * epochs)), each * stop_after, 0
    stop = False
    while not stop:
        for batch in shuffled_batches(lengths, recipe.batch, generator):
            stepper.step(classification_loss(network, pieces, batch), (done + 0.5) / steps)
            done += 1
            steps = pace.step(done, steps, int(lengths[batch].sum()))
            if progress is not None:
                progress(min(1.0, done / min(steps, last)))
            if stop := done >= min(steps, last):
                break
        if judge is not None:
            stop = judge(done / each) or stop
    return pace.seconds_a_token


def classification_loss(network: Network, pieces: Pieces, batch: np.ndarray) -> Tensor:
    """Cross-entropy; with `agreement` also the divergence between two passes under dropout (R-Drop, Liang et al. 2021)."""
    recipe, ids = network.recipe, [pieces.ids[position] for position in batch]
    truth = torch.from_numpy(pieces.classes[batch])
    network.encoder.train()
    if not recipe.agreement:
        return functional.cross_entropy(network.head(network.vectors(ids)), truth)
    logits: Tensor = network.head(network.vectors(ids + ids))
    first, second = logits.log_softmax(1).chunk(2)
    apart = functional.kl_div(first, second, log_target=True, reduction="batchmean") + functional.kl_div(
        second, first, log_target=True, reduction="batchmean"
    )
    return functional.cross_entropy(logits, torch.cat([truth, truth])) + recipe.agreement * apart / 2


def contrast(network: Network, pieces: Pieces, steps: int, seconds: float, progress: Callable[[float], None]) -> None:
    """Pull vectors of one class together and push others apart: within a batch, the cosine of every pair towards 1 or 0.

    Pairs are bounded: `batch` texts a step, drawn evenly over the classes, make batch * (batch - 1) / 2 of them.
    """
    stepper, pace = Stepper(network), Pace(seconds)
    generator = np.random.default_rng(network.seed)
    by_class = [np.flatnonzero(pieces.classes == number) for number in np.unique(pieces.classes)]
    done = 0
    while done < steps:
        batch = _even_batch(by_class, network.recipe.batch, generator)
        network.encoder.train()
        vectors = functional.normalize(network.vectors([pieces.ids[position] for position in batch]), dim=1)
        same = torch.from_numpy((pieces.classes[batch][:, None] == pieces.classes[batch][None, :]).astype(np.float32))
        pairs = 1.0 - torch.eye(len(batch))
        errors = (vectors @ vectors.T - same) ** 2 * pairs
        balance = same * pairs / max(1.0, float((same * pairs).sum())) + (1 - same) / max(1.0, float((1 - same).sum()))
        stepper.step((errors * balance).sum(), (done + 0.5) / steps)
        done += 1
        steps = pace.step(done, steps, sum(len(pieces.ids[position]) for position in batch))
        progress(done / steps)


def _even_batch(by_class: list[np.ndarray], size: int, generator: np.random.Generator) -> np.ndarray:
    """Positions, two at least of each class that is drawn, each position at most once."""
    classes = generator.permutation(len(by_class))[: max(2, size // 2)]
    each = max(2, size // len(classes))
    drawn = [generator.choice(by_class[number], min(each, len(by_class[number])), replace=False) for number in classes]
    return np.concatenate(drawn)[:size]


class Stepper:
    """AdamW over a network's parameter groups: warm-up, then a linear way down, clipped gradients.

    By torch's function, not its class: that one imports torch's compiler, which takes one to two seconds.
    """

    def __init__(self, network: Network) -> None:
        self.warmup, self.groups = network.recipe.warmup, network.groups()
        self.weights = [weight for group in self.groups for weight in group["params"]]
        self.moments: dict[Tensor, tuple[Tensor, Tensor, Tensor]] = {}

    def step(self, loss: Tensor, done: float) -> None:
        """One step at this fraction of the way. Weights that the loss does not ask stay as they are."""
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.weights, CLIP)
        factor = warm_then_down(done, self.warmup)
        with torch.no_grad():
            for group in self.groups:
                self._update(group["params"], group["lr"] * factor, group["weight_decay"])
        for weight in self.weights:
            weight.grad = None

    def _update(self, weights: list[Tensor], rate: float, decay: float) -> None:
        asked = [(weight, weight.grad) for weight in weights if weight.grad is not None]
        if not asked:
            return
        for weight, _ in asked:
            if weight not in self.moments:
                self.moments[weight] = torch.zeros_like(weight), torch.zeros_like(weight), torch.zeros(())
        first, second, steps = zip(*(self.moments[weight] for weight, _ in asked), strict=True)
        adamw(
            [weight for weight, _ in asked],
            [gradient for _, gradient in asked],
            list(first),
            list(second),
            [],
            list(steps),
            fused=True,
            amsgrad=False,
            beta1=BETAS[0],
            beta2=BETAS[1],
            lr=rate,
            weight_decay=decay,
            eps=EPSILON,
            maximize=False,
        )


class Pace:
    """Watches the clock while training: where the machine is slower than thought, fewer steps are planned."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.started, self.tokens = seconds, time.monotonic(), 0

    def step(self, done: int, steps: int, tokens: int) -> int:
        """After a step: how many steps there will be (never more than before)."""
        self.tokens += tokens
        if done < 5 or self.seconds == math.inf:
            return steps
        spent = time.monotonic() - self.started
        return max(done, min(steps, int(done * self.seconds / spent)))

    @property
    def seconds_a_token(self) -> float:
        """Wall time over tokens so far."""
        return (time.monotonic() - self.started) / max(1, self.tokens)


def warm_then_down(done: float, warmup: float) -> float:
    """Factor of the rate at this fraction of the way."""
    return min(done / warmup, max(0.0, (1 - done) / (1 - warmup)))


def shuffled_batches(lengths: np.ndarray, batch: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Every position once, in random batches of like length."""
    order = generator.permutation(len(lengths))
    found: list[np.ndarray] = []
    for start in range(0, len(order), batch * POOL):
        pool = order[start : start + batch * POOL]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        found += [pool[at : at + batch] for at in range(0, len(pool), batch)]
    yield from (found[number] for number in generator.permutation(len(found)))


def together(lengths: Sequence[int]) -> list[list[int]]:
    """Positions of texts that are read at once: all where that pads few, else small groups, shortest first.

    Texts of like length are learnt a quarter more quickly at once than in groups of 256 tokens (bfloat16; 7 % without).
    """
    padded = len(lengths) * max(lengths)
    if padded <= min(MOST_AT_ONCE, MOST_PADDED * sum(lengths)):
        return [list(range(len(lengths)))]
    return list(batches(lengths))


def bfloat16_is_fast() -> bool:
    """Whether the processor multiplies bfloat16 matrices in hardware (AMX, or AVX-512 BF16)."""
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())
