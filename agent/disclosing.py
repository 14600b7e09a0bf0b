"""Each tool's answer as a brain gets it: the fields that are named here, and no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from agent.sight import Sight
from tools.core.task import TaskSpec

Answer = Mapping[str, Any]
SCORE_FIELDS = ("metric", "value", "low", "high")
WORDS = "the person sees it; Fasttrack tells it in words"


def disclosed(tool: str, answer: Answer, sight: Sight) -> dict[str, Any]:
    """The answer of a tool, or its error, as far as it may be seen. An unknown tool discloses nothing but that it answered."""
    if "error" in answer:
        return {"error": {name: sight.text(str(text)) for name, text in dict(answer["error"]).items()}}
    show = SHOWN.get(tool)
    return show(answer, sight) if show is not None else {"answered": True}


def task(spec: TaskSpec, sight: Sight) -> dict[str, Any]:
    """A task without the person's words, which stand in the conversation."""
    shown: dict[str, Any] = {
        "kind": spec.kind,
        "inputs": spec.inputs,
        "target": spec.target,
        "labels": sight.names(spec.label_names) if spec.labels else None,
        "label_descriptions": {
            str(sight.name(label.name)): sight.text(label.description) for label in spec.labels or [] if label.description
        },
        "horizon": spec.horizon,
        "metric": metric(spec.metric.model_dump() if spec.metric else None, sight),
        "constraints": spec.constraints.model_dump(exclude_none=True),
        "excluded_columns": spec.excluded_columns,
        "group_column": spec.group_column,
        "time_column": spec.time_column,
        "instruction": sight.text(spec.instruction),
        "open": list(spec.open_points),
    }
    return {name: value for name, value in shown.items() if value not in (None, [], {})}


def metric(spec: Answer | None, sight: Sight) -> dict[str, Any] | None:
    """A metric; the label that it is about only where it may be named."""
    if spec is None:
        return None
    given = {"name": spec.get("name"), "label": sight.name(spec.get("label")), "at": spec.get("at")}
    return {name: value for name, value in given.items() if value is not None}


def files(sight: Sight) -> list[dict[str, Any]]:
    """What was found in the attachments, as they are now."""
    return [
        {
            "file": file.file,
            "role": file.role,
            "format": file.format,
            "rows": file.rows,
            "columns": [sight.column(column) for column in file.columns],
            "repairs": [repair.code for repair in file.repairs],
        }
        for file in sight.profile.files
    ]


def problems(found: list[Any], sight: Sight) -> list[dict[str, Any]]:
    """What speaks against the data."""
    return [{"code": one["code"], "message": sight.text(one["message"])} for one in found]


def _inspected(answer: Answer, sight: Sight) -> dict[str, Any]:
    named = {file["file"] for file in answer.get("files", [])}
    return {
        "files": [file for file in files(sight) if file["file"] in named],
        "problems": problems(answer.get("problems", []), sight),
    }


def _recorded(answer: Answer, sight: Sight) -> dict[str, Any]:
    return {
        "task": task(TaskSpec.model_validate(answer["task"]), sight),
        "verdict": answer.get("verdict"),
        "missing": answer.get("missing"),
        "problems": problems(answer.get("problems", []), sight),
    }


def _proposed(answer: Answer, sight: Sight) -> dict[str, Any]:
    return {
        "plan_hash": answer["plan_hash"],
        "metric": metric(answer.get("metric"), sight),
        "test_rows": answer.get("test_rows"),
        "candidates": [
            {
                **{name: one.get(name) for name in ("name", "approach", "title", "selected", "leaves_machine")},
                "reason": sight.text(one.get("reason")),
                "minutes": one["estimate"]["minutes"],
                "dollars": one["estimate"]["dollars"],
                "download_mb": one["estimate"]["download_mb"],
            }
            for one in answer.get("candidates", [])
        ],
        "not_possible": [
            {"name": one.get("name"), "title": one.get("title"), "reason": sight.text(one.get("reason"))}
            for one in answer.get("not_possible", [])
        ],
        "minutes": sum(one["estimate"]["minutes"] for one in answer.get("candidates", []) if one.get("selected")),
    }


def _started(answer: Answer, sight: Sight) -> dict[str, Any]:
    return {name: answer.get(name) for name in ("run_id", "minutes")}


def _running(answer: Answer, sight: Sight) -> dict[str, Any]:
    named = ("state", "phase", "candidate", "fraction", "finished", "of", "seconds", "left_seconds", "chosen")
    return {**{name: answer.get(name) for name in named}, "reason": sight.text(answer.get("reason"))}


def _explained(answer: Answer, sight: Sight) -> dict[str, Any]:
    return {
        "candidates": [_scored(one, sight) for one in answer.get("candidates", [])],
        "chosen": answer.get("chosen"),
        "recommended": answer.get("recommended"),
        "why": sight.text(answer.get("why")),
        "prototype": "ready" if answer.get("prototype") else None,
    }


def _scored(candidate: Answer, sight: Sight) -> dict[str, Any]:
    named = ("name", "approach", "status", "fit_seconds", "predict_ms_per_row", "size_mb", "dollars")
    shown = {name: candidate.get(name) for name in named}
    for part in ("validation", "test"):
        score = candidate.get(part)
        shown[part] = {name: _plain(score.get(name), sight) for name in SCORE_FIELDS} if score else None
    return {**shown, "reason": sight.text(candidate.get("reason"))}


def _plain(value: Any, sight: Sight) -> Any:
    if isinstance(value, Mapping):
        return metric(value, sight)
    return sight.text(value) if isinstance(value, str) else value


def _tried(answer: Answer, sight: Sight) -> dict[str, Any]:
    if not sight.values:
        return {"answer": WORDS, "candidate": answer.get("candidate")}
    given = answer.get("answer", {})
    named = ("prediction", "probability", "low", "high", "series", "forecast")
    return {
        "answer": {name: given[name] for name in named if name in given},
        "candidate": answer.get("candidate"),
    }


def _exported(answer: Answer, sight: Sight) -> dict[str, Any]:
    return {"prototype": WORDS, "size_mb": answer.get("size_mb")}


def _handed_out(answer: Answer, sight: Sight) -> dict[str, Any]:
    return {"rows": answer.get("rows"), "labels": sight.names([str(label) for label in answer.get("labels", [])])}


SHOWN: dict[str, Callable[[Answer, Sight], dict[str, Any]]] = {
    "inspect_data": _inspected,
    "record_task": _recorded,
    "propose_plan": _proposed,
    "run_plan": _started,
    "run_status": _running,
    "explain_results": _explained,
    "try_prototype": _tried,
    "export_prototype": _exported,
    "ask_for_labels": _handed_out,
}
