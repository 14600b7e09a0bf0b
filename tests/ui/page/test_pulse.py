from __future__ import annotations

from agent import conversations
from agent.session import Session


def test_the_mark_changes_with_every_change_and_only_then(planned: Session) -> None:
    first = conversations.latest(planned.conversation)
    planned.state()
    assert conversations.latest(planned.conversation) == first
    planned.allow_samples(True)
    second = conversations.latest(planned.conversation)
    assert second != first
    planned.send("hello")
    assert conversations.latest(planned.conversation) not in (first, second)


def test_a_conversation_that_is_not_there_has_no_mark() -> None:
    assert conversations.latest("nowhere") == ""
