"""What came out: the score with its interval, the honest no, one answer of the prototype."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.narration.describing import number
from prompts import phrase
from tools.core.task import Language, TaskSpec

OTHERS_NAMED = 2
WORTH_NAMING = 0.05


def results(task: TaskSpec, outcome: Mapping[str, Any]) -> str:
    """The recommendation, then why (in the comparison's own words), then where the prototype is. outcome: `build --json`."""
    language = task.language
    chosen = next((row for row in outcome["candidates"] if row["name"] == outcome["chosen"]), None)
    said = []
    if chosen is not None:
        measured = chosen["test"] or chosen["validation"]
        if measured is None:
            said.append(phrase(language, "result_unmeasured", candidate=chosen["name"]))
        else:
            key = "result_good" if outcome["recommended"] else "result_bad"
            said.append(phrase(language, key, candidate=chosen["name"], score=_score(language, measured)))
    if language == "en" and outcome["why"]:
        said.append(str(outcome["why"]))
    if outcome["prototype"]:
        said.append(phrase(language, "result_prototype", path=outcome["prototype"]))
    else:
        said.append(phrase(language, "result_no_prototype"))
    return " ".join(said)


def tried(task: TaskSpec, answer: Mapping[str, Any]) -> str:
    """One answer of the chosen model, with the next likely classes or the likely range."""
    language = task.language
    if "probability" not in answer:
        interval = ""
        if answer.get("low") is not None:
            interval = phrase(language, "tried_interval", low=number(answer["low"]), high=number(answer["high"]))
        return phrase(language, "tried_number", prediction=number(float(answer["prediction"])), interval=interval)
    marked = {name.removeprefix("probability:"): value for name, value in answer.items() if name.startswith("probability:")}
    rivals = sorted(((v, n) for n, v in marked.items() if n != answer["prediction"] and v >= WORTH_NAMING), reverse=True)
    others = ", ".join(f"`{name}` {value:.2f}" for value, name in rivals[:OTHERS_NAMED])
    return phrase(
        language, "tried_class",
        prediction=answer["prediction"], probability=f"{answer['probability']:.2f}",
        others=phrase(language, "tried_others", others=others) if others else "",
    )  # fmt: skip


def exported(task: TaskSpec, path: str, size_mb: float) -> str:
    """Where the prototype is."""
    return phrase(task.language, "exported", path=path, size=size_mb)


def _score(language: Language, measured: Mapping[str, Any]) -> str:
    value = f"{measured['value']:.3f}"
    if measured.get("low") is None:
        return phrase(language, "result_plain", metric=measured["metric"], value=value)
    low, high = f"{measured['low']:.3f}", f"{measured['high']:.3f}"
    return phrase(language, "result_interval", metric=measured["metric"], value=value, low=low, high=high)
