"""Learning anew: labelled rows join the examples that the language model is shown. Nothing is asked for it.

An old example whose text comes with a new answer gives way. How sure the answers are is not learnt anew: that takes asking.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .label_sets import matrix
from .model import Model
from .neighbours import Neighbours
from .prompt import Prompt, written
from .relearnt_labels import new_manifest, write_json
from .whereabouts import placed

FEW = 4  # examples beside a question, where the old prompt shows none
MOST = 5000  # examples that are kept, the newest first
CHARACTERS, WRITTEN = 3, 20  # of a token, at least in English; tokens of an answer, with what stands around it
SHOWING = "Examples with their right answers:\n\n{{ examples }}\n\nNow this one:\n\n"


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Write a new model folder. target: labels (new ones are welcome), written lists of them, or numbers."""
    prompt: Prompt = old.predictor.prompt
    manifest = new_manifest(old, target)
    texts = written(rows, manifest["inputs"], str(manifest["kind"]).startswith("tabular"))
    pairs = dict(zip(prompt.neighbours.texts, prompt.neighbours.answers)) if prompt.neighbours else {}
    for text, answer in zip(texts, target):
        pairs.pop(text, None)  # the newest come last
        pairs[text] = f"{answer:.6g}" if isinstance(answer, float) else str(answer)
    kept = list(pairs.items())[-MOST:]
    files = {**prompt.files, "system": with_labels(prompt.files["system"], old.labels, manifest.get("labels") or [])}
    if "{{ examples }}" not in files["question"]:
        files["question"] = SHOWING + files["question"]
    count = min(prompt.count or FEW, len(kept))
    Prompt(files, count, Neighbours([text for text, _ in kept], [answer for _, answer in kept])).write(folder)
    manifest["examples"] = count
    manifest["requirements"] = sorted({*manifest["requirements"], "scikit-learn", "scipy"})
    manifest["answering"] = new_answering(manifest, [answer for _, answer in kept], target)
    take_file(old.folder, folder, manifest["language_model"])
    write_json(folder / "manifest.json", manifest)


def take_file(old: Path, new: Path, language_model: Mapping[str, Any]) -> None:
    """A language model that is a file in the old folder belongs into the new one, too."""
    if "path_variable" not in language_model or not (old / language_model["path"]).is_file():
        return
    source, copy = old / language_model["path"], new / language_model["path"]
    try:
        os.link(source, copy)  # it may have gigabytes
    except OSError:
        shutil.copyfile(source, copy)


def asked(old: Model, new: Model, rows: Sequence[Mapping[str, Any]]) -> tuple[str, int, float | None, bool]:
    """(who is asked and where, how many questions, what they cost about, whether rows leave this machine) to compare both."""
    from .endpoint import is_loopback

    model = placed(old.folder, old.manifest["language_model"])
    questions = [question for one in (old, new) for question in one.predictor.questions(rows)]
    read = sum(len(message["content"]) for question in questions for message in question.messages) / CHARACTERS
    prices = model.get("input_price"), model.get("output_price")
    dollars = None if None in prices else (read * prices[0] + WRITTEN * len(questions) * prices[1]) / 1e6
    url = model.get("base_url")
    where = f"{model['name']} at {url}" if url else model["name"]
    return where, len(questions), dollars, bool(url) and not is_loopback(url)


def with_labels(system: str, known: Sequence[str], labels: Sequence[str]) -> str:
    """The system prompt with labels that are new behind the last of those that it lists. Raises ValueError where it lists none."""
    new = [f"- {label}" for label in labels if label not in known]
    if not new:
        return system
    lines = system.split("\n")
    listed = [
        at for at, line in enumerate(lines) if any(line == f"- {label}" or line.startswith(f"- {label}: ") for label in known)
    ]
    if not listed:
        raise ValueError(
            f"Expected the labels as lines of model/prompt/system.md, to add {', '.join(new)}. Found none. "
            'Write them there as "- LABEL", and run it again.'
        )
    return "\n".join([*lines[: listed[-1] + 1], *new, *lines[listed[-1] + 1 :]])


def new_answering(manifest: Mapping[str, Any], answers: Sequence[str], target: Sequence[Any]) -> dict[str, Any]:
    """How often each label occurs among the examples; the rest as it was, and for new labels as for the others on average."""
    answering, labels = dict(manifest["answering"]), manifest.get("labels")
    if not labels:
        low, high = min([answering["low"], *target]), max([answering["high"], *target])
        return {**answering, "low": low, "high": high, "middle": sorted(map(float, answers))[len(answers) // 2]}
    if manifest.get("several"):
        shares = [float(share) for share in matrix(answers, labels).mean(axis=0)]
    else:
        counts = Counter(answers)
        shares = [(counts[label] + 1) / (len(answers) + len(labels)) for label in labels]
    for name in ("sure", "said", "unsaid"):
        if name in answering:
            answering[name] = longer(answering[name], len(labels))
    if answering.get("calibration"):
        bias = answering["calibration"]["bias"]
        answering["calibration"] = {**answering["calibration"], "bias": bias + [0.0] * (len(labels) - len(bias))}
    return {**answering, "frequencies": shares}


def longer(values: Sequence[float], length: int) -> list[float]:
    """The values, and their mean for each that is missing."""
    return [*values, *[sum(values) / len(values)] * (length - len(values))]
