"""Greetings, what Fasttrack is, refusals, questions and errors."""

from __future__ import annotations

from collections.abc import Mapping

from agent.narration.phrases import has, phrase
from agent.narration.showing import describe
from tools.core.data import DataProfile
from tools.core.task import Question, TaskSpec


def smalltalk(task: TaskSpec, intent: str) -> str:
    """What is said to a greeting, a question about Fasttrack, thanks, or a yes in words (which approves nothing)."""
    language = task.language
    if intent == "greeting":
        return phrase(language, "talk.greeting")
    if intent == "about":
        return f"{phrase(language, 'talk.about')} {phrase(language, 'talk.about_ask')}"
    if intent == "approve-words":
        return phrase(language, "plan.pending" if task.kind is not None else "talk.approve_none")
    return phrase(language, "talk.results_none" if intent == "results" else "talk.smalltalk")


def refusal(task: TaskSpec, profile: DataProfile, verdict: str, reason: str | None) -> str:
    """Why not, and what else. verdict: `not-ml` (reason: impossible, harmful or not-ml) or `not-supported`."""
    language = task.language
    if verdict == "not-ml":
        key = {"impossible": "impossible", "harmful": "harmful"}.get(reason or "", "not_ml")
        return phrase(language, f"refuse.{key}")
    seen = describe(task, profile)
    kind = phrase(language, f"kind.{task.kind or 'text-generation'}")
    if has(language, f"alternative.{task.kind}"):
        alternative = phrase(language, f"alternative.{task.kind}")
        said = phrase(language, "refuse.not_supported_alternative", kind=kind, alternative=alternative)
    else:
        said = phrase(language, "refuse.not_supported", kind=kind)
    return f"{seen} {said}".strip()


def asking(task: TaskSpec, profile: DataProfile, question: Question) -> str:
    """One question, after a word on the data where there is any."""
    return f"{describe(task, profile)} {question.text}".strip()


def error(task: TaskSpec, problem: Mapping[str, str]) -> str:
    """An error as the contract has it, in a sentence each."""
    fields = {name: problem.get(name, "") for name in ("expected", "found", "remedy")}
    return phrase(task.language, "talk.error", **fields)
