"""Building a prompting candidate: choose how to ask, ask about every validation row, write the prompt and its examples."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tools.approaches import manifest
from tools.approaches.base import FitJob, Fitted
from tools.approaches.prompting.answering import judged_answers, learn_answering
from tools.approaches.prompting.estimate import RATE, example_tokens, tokens_of
from tools.approaches.prompting.material import Material, open_material
from tools.approaches.prompting.purse import Purse
from tools.approaches.prompting.search import Search
from tools.approaches.prompting.setting import Setting, settings_for
from tools.core.errors import BrainIsTold, PersonMustMend
from tools.core.language_model import LanguageModel
from tools.runtime.asking import STOPPED, Reply

if TYPE_CHECKING:
    from tools.runtime.asking import Asker

SURE_COUNT = 10  # questions that tell how long one takes
MOST_UNANSWERED = 0.5  # of the validation rows; beyond it, the score would be that of the class frequencies


def fit(job: FitJob) -> Fitted:
    """See `Prompting.fit`. Raises PersonMustMend where dollars or answers do not suffice, TimeoutError where minutes do not."""
    from tools.runtime.prompted import open_asker

    model = job.language_model
    if model is None:
        raise BrainIsTold(
            expected="a language model in the plan",
            found="none",
            remedy="Name one with --brain, or choose another rung of the plan.",
        )
    job.progress(0.0, f"opening {model.name}")
    asker = open_asker(model.model_dump())
    try:
        return _fit(job, model, asker)
    finally:
        asker.close()


def _fit(job: FitJob, model: LanguageModel, asker: Asker) -> Fitted:
    material = open_material(job)
    purse = Purse(model, asker, job.dollars, time.monotonic() + job.minutes * 60, job.spending)
    search = Search(material, asker, purse)
    sizes = [tokens_of(material.texts[row]) for row in material.trained]
    usual = example_tokens(sum(sizes) / len(sizes)) if sizes else 0.0
    ranked = search.choose(settings_for(job.task, len(material.trained), usual, model.kind == "llamacpp"), job.progress)
    setting = _affordable(search, ranked)
    _check_time(search)
    replies = _ask_all(search, setting)
    answering = learn_answering(material, replies, material.judged)
    judged, extra = judged_answers(material, replies, material.judged, answering)
    _write(material, setting, model, {**extra, "answering": answering})
    _learn_rate(search, model)
    settings = _told(search, setting, replies)
    return Fitted(judged if material.judged else None, settings, purse.usage)


def _affordable(search: Search, ranked: Sequence[Setting]) -> Setting:
    """The best setting that the dollars still pay for, test rows included."""
    for setting in ranked:
        if search.purse.free or search.remaining(setting) <= search.purse.left + search.material.job.paid:
            return setting
    cheapest = min(ranked, key=search.remaining)
    questions = len(search.material.judged) + search.material.job.test_rows
    raise PersonMustMend(
        code="too-few-dollars",
        expected=f"about ${search.remaining(cheapest) + search.purse.worst:.4f} to ask about {questions:,} rows",
        found=f"${max(0.0, search.purse.dollars - search.purse.usage.dollars):.4f} that this candidate may still spend",
        remedy="Allow more dollars, or leave prompting out.",
    )


def _check_time(search: Search) -> None:
    """Ends at once what cannot be finished within its minutes."""
    job = search.material.job
    questions = len(search.material.judged) + job.test_rows
    need, left = search.seconds(questions), job.minutes * 60 - (time.monotonic() - search.began)
    if need > left:
        raise TimeoutError(f"{questions:,} questions need about {need / 60:.1f} minutes, and {left / 60:.1f} are left")


def _ask_all(search: Search, setting: Setting) -> list[Reply]:
    """A reply about each validation row, in order."""
    material, purse = search.material, search.purse
    rows = material.judged
    search.ask([(setting, row) for row in rows], progress=_progress(material.job, 0.35, 1.0))
    replies = [search.replies[setting][row] for row in rows]
    stopped = sum(reply.problem == STOPPED for reply in replies)
    if stopped and time.monotonic() > purse.deadline:
        raise TimeoutError(f"{len(rows) - stopped:,} of {len(rows):,} validation rows were asked about in time")
    if stopped:
        raise PersonMustMend(
            code="too-few-dollars",
            expected=f"dollars to ask about {len(rows):,} validation rows",
            found=f"${purse.dollars:.4f}, which were used up after {len(rows) - stopped:,} rows",
            remedy="Allow more dollars, or leave prompting out. What was answered is kept and is not paid again.",
        )
    check_answered(replies, search.purse.model.name)
    return replies


def check_answered(replies: Sequence[Reply], name: str) -> None:
    """Raises PersonMustMend where most rows have no answer."""
    problems = Counter(reply.problem for reply in replies if reply.problem is not None)
    missing = sum(problems.values())
    if missing > MOST_UNANSWERED * len(replies):
        raise PersonMustMend(
            code="unanswered",
            expected=f"answers of {name} about {len(replies):,} rows",
            found=f"none about {missing:,} of them, most often because: {problems.most_common(1)[0][0]}",
            remedy="Try another language model, or leave prompting out.",
        )


def _progress(job: FitJob, start: float, end: float) -> Any:
    def hear(answered: int, of: int) -> None:
        job.progress(start + (end - start) * answered / max(1, of), f"{answered:,} of {of:,} rows asked about")

    return hear


def _write(material: Material, setting: Setting, model: LanguageModel, extra: dict[str, Any]) -> None:
    job = material.job
    job.folder.mkdir(parents=True, exist_ok=True)
    material.final(setting).write(job.folder)
    manifest.write(
        job,
        "prompted",
        material.inputs,
        requirements(model, setting),
        language_model=model.model_dump(),
        examples=setting.examples,
        **extra,
    )


def requirements(model: LanguageModel, setting: Setting) -> list[str]:
    """Distributions that asking needs."""
    client = ["llama-cpp-python"] if model.kind == "llamacpp" else ["openai", "tenacity"]
    return ["numpy", *client, *(["scikit-learn", "scipy"] if setting.examples else [])]


def _learn_rate(search: Search, model: LanguageModel) -> None:
    """What a question took, for the next estimate."""
    from tools.rates import store

    if search.asked_count >= SURE_COUNT:
        store(RATE + model.brain, round(search.asked_seconds / search.asked_count, 4))


def _told(search: Search, setting: Setting, replies: Sequence[Reply]) -> dict[str, Any]:
    """What was chosen and why, for the report."""
    usage = search.purse.usage
    problems = Counter(reply.problem for reply in replies if reply.problem is not None)
    told: dict[str, Any] = {
        "wording": setting.wording,
        "label_descriptions": setting.described,
        "examples": setting.examples,
        "example_pool": len(search.material.pool) if setting.examples else 0,
        "tried": search.log,
        "questions": usage.calls,
        "answers_known_already": usage.cached,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "probabilities": "token" if any(reply.probabilities for reply in replies) else "how often each label was right",
    }
    if problems:
        told["unanswered"] = {str(problem): count for problem, count in problems.most_common()}
    return told
