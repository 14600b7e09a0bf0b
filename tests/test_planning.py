"""Plans: what is ticked, what is left out and why, and that the minutes are never promised twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tools.approaches.base import Machine
from tools.core.data import ColumnProfile, DataProfile, FileProfile, Split
from tools.core.errors import BrainIsTold, TaskError
from tools.core.plan import Plan
from tools.core.task import Constraints, Label, MetricSpec, Priority, TaskKind, TaskSpec
from tools.planning import describe_situation, propose

MACHINE = Machine(cores=2, memory_mb=16_000, free_disk_mb=50_000, gpu=False, offline=True, rates={"machine_speed": 1.0})


def table_task(kind: TaskKind = "tabular-classification", priority: Priority | None = None) -> TaskSpec:
    return TaskSpec(
        kind=kind,
        modality="table",
        inputs=["age", "town"],
        target="left",
        labels=None if kind == "tabular-regression" else [Label(name="no"), Label(name="yes")],
        constraints=Constraints(priority=priority),
    )


def profile(rows: int) -> DataProfile:
    left = ColumnProfile(
        name="left",
        role="category",
        dtype="str",
        rows=rows,
        missing=0,
        unique=2,
        top=[("no", rows * 3 // 4), ("yes", rows // 4)],
    )
    return DataProfile(
        files=[FileProfile(attachment="a", file="people.csv", role="train", format="csv", rows=rows, columns=[left])]
    )


def split(rows: int) -> Split:
    test = rows // 5
    ids = list(range(rows))
    return Split(
        train=ids[2 * test :], validation=ids[:test], test=ids[test : 2 * test], test_source="held-out", how="", data_hash="h"
    )


def plan(
    task: TaskSpec,
    rows: int = 1000,
    minutes: float | None = None,
    approaches: list[str] | None = None,
    machine: Machine = MACHINE,
) -> Plan:
    return propose(
        task,
        profile(rows),
        split(rows) if rows else None,
        machine,
        attachments={"train": "a"},
        minutes=minutes,
        approaches=approaches,
    )


def ticked(found: Plan) -> list[str]:
    return [candidate.name for candidate in found.selected]


@pytest.mark.parametrize(("kind", "trivial"), [("tabular-classification", "majority"), ("tabular-regression", "mean")])
@pytest.mark.parametrize("rows", [120, 1000, 20_000])
def test_tables_get_the_trivial_answer_baselines_and_automl(kind: TaskKind, trivial: str, rows: int) -> None:
    found = ticked(plan(table_task(kind), rows))
    assert set(found) == {trivial, "linear", "gradient-boosting", "autogluon", "average"}
    assert (found[0], found[-1]) == (trivial, "average")


def test_the_default_is_ten_minutes() -> None:
    assert plan(table_task()).budget.minutes == 10
    task = table_task().model_copy(update={"constraints": Constraints(minutes=3)})
    assert plan(task).budget.minutes == 3
    assert plan(task, minutes=5).budget.minutes == 5


@pytest.mark.parametrize("minutes", [0.5, 1, 5, 10, 60])
@pytest.mark.parametrize("rows", [120, 20_000])
def test_caps_keep_within_the_minutes(minutes: float, rows: int) -> None:
    found = plan(table_task(), rows, minutes)
    assert sum(candidate.cap_minutes for candidate in found.selected) <= minutes
    assert all(candidate.cap_minutes > 0 for candidate in found.selected)
    assert "majority" in ticked(found)


def test_what_does_not_fit_the_minutes_is_left_out_with_the_reason() -> None:
    found = plan(table_task(), 200_000, minutes=1)
    left_out = [candidate for candidate in found.candidates if not candidate.selected]
    assert left_out
    assert all("left out because it needs about" in candidate.reason for candidate in left_out)


@pytest.mark.parametrize("minutes", [2, 3])
def test_what_adapts_to_its_minutes_leaves_room_for_the_others(minutes: float) -> None:
    wide = {"inputs": [f"c{at}" for at in range(23)], "labels": [Label(name=name) for name in ("no", "yes", *"abcdefg")]}
    found = plan(table_task().model_copy(update=wide), 3_400, minutes)
    assert set(ticked(found)) == {"majority", "linear", "gradient-boosting", "autogluon", "average"}
    for one in found.selected:
        if one.name in ("autogluon", "gradient-boosting"):
            assert one.formula_minutes is not None
            assert one.estimate.minutes <= one.cap_minutes < one.formula_minutes  # all of it would be longer than they get
        else:
            assert one.estimate.minutes <= one.cap_minutes  # what cannot adapt is not cut short


def test_approaches_are_chosen_by_rung_or_by_name() -> None:
    assert ticked(plan(table_task(), approaches=["automl"])) == ["majority", "autogluon"]
    assert ticked(plan(table_task(), approaches=["Linear "])) == ["majority", "linear"]
    others = [candidate for candidate in plan(table_task(), approaches=["linear"]).candidates if not candidate.selected]
    assert all(candidate.reason.endswith("; not asked for") for candidate in others)


def test_an_unknown_approach_is_answered_with_the_known_ones() -> None:
    with pytest.raises(TaskError) as error:
        plan(table_task(), approaches=["linear", "magic"])
    assert str(error.value) == (
        "Expected rungs (baseline, zero-shot, prompting, fine-tuning, automl) or candidates (autogluon, average, "
        "gradient-boosting, linear, majority, prompting). Found magic. Name one of those, or leave the approaches out."
    )
    assert error.value.code == "unknown-approach"


@pytest.mark.parametrize("priority", ["speed", "cost"])
def test_a_thrifty_person_gets_no_long_candidates(priority: Priority) -> None:
    found = plan(table_task(priority=priority), 500_000)
    assert "autogluon" not in ticked(found)
    assert {"majority", "linear"} <= set(ticked(found))
    reason = next(candidate.reason for candidate in found.candidates if candidate.name == "autogluon")
    assert f"left out because you prefer {priority}" in reason


def test_what_seldom_pays_is_left_to_the_person() -> None:
    texts = table_task("text-classification").model_copy(update={"modality": "text", "inputs": ["message"]})
    [automl] = [candidate for candidate in plan(texts, rows=5000, minutes=5).candidates if candidate.name == "automl-text"]
    assert not automl.selected
    assert automl.reason.endswith("left out because its minutes serve the others better")
    assert "automl-text" in ticked(plan(texts, rows=5000, approaches=["automl"]))


def test_a_download_is_never_ticked_unasked() -> None:
    texts = table_task("text-classification").model_copy(update={"modality": "text", "inputs": ["message"]})
    online = replace(MACHINE, offline=False)
    found = {candidate.name: candidate for candidate in plan(texts, machine=online).candidates}
    assert found["zero-shot-nli"].estimate.download_mb > 0
    assert not found["zero-shot-nli"].selected
    assert found["zero-shot-nli"].reason.endswith("left out because it needs a download; ask for it by name")
    assert "zero-shot-nli" in ticked(plan(texts, machine=online, approaches=["zero-shot-nli"]))


def test_prompting_is_listed_as_not_possible() -> None:
    entry = next(entry for entry in plan(table_task()).not_possible if entry.name == "prompting")
    assert entry.reason == (
        "no language model is set up; name one with --brain openai:MODEL or --brain llamacpp:PATH "
        "(or with FASTTRACK_MODEL and no --brain builtin); `fasttrack doctor` shows what is there"
    )


def test_without_labels_nothing_can_be_learned_from_a_table() -> None:
    found = plan(table_task(), rows=0)
    assert found.candidates == []
    assert {entry.name for entry in found.not_possible} >= {"majority", "linear", "gradient-boosting", "autogluon"}


def test_too_little_memory_is_said() -> None:
    small = Machine(cores=2, memory_mb=500, free_disk_mb=50_000, gpu=False, offline=True)
    entry = next(entry for entry in plan(table_task(), machine=small).not_possible if entry.name == "autogluon")
    assert entry.reason.startswith("needs about ")
    assert entry.reason.endswith(" MB of memory, and 450 MB may be used")


def test_a_kind_without_approaches_is_told_to_the_brain() -> None:
    with pytest.raises(BrainIsTold) as error:
        plan(TaskSpec(kind="image-segmentation"))
    assert "Found image-segmentation." in str(error.value)


def test_an_asked_metric_is_kept() -> None:
    task = table_task().model_copy(update={"metric": MetricSpec(name="recall", label="yes", at=0.9)})
    assert plan(task).metric == MetricSpec(name="recall", label="yes", at=0.9)


def test_label_counts_are_of_the_training_rows() -> None:
    situation = describe_situation(table_task(), profile(1000), split(1000), MACHINE, minutes=10)
    assert situation.train_rows == 800
    assert situation.label_counts == {"no": 600, "yes": 200}


def test_truth_corrects_the_next_estimate() -> None:
    slow = Machine(
        cores=2,
        memory_mb=16_000,
        free_disk_mb=50_000,
        gpu=False,
        offline=True,
        rates={f"{key}:linear:{size}": value for size in range(5) for key, value in {"learnt": 140.0, "seen": 100.0}.items()},
    )
    estimates = [
        next(
            candidate.estimate.minutes
            for candidate in plan(table_task(), machine=machine).candidates
            if candidate.name == "linear"
        )
        for machine in (MACHINE, slow)
    ]
    assert estimates[1] == pytest.approx(4 * estimates[0], rel=0.15)
