from __future__ import annotations

from tools.core.plan import Budget, Candidate, Estimate, Plan
from tools.core.task import Label, MetricSpec, TaskSpec
from ui.page.plan_draft import Draft, Totals, fitting_metrics, labels_as_lines, labels_from_lines


def candidate(name: str, selected: bool, leaves: list[str] | None = None) -> Candidate:
    estimate = Estimate(minutes=2, dollars=0.5, download_mb=10, memory_mb=300 if name == "a" else 900)
    return Candidate(
        name=name,
        approach="baseline",
        title=name,
        reason="why",
        estimate=estimate,
        selected=selected,
        leaves_machine=leaves or [],
    )


PLAN = Plan(
    task=TaskSpec(kind="text-classification"),
    attachments={},
    candidates=[candidate("a", True), candidate("b", False, ["rows to x"])],
    metric=MetricSpec(name="accuracy"),
    test_rows=10,
    budget=Budget(minutes=30, dollars=1),
)


def test_a_draft_like_the_plan_changes_nothing() -> None:
    assert Draft({"a": True, "b": False}, 30, 1).changes(PLAN) == {}


def test_only_what_differs_is_sent() -> None:
    draft = Draft({"a": True, "b": True}, 10, 2, {"target": "team"})
    assert draft.changes(PLAN) == {"tick": {"b": True}, "minutes": 10, "dollars": 2, "task": {"target": "team"}}


def test_totals_follow_the_ticks() -> None:
    assert Draft({"a": True, "b": False}, 30, 1).totals(PLAN) == Totals(1, 2, 0.5, 10, 300, [])
    assert Draft({"a": True, "b": True}, 30, 1).totals(PLAN) == Totals(2, 4, 1.0, 20, 900, ["rows to x"])


def test_metrics_fit_the_kind() -> None:
    assert "rmse" in fitting_metrics(TaskSpec(kind="tabular-regression"))
    assert "accuracy" not in fitting_metrics(TaskSpec(kind="tabular-regression"))
    assert "macro-f1" in fitting_metrics(TaskSpec(kind="text-classification"))


def test_labels_go_through_lines_and_back() -> None:
    labels = [Label(name="a: b", description="first"), Label(name="c")]
    assert labels_as_lines(labels) == "a: b: first\nc"
    assert labels_from_lines("a: b: first\n\nc\nd: new one", labels) == [
        {"name": "a: b", "description": "first"},
        {"name": "c", "description": None},
        {"name": "d", "description": "new one"},
    ]
