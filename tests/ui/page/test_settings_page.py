from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tools import settings

PATIENCE = 60.0


@pytest.fixture
def page() -> Any:
    from streamlit.testing.v1 import AppTest

    def only_settings() -> None:
        from ui.page import settings

        settings.show()

    return AppTest.from_function(only_settings, default_timeout=PATIENCE).run()


def named(elements: Any, label: str) -> Any:
    return next(one for one in elements if one.label.startswith(label))


def test_a_key_stays_in_the_window_and_the_rest_is_saved(page: Any, own_home: Path) -> None:
    page.radio[0].set_value("openai").run()
    named(page.text_input, "Model").set_value("some-model").run()
    named(page.text_input, "Key").set_value("sk-very-secret").run()
    named(page.number_input, "Minutes").set_value(7.0).run()
    named(page.button, "Save").click().run()
    assert not page.exception
    saved = settings.kept()
    assert (saved.brain, saved.minutes, saved.offline) == ("openai:some-model", 7.0, False)
    assert page.session_state["keys"] == {"OPENAI_API_KEY": "sk-very-secret"}
    written = [file.read_bytes() for file in own_home.rglob("*") if file.is_file()]
    assert written
    assert not any(b"sk-very-secret" in content for content in written)


def test_a_brain_that_cannot_be_is_told_and_nothing_is_saved(page: Any, shown: Any) -> None:
    page.radio[0].set_value("openai").run()
    named(page.button, "Save").click().run()
    assert "Expected a brain" in shown(page)
    assert settings.kept() == settings.Settings()


def test_what_was_saved_is_shown_again(page: Any) -> None:
    settings.save(settings.Settings(brain="llamacpp:/models/small.gguf", dollars=2.0))
    page.run()
    assert page.radio[0].value == "llamacpp"
    assert named(page.text_input, "Path").value == "/models/small.gguf"
    assert named(page.number_input, "Dollars").value == 2.0


def test_a_settings_file_that_cannot_be_read_is_told(page: Any, shown: Any, own_home: Path) -> None:
    (own_home / settings.FILE).write_text("no json")
    page.run()
    assert "The defaults hold; mend the file, or delete it." in shown(page)
