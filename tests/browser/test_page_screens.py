"""The page's five main moments as pictures: empty, plan, progress, results, labelling.

They go into a temporary folder. `FASTTRACK_SCREENS=examples/screens pytest tests/browser/test_page_screens.py` puts those that
the README shows in their place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

SLOW = 120_000  # milliseconds
SAMPLE = Path(__file__).parents[2] / "examples" / "support_messages.csv"
LARGEST = 300_000  # bytes of a picture
TO_THE_TOP = "document.querySelector('[data-testid=stMain]').scrollTo(0, 0)"
VISITORS = (
    "The guide made the old maps come alive", "Coffee was cold and the queue was long", "Why is the tower closed on Mondays?",
    "Could not find the lift with my pram", "Wonderful light in the new hall", "Is there a ticket for families?",
    "The shop had nothing for children", "Staff at the desk were kind and quick", "Too dark to read the labels",
    "When does the next tour begin?",
)  # fmt: skip

WHEN = ("today", "last Sunday", "in the morning", "this time", "before noon", "as always")


@pytest.fixture(scope="module", autouse=True)
def offline() -> Iterator[None]:
    """Workers and proofs of this file make no connection; before the server starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTTRACK_OFFLINE", "1")
        yield


@pytest.fixture
def shoot(tmp_path: Path, new_page: Any) -> Any:
    """Takes a picture of the window's address at both widths; the narrow ones are only looked at, and not kept."""
    kept = Path(os.environ["FASTTRACK_SCREENS"]) if os.environ.get("FASTTRACK_SCREENS") else tmp_path
    kept.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str, height: int = 860) -> None:
        page.set_viewport_size({"width": 1280, "height": height})
        page.wait_for_timeout(1000)  # bars have come to rest
        page.screenshot(path=kept / f"{name}.png")
        assert (kept / f"{name}.png").stat().st_size < LARGEST
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_timeout(600)
        page.screenshot(path=tmp_path / f"{name}-phone.png")
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= 390, f"{name} scrolls sideways in a narrow window"
        page.set_viewport_size({"width": 1280, "height": 860})

    return take


def say(page: Page, words: str, file: Path) -> None:
    """Write in the box and press Enter."""
    page.locator("[data-testid=stChatInput] input[type=file]").set_input_files(str(file))
    page.get_by_test_id("stFileChip").first.wait_for()
    page.get_by_test_id("stFileChipIconSpinner").wait_for(state="detached")
    page.get_by_test_id("stChatInputTextArea").fill(words)
    page.get_by_test_id("stChatInputTextArea").press("Enter")


def test_the_moments_from_an_empty_screen_to_the_results(page: Page, shoot: Any) -> None:
    shoot(page, "empty")
    say(page, "sort these messages by what people want", SAMPLE)
    approve = page.get_by_role("button", name="Approve and build")
    approve.wait_for(timeout=SLOW)
    shoot(page, "plan", 1180)
    approve.click()
    page.locator(".ft-step-done").nth(2).wait_for(timeout=SLOW)
    page.evaluate(TO_THE_TOP)
    shoot(page, "progress")
    page.locator(".ft-step-done").nth(3).wait_for(timeout=SLOW)
    page.get_by_role("button", name="Stop now, keep the best").click()
    results = page.locator(".st-key-card-results")
    results.wait_for(timeout=SLOW)
    trying = page.locator(".st-key-card-try")
    trying.get_by_role("button", name="Ask").click()
    trying.locator(".ft-answer-value").wait_for(timeout=SLOW)
    page.evaluate(TO_THE_TOP)
    shoot(page, "results", 1180)
    assert "is my choice: " in results.inner_text()


def test_the_moment_of_labelling(page: Page, shoot: Any, tmp_path: Path) -> None:
    file = tmp_path / "visitors.csv"
    said = [f"{text.rstrip('?')} {when}{'?' if '?' in text else ''}" for when in WHEN for text in VISITORS]
    file.write_text("comment\n" + "".join(f"{text}\n" for text in said))
    say(page, "sort the comments into praise, complaint, question", file)
    page.get_by_role("button", name="Label rows").click(timeout=SLOW)
    keys = page.locator(".st-key-label-keys").get_by_role("button")
    for number in range(12):
        page.get_by_text(f"Row {number + 1} of 30").wait_for()
        keys.nth(number % 3).click()
    page.get_by_text("Row 13 of 30").wait_for()
    shoot(page, "labelling", 760)
    assert page.get_by_text("Row 12 of 30").count() == 0
