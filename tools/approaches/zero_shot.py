"""Label names and descriptions against the text, with the bundled encoder: no labelled row is needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.approaches import manifest
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.calibration import calibrate
from tools.approaches.other import place_of_other
from tools.approaches.text_job import TextJob, open_job
from tools.core.plan import Estimate, Rung
from tools.core.task import Label, TaskKind
from tools.models import portable
from tools.models.encoder import MAX_TOKENS
from tools.rates import slowness

if TYPE_CHECKING:
    import numpy as np

# Cosine similarities of MiniLM lie close together; measured over the development sets, this scale gives the lowest log-loss.
SCALE = 12.0
NAME = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\-/]+")
FRAMES = ("{}", "This text is about {}.", "{}: a message about {}.")
CALIBRATION_ROWS = 40
TEXTS_PER_SECOND = 250.0
CLEARLY_NEARER = 0.1  # in cosine: without labelled rows, from such a lead on a label is given rather than the one for the rest
NEVER = -1e9


class ZeroShot:
    """Each label is the mean vector of its name in a few sentences; a text takes the nearest label."""

    name = "zero-shot"
    rung: Rung = "zero-shot"
    title = "label names against the text"
    kinds: frozenset[TaskKind] = frozenset({"text-classification"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs label names that are words."""
        labels = situation.task.labels or []
        if len(labels) < 2:
            return Infeasible("needs the names of at least two labels; name them, for example --labels 'praise,complaint'")
        if not any(map(speaks, labels)):
            return Infeasible("the labels are codes that say nothing; describe them in words and it becomes possible")
        seconds = 3 + (situation.train_rows + situation.test_rows) / TEXTS_PER_SECOND
        reason = "shows what no labels would give" if situation.train_rows else "works without labelled rows"
        minutes = seconds / 60 * slowness(situation.machine.rates)
        return Feasible(reason, Estimate(minutes=minutes, memory_mb=500), worth=0.3 if situation.train_rows else 0.9)

    def fit(self, job: FitJob) -> Fitted:
        """Place the labels, and let labelled rows, where there are enough, say how sure the answers are."""
        from tools.models.encoder import encode
        from tools.runtime.text_rows import spelled

        job.progress(0.1, "placing the labels")
        labels = job.task.labels or []
        if not len(job.validation):
            return _unmeasured(job, labels)
        texts = open_job(job)
        job.progress(0.3, "comparing the texts with the labels")
        vectors = encode([spelled(texts.texts[row]) for row in texts.judged_rows])
        rest = place_of_other(job.task, texts.classes)
        placed = [_placed(texts, vectors, label_vectors(labels), rest)]
        if _described(labels) and all(map(speaks, map(_bare, labels))):
            placed.append(_placed(texts, vectors, label_vectors([_bare(label) for label in labels]), rest))
        best, settings = _chosen(placed, _described(labels))
        portable.write(job.folder, best.weight * best.scale, best.bias)
        settings |= {"scale": round(best.scale, 3), "calibrated": best.calibrated}
        return texts.finish("text-encoder", portable.REQUIREMENTS, best.judged, settings, max_tokens=MAX_TOKENS)


def _unmeasured(job: FitJob, labels: list[Label]) -> Fitted:
    """The labels' places alone, where no labelled row tells how sure the answers are."""
    import numpy as np

    rest = place_of_other(job.task, np.array([], dtype=int))
    portable.write(job.folder, label_vectors(labels) * SCALE, _shut(np.zeros(len(labels)), rest))
    inputs = [{**column, **job.column_formats.get(column["name"], {})} for column in manifest.plain_inputs(job)]
    other = None
    if rest is not None:  # the best label must lie clearly nearer than the others
        lead = float(np.exp(SCALE * CLEARLY_NEARER))
        other = {"label": labels[rest].name, "threshold": round(lead / (lead + len(labels) - 2), 4)}
    manifest.write(job, "text-encoder", inputs, portable.REQUIREMENTS, max_tokens=MAX_TOKENS, other=other)
    told = {"label_descriptions": "used; not measured: no labelled rows"} if _described(labels) else {}
    cut = {"other_threshold": other["threshold"]} if other else {}
    return Fitted(None, {"scale": SCALE, "calibrated": False, **told, **cut})


def _shut(bias: np.ndarray, rest: int | None) -> np.ndarray:
    """The label for the rest means nothing that a text could be near to: it is never given for its name."""
    if rest is not None:
        bias[rest] = NEVER
    return bias


@dataclass(frozen=True)
class _Placed:
    """Labels as vectors, and how the validation rows come out. weight [labels, 384], bias [labels], judged [n, labels]."""

    weight: np.ndarray
    scale: float
    bias: np.ndarray
    calibrated: bool
    judged: np.ndarray
    quality: float


def _placed(texts: TextJob, vectors: np.ndarray, weight: np.ndarray, rest: int | None) -> _Placed:
    """Calibrated, where there are enough validation rows."""
    import numpy as np

    from tools.runtime.text_encoder import answers

    scale, bias, enough = SCALE, np.zeros(len(weight)), len(vectors) >= CALIBRATION_ROWS
    if enough:
        likeness = vectors.astype(float) @ weight.T
        if rest is not None:
            likeness[:, rest] = -np.inf
        found = calibrate(likeness, texts.truth, SCALE)
        scale, bias = float(found["scale"]), np.asarray(found["bias"], dtype=float)
    bias = _shut(bias, rest)
    judged = answers(vectors, weight * scale, bias)
    return _Placed(weight, scale, bias, enough, judged, texts.quality(judged))


def _chosen(placed: list[_Placed], described: bool) -> tuple[_Placed, dict[str, Any]]:
    """Descriptions stay where they help on validation rows. placed: with them, and without where that is possible."""
    if not described:
        return placed[0], {}
    if len(placed) == 1:
        return placed[0], {"label_descriptions": "used; the names alone say nothing"}
    used, bare = placed
    points = 100 * (used.quality - bare.quality)
    best, word = (used, "used") if points > 0 else (bare, "left out")
    return best, {"label_descriptions": f"{word}, {points:+.1f} points on validation with them"}


def _described(labels: list[Label]) -> bool:
    return any(label.description for label in labels)


def _bare(label: Label) -> Label:
    return Label(name=label.name)


def speaks(label: Label) -> bool:
    """Whether the label says something: a description, or a name with a word of three letters in it."""
    return bool(label.description) or bool(re.search(r"[^\W\d_]{3}", label.name))


def spoken(name: str) -> str:
    """A label's name as words: card_arrival, cardArrival and card-arrival are all "card arrival"."""
    return " ".join(NAME.sub(" ", name).split())


def label_vectors(labels: list[Label]) -> np.ndarray:
    """float64 [labels, 384], rows of length 1."""
    import numpy as np

    from tools.models.encoder import encode

    vectors = []
    for label in labels:
        words = spoken(label.name)
        phrases = [frame.format(words, words) for frame in FRAMES]
        if label.description:
            phrases += [label.description, f"{words}: {label.description}"]
        mean = encode(phrases).astype(float).mean(axis=0)
        vectors.append(mean / np.linalg.norm(mean))
    return np.stack(vectors)
