"""The words that everything else is said in: errors, tasks, plans."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tools.core.errors import DataError, FasttrackError, Interrupted, NothingBuilt
from tools.core.plan import Candidate, Estimate, Plan
from tools.core.task import MODALITY, TASK_KINDS, Label, MetricSpec, TaskSpec


def a_plan(**changes: object) -> Plan:
    candidate = Candidate(
        name="majority", approach="baseline", title="the commonest class", reason="-", estimate=Estimate(minutes=0.1)
    )
    values = {
        "task": TaskSpec(),
        "attachments": {},
        "candidates": [candidate],
        "metric": MetricSpec(name="accuracy"),
        "test_rows": 9,
    }
    return Plan.model_validate(values | changes)


def test_an_error_says_expected_found_and_what_to_do() -> None:
    error = DataError(expected="a table", found="an empty file", remedy="Choose another file.")
    assert str(error) == "Expected a table. Found an empty file. Choose another file."
    assert error.as_dict() == {
        "code": "bad-data",
        "expected": "a table",
        "found": "an empty file",
        "remedy": "Choose another file.",
    }


@pytest.mark.parametrize(("kind", "exit_code"), [(DataError, 2), (NothingBuilt, 3), (Interrupted, 130)])
def test_exit_codes_are_those_of_the_contract(kind: type[FasttrackError], exit_code: int) -> None:
    assert kind.exit_code == exit_code


def test_every_kind_has_a_modality() -> None:
    assert set(MODALITY) == set(TASK_KINDS)


def test_a_misspelt_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        TaskSpec.model_validate({"targett": "price"})


def test_label_names_keep_their_order() -> None:
    assert TaskSpec(labels=[Label(name="b"), Label(name="a")]).label_names == ["b", "a"]


def test_the_hash_is_of_everything_that_approval_is_about() -> None:
    plan = a_plan()
    assert plan.hash == a_plan().hash
    unticked = plan.candidates[0].model_copy(update={"selected": False})
    assert a_plan(candidates=[unticked]).hash != plan.hash
    assert a_plan(metric=MetricSpec(name="recall", label="spam", at=0.9)).hash != plan.hash
    assert a_plan(test_rows=10).hash != plan.hash


def test_only_ticked_candidates_are_built() -> None:
    plan = a_plan()
    unticked = plan.candidates[0].model_copy(update={"selected": False, "name": "other"})
    assert [c.name for c in a_plan(candidates=[plan.candidates[0], unticked]).selected] == ["majority"]
