"""A way to ask: which wording, with or without label descriptions, with how many examples. The words are under prompts/."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prompts import render, text
from tools.core.task import Label, TaskSpec

FEW, MORE = 4, 16  # examples beside a question
EXAMPLES_TOKENS = 6000  # that the examples of one question may take; more is dear, and small models lose the thread
LOCAL_EXAMPLES_TOKENS = 2500  # for a model in a file on this machine: its window is small, and it reads slowly
WORDS_CHARACTERS = 600  # of what the person said are told


@dataclass(frozen=True)
class Setting:
    """wording: a file under prompts/prompting. described: labels are shown with their descriptions. examples: how many."""

    wording: str
    described: bool
    examples: int

    @property
    def words(self) -> str:
        """For people, short."""
        examples = f"{self.examples} examples" if self.examples else "no examples"
        return f"{self.wording}, {'with' if self.described else 'without'} label descriptions, {examples}"


def settings_for(task: TaskSpec, pool: int, example_tokens: float, local: bool) -> list[Setting]:
    """What is worth trying, the likeliest first. pool: rows to take examples from. example_tokens: of one of them.

    The number of examples is tried with the first wording, the wordings with a few examples: not everything with everything.
    """
    described = any(label.description for label in task.labels or [])
    room = (LOCAL_EXAMPLES_TOKENS if local else EXAMPLES_TOKENS) / max(1.0, example_tokens)
    counts = [count for count in (FEW, MORE) if pool >= 2 * count and count <= room]
    first = "instructed" if task.instruction else "plain"
    usual = counts[0] if counts else 0
    found = [Setting(first, described, usual)]
    found += [Setting(first, described, count) for count in (*counts[1:], 0) if count != usual]
    found += [Setting(wording, described, usual) for wording in ("plain", "careful") if wording != first]
    if described:
        found.append(Setting(first, False, usual))
    return found


def is_table(task: TaskSpec) -> bool:
    """Whether a row is written out as `column: value` lines."""
    return str(task.kind).startswith("tabular")


def files(task: TaskSpec, setting: Setting, spread: tuple[float, float, float] | None = None) -> dict[str, str]:
    """The files of a prompt: `system`, `question`, `example` (see tools/runtime/prompt.py).

    spread: lowest, middle and highest of the numbers known, where a number is asked for.
    """
    values = {"job": _job(task), "answer": _answer(task, setting, spread)}
    if setting.wording == "instructed":
        values["instruction"] = str(task.instruction).strip()
    question = "question-examples" if setting.examples else "question-alone"
    return {
        "system": render(f"prompting/{setting.wording}", **values),
        "question": text(f"prompting/{question}"),
        "example": text("prompting/example"),
    }


def _job(task: TaskSpec) -> str:
    target = task.target or ("labels" if task.is_several else "label")
    words = " ".join(task.words.split())[:WORDS_CHARACTERS] or f"to predict {target}"
    return render("prompting/job", words=words, thing="row" if is_table(task) else "text", target=target).strip()


def _answer(task: TaskSpec, setting: Setting, spread: tuple[float, float, float] | None) -> str:
    if not task.label_names:
        low, middle, high = spread or (0.0, 0.0, 0.0)
        return render("prompting/answer-number", low=f"{low:.6g}", middle=f"{middle:.6g}", high=f"{high:.6g}").strip()
    name = "prompting/answer-several" if task.is_several else "prompting/answer-one"
    return render(name, labels=_listed(task.labels or [], setting.described)).strip()


def _listed(labels: Sequence[Label], described: bool) -> str:
    def line(label: Label) -> str:
        told = " ".join((label.description or "").split())
        return f"- {label.name}: {told}" if described and told else f"- {label.name}"

    return "\n".join(map(line, labels))
