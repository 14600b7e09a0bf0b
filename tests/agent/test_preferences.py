"""What a person wants different in a plan."""

from __future__ import annotations

from typing import Any

import pytest

from agent.preferences import preferences_in
from tools.workspace import Preferences


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("please leave out automl", {"exclude": ["automl"]}),
        ("ohne AutoML, bitte", {"exclude": ["automl"]}),
        ("sans le fine-tuning", {"exclude": ["fine-tuning"]}),
        ("only the baseline", {"approaches": ["baseline"]}),
        ("solo zero-shot", {"approaches": ["zero-shot"]}),
        ("I only care about legal mails", {}),
        ("what is automl?", {}),
    ],
)
def test_rungs_are_left_out_or_kept_alone(words: str, expected: dict[str, Any]) -> None:
    assert preferences_in(words, None) == expected


def test_a_preference_holds_until_it_is_said_otherwise() -> None:
    first = Preferences(exclude=["automl"], minutes=5)
    assert first.changed_by(Preferences(priority="cost")) == Preferences(exclude=["automl"], minutes=5, priority="cost")
    assert first.changed_by(Preferences(approaches=["automl"])).exclude == []
