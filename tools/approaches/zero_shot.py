"""Label names and descriptions against the text, with the bundled encoder: no labelled row is needed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.approaches import manifest
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.calibration import calibrate
from tools.approaches.text_job import open_job
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
        import numpy as np

        from tools.models.encoder import encode
        from tools.runtime.text_encoder import answers
        from tools.runtime.text_rows import spelled

        job.progress(0.1, "placing the labels")
        labels = job.task.labels or []
        weight = label_vectors(labels)
        judged: np.ndarray | None = None
        scale, settings = SCALE, {"scale": SCALE, "calibrated": False}
        bias = np.zeros(len(labels))
        inputs = [{**column, **job.column_formats.get(column["name"], {})} for column in manifest.plain_inputs(job)]
        if len(job.validation):
            texts = open_job(job)
            rows = texts.judged_rows
            job.progress(0.3, "comparing the texts with the labels")
            vectors = encode([spelled(texts.texts[row]) for row in rows])
            if len(rows) >= CALIBRATION_ROWS:
                found = calibrate(vectors.astype(float) @ weight.T, texts.classes[rows], SCALE)
                scale, bias = float(found["scale"]), np.asarray(found["bias"], dtype=float)
                settings = {"scale": round(scale, 3), "calibrated": True}
            judged = answers(vectors, weight * scale, bias)
        portable.write(job.folder, weight * scale, bias)
        if judged is not None:
            return texts.finish("text-encoder", portable.REQUIREMENTS, judged, settings, max_tokens=MAX_TOKENS)
        manifest.write(job, "text-encoder", inputs, portable.REQUIREMENTS, max_tokens=MAX_TOKENS)
        return Fitted(None, settings)


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
