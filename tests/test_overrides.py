"""What a person fixed by options, checked against the data."""

from __future__ import annotations

import pytest

from tools.core.data import ColumnProfile, DataProfile, FileProfile
from tools.core.errors import TaskError
from tools.core.task import Label, MetricSpec, TaskSpec
from tools.overrides import Overrides, apply, check_metric, parse_list, parse_metric


def a_profile() -> DataProfile:
    def column(name: str, top: list[tuple[str, int]]) -> ColumnProfile:
        return ColumnProfile(name=name, role="category", dtype="str", rows=4, missing=0, unique=len(top), top=top)

    columns = [column("message", [(text, 1) for text in "abcd"]), column("Team", [("sales", 2), ("legal", 2)])]
    return DataProfile(files=[FileProfile(attachment="x", file="x.csv", role="train", format="csv", rows=4, columns=columns)])


def test_what_is_fixed_is_sure_and_no_longer_open() -> None:
    task = TaskSpec(inputs=["message", "Team"], confidence={"target": 0.2}, open_points={"target": "two columns fit"})
    fixed = apply(task, Overrides(target="team", labels=["legal", "sales"], priority="cost", offline=True), a_profile())
    assert (fixed.target, fixed.inputs, fixed.label_names) == ("Team", ["message"], ["legal", "sales"])
    assert (fixed.confidence["target"], fixed.open_points) == (1.0, {})
    assert (fixed.constraints.priority, fixed.constraints.offline, fixed.constraints.minutes) == ("cost", True, None)


def test_what_is_not_given_stays_as_it_was_understood() -> None:
    task = TaskSpec(target="Team", labels=[Label(name="sales", description="wants to buy")], horizon=3)
    assert apply(task, Overrides(), a_profile()) == task


def test_labels_of_cells_with_several_are_checked_one_by_one() -> None:
    column = ColumnProfile(
        name="topics", role="category", dtype="text", rows=9, missing=0, unique=3, top=[("a;b", 4), ("a", 3), ("b", 2)],
        single_labels=[("a", 7), ("b", 6)], label_separator=";",
    )  # fmt: skip
    shown = DataProfile(files=[FileProfile(attachment="f", file="f.csv", role="train", format="csv", columns=[column])])
    task = TaskSpec(kind="multilabel-text-classification", target="topics", label_separator=";")
    assert apply(task, Overrides(labels=["b"]), shown).label_names == ["b"]
    with pytest.raises(TaskError, match="Expected --labels to name values of topics"):
        apply(task, Overrides(labels=["a;b"]), shown)


def test_one_column_named_as_the_target_takes_the_place_of_many() -> None:
    task = TaskSpec(kind="multilabel-text-classification", target_columns=["message", "Team"])
    assert apply(task, Overrides(target="Team"), a_profile()).answer_columns == ["Team"]
    assert apply(task, Overrides(target="Team"), a_profile()).target_columns == []


def test_descriptions_of_labels_are_kept() -> None:
    task = TaskSpec(target="Team", labels=[Label(name="sales", description="wants to buy")])
    labels = apply(task, Overrides(labels=["legal", "sales"]), a_profile()).labels
    assert labels == [Label(name="legal"), Label(name="sales", description="wants to buy")]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            Overrides(target="Teem"),
            "Expected --target to name a column of the data (message, Team). Found 'Teem' (near: Team). "
            "Write the name as it stands in the header.",
        ),
        (
            Overrides(target="Team", labels=["sales", "legl"]),
            "Expected --labels to name values of Team (sales, legal). Found 'legl' (near: legal). "
            "Write the labels as they occur in the data, or leave --labels out.",
        ),
    ],
)
def test_what_the_data_contradicts_is_refused_with_near_matches(overrides: Overrides, message: str) -> None:
    with pytest.raises(TaskError) as refused:
        apply(TaskSpec(), overrides, a_profile())
    assert str(refused.value) == message


def test_a_target_without_any_file_asks_for_the_file() -> None:
    with pytest.raises(TaskError, match="Name the file that holds it"):
        apply(TaskSpec(), Overrides(target="Team"), DataProfile())


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("macro-f1", MetricSpec(name="macro-f1")),
        ("recall:spam", MetricSpec(name="recall", label="spam")),
        ("recall:spam@0.9", MetricSpec(name="recall", label="spam", at=0.9)),
        ("precision-at-k:yes@200", MetricSpec(name="precision-at-k", label="yes", at=200)),
        ("f1:mail@home", MetricSpec(name="f1", label="mail@home")),
        ("recall:wants: a refund@0.8", MetricSpec(name="recall", label="wants: a refund", at=0.8)),
    ],
)
def test_a_metric_is_written_as_name_label_and_number(text: str, metric: MetricSpec) -> None:
    assert parse_metric(text) == metric


@pytest.mark.parametrize("text", ["acuracy", "accuracy:spam", "mae@3", "", "recall@high"])
def test_other_forms_of_a_metric_are_refused(text: str) -> None:
    with pytest.raises(TaskError) as refused:
        parse_metric(text)
    assert refused.value.code == "unknown-metric"


def test_a_misspelt_metric_is_answered_with_the_near_one() -> None:
    with pytest.raises(TaskError, match=r"Found 'acuracy' \(near: accuracy"):
        parse_metric("acuracy")


@pytest.mark.parametrize(
    ("metric", "task"),
    [
        (MetricSpec(name="rmse"), TaskSpec(kind="text-classification")),
        (MetricSpec(name="macro-f1"), TaskSpec(kind="tabular-regression")),
        (MetricSpec(name="recall", label="spam"), TaskSpec(kind="text-classification", labels=[Label(name="ham")])),
    ],
)
def test_a_metric_must_fit_the_kind_and_the_labels(metric: MetricSpec, task: TaskSpec) -> None:
    with pytest.raises(TaskError):
        check_metric(metric, task)


def test_a_list_may_quote_a_comma() -> None:
    assert parse_list('a, "b, or c",a,, d') == ["a", "b, or c", "d"]
