"""What the report says of a candidate that asks a language model: how it asks, what was tried, what it took, one question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from tools.core.errors import FasttrackError
from tools.core.evaluation import CandidateResult, Comparison
from tools.core.language_model import LanguageModel, Usage
from tools.jobs import predictions as stored
from tools.jobs.predictions import Part
from tools.jobs.run import Run
from tools.report.facts import attachment_of
from tools.report.masking import mask, mask_cell

FORMAT = "prompted"
MOST_LETTERS = 6000  # of the question that is shown
TOLD_HERE = frozenset(  # settings that need not be told once more
    {"tried", "usage", "per_row", "unanswered", "questions", "answers_known_already", "input_tokens", "output_tokens"}
)


@dataclass(frozen=True)
class Tried:
    """One way to ask. rows: validation rows to judge it by; score: the plan's metric, None where they do not define it."""

    setting: str
    rows: int
    score: float | None


@dataclass(frozen=True)
class AskingFacts:
    """One candidate. per_row: tokens, dollars and seconds of one answer. unanswered: why rows got no answer -> how many.

    said: what the model is told before each row, and question: what it is told of one of them, both masked; empty where they
    cannot be read any more. examples: shown with a row, out of `pool`.
    """

    name: str
    title: str
    model: str
    where: str
    remote: bool
    wording: str
    described: bool
    examples: int
    pool: int
    tried: list[Tried]
    usage: Usage
    per_row: dict[str, float]
    unanswered: dict[str, int]
    remark: str | None
    said: str
    question: str

    def numbers(self) -> dict[str, Any]:
        """For `metrics.json`: everything that quotes no row."""
        return {**{name: value for name, value in asdict(self).items() if name not in {"said", "question", "usage"}},
                "usage": self.usage.model_dump()}  # fmt: skip


def asking_facts(run: Run, comparison: Comparison) -> list[AskingFacts]:
    """Facts of every finished candidate of the comparison that asks a language model, in its order."""
    model = run.plan.language_model
    done = [result for result in comparison.candidates if result.status == "done"]
    manifests = {result.name: _manifest(run.candidate(result.name)) for result in done}
    return [_facts(run, model, result, found) for result in done if model and (found := manifests[result.name])]


def _manifest(folder: Path) -> dict[str, Any] | None:
    """Of a model that asks; None of another."""
    path = folder / "model" / "manifest.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if found.get("format") == FORMAT else None


def _facts(run: Run, model: LanguageModel, result: CandidateResult, manifest: Mapping[str, Any]) -> AskingFacts:
    told = result.settings
    said, question = _whole_question(run, result, manifest)
    return AskingFacts(
        name=result.name,
        title=result.title,
        model=model.name,
        where=model.where,
        remote=model.remote,
        wording=str(told.get("wording", "")),
        described=bool(told.get("label_descriptions")),
        examples=int(manifest.get("examples", 0)),
        pool=int(told.get("example_pool", 0)),
        tried=[Tried(str(one["setting"]), int(one["rows"]), one.get("score")) for one in told.get("tried", [])],
        usage=Usage.model_validate(told.get("usage") or {"dollars": result.dollars}),
        per_row=dict(told.get("per_row") or {}),
        unanswered=dict(told.get("unanswered") or {}),
        remark=result.reason,
        said=said,
        question=question,
    )


def _whole_question(run: Run, result: CandidateResult, manifest: Mapping[str, Any]) -> tuple[str, str]:
    """What the model was told, and what it was asked about the first row that was judged; masked."""
    row = _first_row(run, result)
    if row is None:
        return "", ""
    from tools.runtime import load
    from tools.runtime.prompted import Predictor

    predictor = cast(Predictor, load(run.candidate(result.name) / "model").predictor)
    messages = predictor.questions([row])[0].messages
    columns = [str(column["name"]) for column in manifest["inputs"]] if str(manifest["kind"]).startswith("tabular") else []
    texts = {message["role"]: message["content"] for message in messages}
    return mask(texts.get("system", "")), _shortened(_masked(texts["user"], columns))


def _first_row(run: Run, result: CandidateResult) -> dict[str, Any] | None:
    """The first test row (or validation row) as the model gets it; None where there is none, or the data is gone."""
    from tools.data.plain_rows import records
    from tools.data.splitting import rows

    parts: tuple[Part, ...] = ("test", "validation")
    for part in parts:
        row_ids, _, _ = stored.read(run.candidate(result.name), part)
        attachment = attachment_of(run, part)
        if row_ids and attachment is not None:
            try:
                return records(rows(run.plan.task, attachment, row_ids[:1]).inputs)[0]
            except FasttrackError:
                return None
    return None


def _masked(text: str, columns: list[str]) -> str:
    """Line by line; a line of a table's row as a cell of its column."""
    lines = []
    for line in text.split("\n"):
        name, _, value = line.partition(": ")
        lines.append(f"{name}: {mask_cell(name, value)}" if name in columns else mask(line))
    return "\n".join(lines)


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]} …"
