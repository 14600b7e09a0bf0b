"""The average of finished candidates: weights, what it is judged by, and the model folder that it writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.approaches.averaging import Averaging, quick_enough
from tools.approaches.base import FitJob, LeftOut, Member, Predictions, Rows, Standing
from tools.approaches.weights import Stakes, held_out, learn_weights
from tools.core.task import Constraints, Label, MetricSpec, Priority, TaskSpec
from tools.runtime import load

Jobs = Callable[..., FitJob]


def stakes(*told: np.ndarray, how: Any = "squared", target: np.ndarray | None = None) -> Stakes:
    n = len(told[0])
    truth = np.zeros(n) if target is None else target
    return Stakes(np.stack(told), how, truth, np.ones(n), np.arange(n))


def test_members_whose_errors_cancel_are_both_taken_and_a_bad_one_is_not() -> None:
    random = np.random.default_rng(0)
    noise = random.normal(size=(2, 2000))
    weights = learn_weights(stakes(noise[0], noise[1], 5 + noise[0]), first=0, seed=0)
    assert weights == pytest.approx([0.5, 0.5, 0.0], abs=0.1)
    assert weights.sum() == pytest.approx(1.0)


def test_with_few_rows_those_that_cannot_be_told_apart_count_alike() -> None:
    random = np.random.default_rng(1)
    weights = learn_weights(stakes(*random.normal(size=(3, 30))), first=0, seed=0)
    assert weights == pytest.approx([1 / 3] * 3, abs=0.05)


def test_rows_of_a_group_hang_together_so_that_few_groups_tell_little() -> None:
    """Four windows of a forecast: one forecaster is better in three of them, the other in the last one, by less in all."""
    window = np.repeat(np.arange(4), 200)
    first, second = np.ones(800), np.array([1.2, 1.3, 1.2, 0.7])[window]
    apart = stakes(first, second, how="absolute")
    together = Stakes(apart.told, apart.how, apart.target, apart.scale, window)
    assert learn_weights(apart, first=0, seed=0).tolist() == [1.0, 0.0]
    assert learn_weights(together, first=0, seed=0) == pytest.approx([0.5, 0.5], abs=0.01)


def test_with_many_rows_the_better_one_is_taken_alone() -> None:
    right = np.full(20_000, 0.9)
    weights = learn_weights(stakes(right, right * 0.2, how="probability"), first=0, seed=0)
    assert weights.tolist() == [1.0, 0.0]


def test_at_most_so_many_members_are_taken() -> None:
    random = np.random.default_rng(2)
    weights = learn_weights(stakes(*random.normal(size=(6, 50))), first=5, seed=0, most=2)
    assert (weights > 0).sum() == 2
    assert weights[5] > 0, "the metric's favourite is among them"


def test_each_row_is_judged_by_weights_that_were_learned_without_it() -> None:
    random = np.random.default_rng(3)
    whole = stakes(*random.normal(size=(3, 60)))
    folds = held_out(whole, first=0, seed=0)
    assert sorted(np.concatenate([groups for groups, _ in folds]).tolist()) == list(range(60))
    groups, weights = folds[0]
    told = whole.told.copy()
    told[:, groups] = 1e6  # what is held out cannot matter
    moved = Stakes(told, whole.how, whole.target, whole.scale, whole.group)
    assert np.array_equal(held_out(moved, first=0, seed=0)[0][1], weights)


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    """jobs(members): a job on 100 rows that are `yes` where x is above 0, with members that answer by a constant."""

    def make(*names: str, milliseconds: float = 1.0, priority: Priority | None = None) -> FitJob:
        random = np.random.default_rng(0)
        inputs = pd.DataFrame({"x": random.normal(size=100)})
        rows = Rows(inputs, pd.Series(np.where(inputs["x"] > 0, "yes", "no")))
        task = TaskSpec(
            kind="tabular-classification", modality="table", inputs=["x"], target="y",
            labels=[Label(name="no"), Label(name="yes")], constraints=Constraints(priority=priority),
        )  # fmt: skip
        members = [_member(tmp_path / name, name, inputs, at, milliseconds) for at, name in enumerate(names)]
        return FitJob(
            task=task, metric=MetricSpec(name="accuracy"), train=rows.take(range(50)), validation=rows, folds=None,
            folder=tmp_path / "model", minutes=1.0, progress=lambda fraction, phase: None, cores=1,
            column_roles={"x": "number"}, members=lambda: members,
        )  # fmt: skip

    return make


def _member(folder: Path, name: str, inputs: pd.DataFrame, at: int, milliseconds: float) -> Member:
    """Right but for noise of its own."""
    import json

    share = 0.3 + 0.2 * at
    folder.mkdir()
    manifest = {
        "format": "constant", "kind": "tabular-classification", "inputs": [{"name": "x", "role": "number"}], "target": "y",
        "labels": ["no", "yes"], "requirements": ["numpy"], "constant": [1 - share, share],
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    odds = 2 * inputs["x"].to_numpy() + np.random.default_rng(100 + at).normal(size=len(inputs))
    yes = 1 / (1 + np.exp(-odds))
    return Member(
        name,
        f"the {name} one",
        folder,
        Predictions(probabilities=np.column_stack([1 - yes, yes])),
        milliseconds,
        milliseconds / 4,
    )


def test_the_model_averages_what_its_members_say(jobs: Jobs) -> None:
    job = jobs("first", "second")
    fitted = Averaging().fit(job)
    model = load(job.folder)
    weights = {one["name"]: one["weight"] for one in model.manifest["members"]}
    assert sum(weights.values()) == pytest.approx(1.0)
    expected = weights["first"] * 0.3 + weights["second"] * 0.5
    assert model.raw([{"x": 1.0}])[0, 1] == pytest.approx(expected)
    assert model.manifest["requirements"] == ["numpy"]
    assert fitted.settings["members"] == {name: round(weight, 3) for name, weight in weights.items()}
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    assert fitted.validation.probabilities.sum(axis=1) == pytest.approx(np.ones(100))


def test_the_average_is_better_than_its_noisy_members(jobs: Jobs) -> None:
    job = jobs("first", "second", "third")
    fitted = Averaging().fit(job)
    truth = (job.validation.target == "yes").to_numpy()

    def loss(found: Predictions | None) -> float:
        assert found is not None
        assert found.probabilities is not None
        return float(-np.log(np.where(truth, found.probabilities[:, 1], found.probabilities[:, 0])).mean())

    assert loss(fitted.validation) < min(loss(member.validation) for member in job.members())


def test_a_single_candidate_leaves_nothing_to_average(jobs: Jobs) -> None:
    with pytest.raises(LeftOut) as error:
        Averaging().fit(jobs("first"))
    assert str(error.value) == ("there is nothing to average: 1 of the other candidates is finished, measured and quick enough")


@pytest.mark.parametrize(("priority", "kept"), [(None, ["first"]), ("quality", ["first", "second"])])
def test_two_slow_models_are_averaged_only_where_quality_comes_first(jobs: Jobs, priority: Priority, kept: list[str]) -> None:
    job = jobs("first", "second", milliseconds=20.0, priority=priority)
    assert [member.name for member in quick_enough(job)] == kept


def test_the_persons_limit_on_the_time_of_an_answer_holds(jobs: Jobs) -> None:
    job = jobs("first", "second", milliseconds=20.0, priority="quality")
    job.task.constraints.max_latency_ms = 30.0
    assert [member.name for member in quick_enough(job)] == ["first"]


def test_without_rivals_nothing_is_hopeless() -> None:
    assert Standing().hopeless(0.0, 1.0) is None
