"""Does the sentence "This text is about LABEL" follow from the text? Asked of a model of natural language inference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.approaches import manifest
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.calibration import calibrate
from tools.approaches.text_job import mean_words, open_job
from tools.approaches.zero_shot import speaks, spoken
from tools.core.errors import MachineError
from tools.core.plan import Estimate, Rung
from tools.core.task import Label, TaskKind
from tools.models import hub
from tools.models.catalogue import CATALOGUE, ModelEntry
from tools.rates import slowness

if TYPE_CHECKING:
    import numpy as np

MAX_TOKENS = 256
CALIBRATION_ROWS = 40
TOKENS_PER_SECOND = 1500.0  # an estimate: no NLI model could be fetched where this was written
REQUIREMENTS = ["numpy", "onnxruntime", "tokenizers"]


class ZeroShotNli:
    """A hub model, used where it lies in the local cache, or where a download may be made and is approved with the plan."""

    name = "zero-shot-nli"
    rung: Rung = "zero-shot"
    title = "label sentences judged by an inference model"
    kinds: frozenset[TaskKind] = frozenset({"text-classification"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs label names that are words, and the model."""
        labels = situation.task.labels or []
        if len(labels) < 2 or not any(map(speaks, labels)):
            return Infeasible("needs at least two labels with names or descriptions that are words")
        entry = entry_for(situation.task.language)
        present = hub.cached(entry) is not None
        if not present and situation.machine.offline:
            return Infeasible(
                f"needs {entry.where} ({entry.megabytes:.0f} MB), which is not in the local cache, "
                "and connections are forbidden"
            )
        rows = situation.train_rows + situation.test_rows
        tokens = rows * len(labels) * (mean_words(situation) * 1.4 + 10)
        minutes = (20 + tokens / TOKENS_PER_SECOND) / 60 * slowness(situation.machine.rates)
        megabytes = 0.0 if present else entry.megabytes
        leaves = () if present else ("the Hugging Face hub: the request for the model, nothing of your data",)
        estimate = Estimate(minutes=minutes, download_mb=megabytes, memory_mb=2000)
        reason = "reads text and label together: better than vectors, and slow"
        return Feasible(reason, estimate, worth=0.25 if situation.train_rows else 0.8, leaves_machine=leaves)

    def fit(self, job: FitJob) -> Fitted:
        """Write the model as ONNX, ask it about the validation rows, and calibrate where there are enough."""
        job.progress(0.02, "opening the inference model")
        source = hub.fetched(entry_for(job.task.language))
        facts = export(source, job.folder)
        hypotheses = [hypothesis(label) for label in job.task.labels or []]
        labels = len(hypotheses)
        plain: dict[str, Any] = {"scale": 1.0, "bias": [0.0] * labels}
        keys = {**facts, "hypotheses": hypotheses, "max_tokens": MAX_TOKENS, "calibration": plain}
        if not len(job.validation):
            inputs = [{**column, **job.column_formats.get(column["name"], {})} for column in manifest.plain_inputs(job)]
            manifest.write(job, "text-nli", inputs, REQUIREMENTS, **keys)
            return Fitted(None, {"model": source.name, "calibrated": False})
        texts = open_job(job)
        scores = self._scores(job, [texts.texts[row] for row in texts.judged_rows], keys)
        if len(scores) >= CALIBRATION_ROWS:
            keys["calibration"] = calibrate(scores, texts.truth)
        from tools.runtime.text_tfidf import probabilities

        judged = probabilities(scores, keys["calibration"])
        return texts.finish(
            "text-nli", REQUIREMENTS, judged, {"model": source.name, "calibrated": len(scores) >= CALIBRATION_ROWS}, **keys
        )

    def _scores(self, job: FitJob, texts: list[str], keys: dict[str, Any]) -> np.ndarray:
        import numpy as np

        from tools.runtime.text_nli import Predictor

        predictor, found = Predictor(job.folder, keys), []
        for start in range(0, len(texts), 64):
            job.progress(0.1 + 0.85 * start / len(texts), "asking about each text and label")
            found.append(predictor.scores(texts[start : start + 64]))
        return np.concatenate(found)


def entry_for(language: str) -> ModelEntry:
    """The catalogue's inference model for texts of that language."""
    models = [entry for entry in CATALOGUE if entry.use == "nli"]
    return next((entry for entry in models if language in entry.languages), models[-1])


def hypothesis(label: Label) -> str:
    """The sentence whose truth is asked."""
    return f"This text is about {label.description or spoken(label.name)}."


def export(source: Path, folder: Path) -> dict[str, Any]:
    """Write nli.onnx and tokenizer.json of the model in `source`; gives the manifest's facts about it."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    relations = {str(name).lower(): int(number) for number, name in (config.get("id2label") or {}).items()}
    entailment = next((number for name, number in relations.items() if name.startswith("entail")), None)
    if entailment is None:
        raise MachineError(
            code="not-an-inference-model",
            expected="a model with the relation `entailment`",
            found=f"the relations {', '.join(relations) or 'none'} in {source.name}",
            remedy="Choose a model of natural language inference.",
        )
    model = AutoModelForSequenceClassification.from_pretrained(source, attn_implementation="eager", dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(source)
    segments = config.get("type_vocab_size", 0) > 1
    given = dict(tokenizer("a text", "a sentence", return_tensors="pt"))
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if segments else [])]
    folder.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        torch.onnx.export(
            model, (), str(folder / "nli.onnx"), kwargs={name: given[name] for name in names}, input_names=names,
            output_names=["logits"], dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names}, dynamo=False,
        )  # fmt: skip
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    return {"entailment": entailment, "segments": segments, "padding": int(tokenizer.pad_token_id or 0)}
