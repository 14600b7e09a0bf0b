"""Prompting in a plan: what it would cost is known before, what sends rows away is ticked only when asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tools.approaches import approach_named
from tools.approaches.base import Feasible, Infeasible, Machine, Situation
from tools.approaches.prompting.estimate import trying_questions
from tools.approaches.prompting.setting import files, settings_for
from tools.core.data import ColumnProfile, DataProfile, FileProfile, Split
from tools.core.language_model import LanguageModel
from tools.core.plan import Candidate, Plan
from tools.core.task import Constraints, Label, TaskKind, TaskSpec
from tools.planning import propose

MACHINE = Machine(cores=2, memory_mb=16_000, free_disk_mb=50_000, gpu=False, offline=False, rates={"machine_speed": 1.0})
REMOTE = LanguageModel(
    kind="openai", name="big", base_url="https://api.example.org/v1", remote=True, input_price=0.15, output_price=0.6
)
LOCAL = LanguageModel(kind="openai", name="mine", base_url="http://127.0.0.1:8080/v1", input_price=0.0, output_price=0.0)
TASK = TaskSpec(
    kind="text-classification",
    modality="text",
    words="sort the mail",
    inputs=["mail"],
    target="team",
    labels=[Label(name="billing"), Label(name="login")],
)


def profile(rows: int) -> DataProfile:
    mail = ColumnProfile(
        name="mail", role="text", dtype="str", rows=rows, missing=0, unique=rows, mean_words=30.0, examples=["I lost my card"]
    )
    team = ColumnProfile(
        name="team",
        role="category",
        dtype="str",
        rows=rows,
        missing=0,
        unique=2,
        top=[("billing", rows // 2), ("login", rows // 2)],
    )
    file = FileProfile(attachment="a", file="mails.csv", role="train", format="csv", rows=rows, columns=[mail, team])
    return DataProfile(files=[file])


def situation(model: LanguageModel | None, rows: int = 1000, task: TaskSpec = TASK, machine: Machine = MACHINE) -> Situation:
    counts = dict.fromkeys(task.label_names, rows // 2) or None
    return Situation(task, profile(rows), machine, rows, rows // 5, counts, 10.0, rows < 200, model, 1.0)


def consider(made: Situation) -> Feasible | Infeasible:
    return approach_named("prompting").consider(made)


def reason(made: Situation) -> str:
    found = consider(made)
    assert isinstance(found, Infeasible)
    return found.reason


def feasible(made: Situation) -> Feasible:
    found = consider(made)
    assert isinstance(found, Feasible)
    return found


def prompting(
    model: LanguageModel, approaches: list[str] | None = None, samples: bool = False, constraints: Constraints | None = None
) -> tuple[Plan, Candidate]:
    ids = list(range(1000))
    split = Split(train=ids[400:], validation=ids[:200], test=ids[200:400], test_source="held-out", how="", data_hash="h")
    plan = propose(
        TASK.model_copy(update={"constraints": constraints or Constraints()}),
        profile(1000),
        split,
        MACHINE,
        attachments={"train": "a"},
        approaches=approaches,
        language_model=model,
        samples_allowed=samples,
    )
    return plan, next(candidate for candidate in plan.candidates if candidate.name == "prompting")


def test_dollars_and_minutes_are_counted_before_anything_is_asked() -> None:
    found = feasible(situation(REMOTE))
    assert found.reason == "asks big about 494 times"  # 4 ways on 24 rows, 2 on 24 more, and 150 + 200 rows to judge on
    assert 494 * 500 * 0.15e-6 < found.estimate.dollars < 494 * 3000 * 0.15e-6, "16 examples of 30 words, and the prompt"
    assert found.leaves_machine == (
        "the texts of about 1,200 rows and the words of the task, to https://api.example.org/v1 (big)",
    )
    measured = replace(MACHINE, rates={"seconds_per_question:openai:big": 0.6})
    assert feasible(situation(REMOTE, machine=measured)).estimate.minutes == pytest.approx(4.94)
    dear = REMOTE.model_copy(update={"input_price": 1.5, "output_price": 6.0})
    assert feasible(situation(dear)).estimate.dollars == pytest.approx(10 * found.estimate.dollars, rel=0.01)


def test_longer_texts_cost_more() -> None:
    short, long = situation(REMOTE), situation(REMOTE)
    long.profile.files[0].columns[0].mean_words = 300.0
    assert feasible(long).estimate.dollars > 1.5 * feasible(short).estimate.dollars


def test_a_model_on_this_machine_costs_nothing_and_sends_nothing(tmp_path: Path) -> None:
    found = feasible(situation(LOCAL))
    assert (found.estimate.dollars, found.leaves_machine) == (0.0, ())
    weights = tmp_path / "small.gguf"
    weights.write_bytes(b"GGUF" + bytes(3_000_000))
    local = LanguageModel(kind="llamacpp", name="small.gguf", path=str(weights), input_price=0.0, output_price=0.0)
    assert feasible(situation(local)).estimate.memory_mb == pytest.approx(503.75, abs=0.01)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (
            situation(REMOTE, machine=replace(MACHINE, offline=True)),
            "big is at https://api.example.org/v1, and connections are forbidden (offline); "
            "a model on this machine may be asked",
        ),
        (
            situation(REMOTE.model_copy(update={"input_price": None})),
            "the price of big is not known; FASTTRACK_PRICES=big=IN/OUT tells it, in dollars for a million tokens",
        ),
        (
            situation(LOCAL, task=TASK.model_copy(update={"labels": None})),
            "needs the names of at least two labels; name them, for example --labels 'praise,complaint'",
        ),
        (
            situation(LOCAL, task=TASK.model_copy(update={"labels": [Label(name=str(n)) for n in range(401)]})),
            "401 labels are more than an answer can be held to (400)",
        ),
        (
            situation(LOCAL, rows=3, task=TaskSpec(kind="tabular-regression", inputs=["age"], target="price")),
            "needs at least 5 rows with a known number, and there are 3",
        ),
        (
            situation(LOCAL, rows=2001, task=TaskSpec(kind="tabular-classification", inputs=["age"], target="left")),
            "2,001 rows teach other models more than a prompt can hold",
        ),
    ],
)
def test_what_is_not_possible_says_why_and_what_to_do(made: Situation, why: str) -> None:
    assert reason(made) == why


def test_loopback_may_be_asked_offline() -> None:
    assert feasible(situation(LOCAL, machine=replace(MACHINE, offline=True)))


def test_what_is_free_and_here_is_ticked() -> None:
    plan, candidate = prompting(LOCAL)
    assert candidate.selected
    assert plan.language_model == LOCAL
    assert plan.budget.dollars == 0.0


def test_what_sends_rows_away_or_costs_money_is_ticked_only_when_asked_for() -> None:
    plan, candidate = prompting(REMOTE)
    assert not candidate.selected
    assert candidate.reason.endswith("; left out because rows would leave this machine; ask for it by name, or allow it")
    assert plan.budget.dollars == 1.0
    _, candidate = prompting(LOCAL.model_copy(update={"input_price": 1.0}))
    assert not candidate.selected
    assert candidate.reason.endswith(f"left out because it costs about ${candidate.estimate.dollars:.2f}; ask for it by name")
    for approaches, samples in ((["prompting"], False), (None, True)):
        _, candidate = prompting(REMOTE, approaches, samples)
        assert candidate.selected
        assert candidate.leaves_machine


def test_more_dollars_than_may_be_spent_are_not_possible() -> None:
    ids = list(range(1000))
    split = Split(train=ids[400:], validation=ids[:200], test=ids[200:400], test_source="held-out", how="", data_hash="h")
    task = TASK.model_copy(update={"constraints": Constraints(max_dollars=0.01)})
    plan = propose(task, profile(1000), split, MACHINE, attachments={"train": "a"}, language_model=REMOTE)
    entry = next(entry for entry in plan.not_possible if entry.name == "prompting")
    assert entry.reason.startswith("costs about $0.")
    assert entry.reason.endswith(", and $0.01 may be spent")
    assert plan.language_model is None


def test_the_number_of_examples_follows_the_rows_and_their_length() -> None:
    def counts(pool: int, tokens: float, local: bool = False) -> list[int]:
        return sorted({setting.examples for setting in settings_for(TASK, pool, tokens, local)})

    assert counts(0, 0) == [0]
    assert counts(7, 20) == [0]
    assert counts(10, 20) == [0, 4]
    assert counts(500, 20) == [0, 4, 16]
    assert counts(500, 800) == [0, 4]
    assert counts(500, 800, local=True) == [0]
    assert trying_questions(1, 100) == 0
    assert trying_questions(4, 0) == 0
    assert trying_questions(4, 10) == 40


@pytest.mark.parametrize(
    "kind", ["text-classification", "multilabel-text-classification", "tabular-classification", "tabular-regression"]
)
def test_every_wording_is_whole(kind: TaskKind) -> None:
    labels = None if kind == "tabular-regression" else [Label(name="billing", description="money"), Label(name="login")]
    task = TASK.model_copy(update={"kind": kind, "labels": labels, "instruction": "Read the last sentence first."})
    for setting in settings_for(task, 100, 20, local=False):
        made = files(task, setting, (1.0, 2.5, 9.0))
        assert "{{" not in made["system"]
        assert "sort the mail" in made["system"]
        assert ("- billing: money" in made["system"]) == (setting.described and labels is not None)
        assert ("{{ examples }}" in made["question"]) == bool(setting.examples)
        assert ("Read the last sentence first." in made["system"]) == (setting.wording == "instructed")
