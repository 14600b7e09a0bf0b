"""Results in words: the choice with its score and interval, the runner-up, or the honest no."""

from __future__ import annotations

from typing import Any

from agent.narration.phrases import amount, count, phrase
from agent.narration.planning import metric
from tools.core.errors import FasttrackError
from tools.core.evaluation import Comparison
from tools.core.task import Language, MetricSpec, TaskSpec

TRIVIAL_SCORES = ("test", "validation")
STEPS_TOLD = 12  # of a forecast
ANSWERED = frozenset({"prediction", "low", "high"})


def results(task: TaskSpec, outcome: dict[str, Any], comparison: Comparison | None = None) -> str:
    """What came out, from the contract's `build --json`. comparison: of the run; read from its folder where it is not given."""
    language = task.language
    comparison = comparison or _comparison(str(outcome.get("run_id", "")))
    rows = {row["name"]: row for row in outcome["candidates"]}
    chosen = rows.get(outcome.get("chosen") or "")
    said = []
    if chosen is None:
        said.append(phrase(language, "results.no_prototype"))
    elif not outcome["recommended"] and chosen.get("test"):
        said += [_honest_no(language, task, chosen), phrase(language, "results.no_prototype")]
    else:
        said += [_choice(language, task, chosen), _runner_up(language, outcome, comparison)]
        said.append(_prototype(language, outcome))
    if language == "en" and chosen is not None and outcome.get("why"):
        said.append(outcome["why"])
    said += [
        phrase(language, "results.failed", name=row["name"], reason=row["reason"] or row["status"])
        for row in outcome["candidates"]
        if row["status"] == "failed"
    ]
    if outcome.get("prototype"):
        said.append(phrase(language, "results.next"))
    return " ".join(part for part in said if part)


def recommendation(task: TaskSpec, outcome: dict[str, Any], comparison: Comparison) -> str:
    """The choice and what comes next to it, in two sentences with the candidates' titles; or the honest no."""
    language = task.language
    titled = {result.name: result.title[:1].upper() + result.title[1:] for result in comparison.candidates}
    named = [{**row, "name": titled.get(row["name"], row["name"])} for row in outcome["candidates"]]
    chosen = next((row for row in named if row["name"] == titled.get(outcome.get("chosen") or "")), None)
    if chosen is None:
        return phrase(language, "results.no_prototype")
    if not chosen.get("test"):
        return phrase(language, "results.unmeasured", name=chosen["name"])
    if not outcome["recommended"]:
        return _honest_no(language, task, chosen)
    titled_comparison = comparison.model_copy(update={"runner_up": titled.get(comparison.runner_up or "")})
    said = (_choice(language, task, chosen), _runner_up(language, {**outcome, "candidates": named}, titled_comparison))
    return " ".join(part for part in said if part)


def _comparison(run_id: str) -> Comparison | None:
    from tools.jobs import runner

    try:
        return runner.find(run_id).comparison
    except FasttrackError:  # no such run here: the outcome alone is told
        return None


def _choice(language: Language, task: TaskSpec, chosen: dict[str, Any]) -> str:
    score = chosen.get("test")
    if not score:
        return phrase(language, "results.chosen_unmeasured", name=chosen["name"])
    values = {"name": chosen["name"], "metric": _metric(language, task, score), "value": amount(language, score["value"])}
    if score.get("low") is None or score.get("high") is None:
        key = "chosen_forecast_plain" if task.is_forecasting else "chosen_plain"
        return phrase(language, f"results.{key}", **values)
    ends = {"low": amount(language, score["low"]), "high": amount(language, score["high"])}
    return phrase(language, "results.chosen_forecast" if task.is_forecasting else "results.chosen", **values, **ends)


def _honest_no(language: Language, task: TaskSpec, chosen: dict[str, Any]) -> str:
    score = chosen["test"]
    interval = ""
    if score.get("low") is not None and score.get("high") is not None:
        ends = {"low": amount(language, score["low"]), "high": amount(language, score["high"])}
        interval = phrase(language, "results.interval", **ends)
    name, value = _metric(language, task, score), amount(language, score["value"])
    key = "not_recommended_forecast" if task.is_forecasting else "not_recommended"
    return phrase(language, f"results.{key}", name=chosen["name"], metric=name, value=value, interval=interval)


def _runner_up(language: Language, outcome: dict[str, Any], comparison: Comparison | None) -> str:
    if comparison is None or comparison.runner_up is None:
        return ""
    row = next((row for row in outcome["candidates"] if row["name"] == comparison.runner_up), None)
    score = (row or {}).get("test")
    if row is None or not score:
        return ""
    lead, key = comparison.lead, "runner_up"
    if lead is not None and lead.low is not None and lead.high is not None:
        key = "runner_up_real" if lead.low > 0 or lead.high < 0 else "runner_up_chance"
    return phrase(language, f"results.{key}", name=row["name"], value=amount(language, score["value"]))


def _prototype(language: Language, outcome: dict[str, Any]) -> str:
    key = "prototype" if outcome.get("prototype") else "prototype_unproved"
    return phrase(language, f"results.{key}")


def _metric(language: Language, task: TaskSpec, score: dict[str, Any]) -> str:
    """The score's metric without the explanation in brackets: that was given with the plan."""
    name = str(score["metric"]).split(":")[0].split("@")[0]
    label, at = (task.metric.label, task.metric.at) if task.metric and task.metric.name == name else (None, None)
    spec = MetricSpec.model_validate({"name": name, "label": label, "at": at})
    return metric(language, spec).split(" (")[0].replace(" `…`", "").replace(" …", "")


def tried(task: TaskSpec, answer: dict[str, Any]) -> str:
    """One answer of the prototype: {"prediction", "probability"?, "low"?, "high"?}; of a forecast {"series", "forecast"}."""
    if "forecast" in answer:
        return _forecast(task.language, answer)
    language, prediction = task.language, answer.get("prediction")
    shown = amount(language, prediction, 4) if isinstance(prediction, float) else str(prediction)
    if isinstance(answer.get("low"), float) and isinstance(answer.get("high"), float):
        ends = {"low": amount(language, answer["low"], 4), "high": amount(language, answer["high"], 4)}
        return phrase(language, "results.tried_range", prediction=shown, **ends)
    if isinstance(answer.get("probability"), float):
        return phrase(language, "results.tried_sure", prediction=shown, percent=count(language, 100 * answer["probability"]))
    return phrase(language, "results.tried", prediction=shown)


def _forecast(language: Language, answer: dict[str, Any]) -> str:
    """The series, then a line a step: when, how much, and between what. Figures alone, so that it is said alike everywhere."""
    rows = list(answer["forecast"])
    lines = []
    for row in rows[:STEPS_TOLD]:
        when = " ".join(str(value) for name, value in row.items() if name not in ANSWERED and str(value) != answer["series"])
        low, high = amount(language, row["low"], 4), amount(language, row["high"], 4)
        lines.append(f"{when}: {amount(language, row['prediction'], 4)} ({low} – {high})")
    rest = [f"… ({count(language, len(rows))})"] if len(rows) > STEPS_TOLD else []
    name = [f"{answer['series']}:"] if answer["series"] else []
    return "\n".join([*name, *(f"- {line}" for line in [*lines, *rest])])


def exported(task: TaskSpec, path: str, size_mb: float) -> str:
    """Where the prototype lies."""
    return phrase(task.language, "results.exported", path=path, size=amount(task.language, size_mb))


def labelling(task: TaskSpec, rows: int) -> str:
    """Before the labelling card."""
    return phrase(task.language, "results.labelling", rows=count(task.language, rows))
