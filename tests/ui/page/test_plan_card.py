from __future__ import annotations

from typing import Any

from markupsafe import escape

from agent.session import Session


def button(page: Any, name: str) -> Any:
    return next(one for one in page.button if one.label == name)


def named(page: Any) -> list[str]:
    return [one.label for one in page.button]


def test_the_card_shows_each_candidate_with_what_it_takes(planned: Session, panel: Any, shown: Any) -> None:
    page, plan = panel("plan_card", planned), planned.state().plan
    assert not page.exception
    assert plan is not None
    text = shown(page)
    for one in plan.candidates:
        assert one.reason in text
    assert all(str(escape(entry.reason)) in text for entry in plan.not_possible)
    assert "nothing leaves this machine" in text
    assert "Judged by accuracy" in text
    assert [tick.value for tick in page.checkbox] == [one.selected for one in plan.candidates]
    assert named(page) == ["Approve and build", "Not this"]


def test_the_trivial_answer_cannot_be_unticked(planned: Session, panel: Any) -> None:
    page = panel("plan_card", planned)
    assert [tick.disabled for tick in page.checkbox] == [
        tick.label.startswith("Build always the most") for tick in page.checkbox
    ]


def test_after_an_edit_only_the_new_plan_can_be_made_and_then_be_approved(
    planned: Session, panel: Any, ended: Any, shown: Any
) -> None:
    page, before = panel("plan_card", planned), planned.state()
    assert before.plan is not None
    ticked = [tick for tick in page.checkbox if tick.value and not tick.disabled]
    total = f"{len(before.plan.selected) - 1} to build"
    ticked[-1].uncheck().run()
    assert named(page) == ["Update the plan", "Undo my changes"]
    assert total in shown(page)
    button(page, "Update the plan").click().run()
    assert ended(planned).problem is None
    after = planned.state()
    assert after.plan is not None
    assert after.card == after.plan.hash != before.card
    assert len(after.plan.selected) == len(before.plan.selected) - 1


def test_undoing_shows_the_plan_again(planned: Session, panel: Any) -> None:
    page = panel("plan_card", planned)
    first = next(tick for tick in page.checkbox if tick.value and not tick.disabled)
    first.uncheck().run()
    button(page, "Undo my changes").click().run()
    assert named(page) == ["Approve and build", "Not this"]


def test_caps_and_the_metric_are_sent(planned: Session, panel: Any, ended: Any) -> None:
    page = panel("plan_card", planned)
    next(one for one in page.select_slider if one.label == "Minutes at most").set_value(5.0).run()
    metric = next(one for one in page.selectbox if one.label == "Judge by")
    metric.set_value("macro-f1").run()
    button(page, "Update the plan").click().run()
    assert ended(planned).problem is None
    plan = planned.state().plan
    assert plan is not None
    assert plan.budget.minutes == 5.0
    assert plan.metric.name == "macro-f1"


def test_what_does_not_fit_is_told_and_the_card_stays(planned: Session, panel: Any, ended: Any) -> None:
    page, before = panel("plan_card", planned), planned.state()
    next(one for one in page.selectbox if one.label == "Judge by").set_value("recall").run()
    area = next(one for one in page.text_area)
    area.set_value("billing\nshipping\nnobody has this").run()
    if "Update the plan" in named(page):
        button(page, "Update the plan").click().run()
        ended(planned)
    after = planned.state()
    assert after.card is not None
    assert after.plan is not None
    assert before.plan is not None


def test_approving_is_a_turn_about_exactly_this_plan(planned: Session, panel: Any, ended: Any, monkeypatch: Any) -> None:
    decided: list[tuple[str, bool]] = []
    monkeypatch.setattr(Session, "decide", lambda self, plan_hash, approve, hear=None: decided.append((plan_hash, approve)))
    page = panel("plan_card", planned)
    button(page, "Approve and build").click().run()
    ended(planned)
    button(page, "Not this").click().run()
    ended(planned)
    card = planned.state().card
    assert decided == [(card, True), (card, False)]


def test_a_plan_that_was_turned_down_can_still_be_changed(planned: Session, panel: Any, shown: Any) -> None:
    state = planned.state()
    assert state.card is not None
    planned.decide(state.card, approve=False)
    page = panel("plan_card", planned)
    assert "This plan was turned down." in shown(page)
    assert "Approve and build" not in named(page)
