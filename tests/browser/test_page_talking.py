"""The page as a person uses it up to the approval: examples, questions, plans, addresses, windows, broken files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

HARMFUL = '<script>window.harmed=1</script><img src=x onerror="window.harmed=1"> ![x](http://127.0.0.1:9/x.png) $a^2$ :smile:'


def say(page: Page, words: str, files: list[Path] | None = None) -> None:
    """Write in the box and press Enter."""
    page.wait_for_function("document.querySelectorAll('[data-testid=stChatInput]').length === 1")
    box = page.get_by_test_id("stChatInputTextArea")
    if files:
        page.locator("[data-testid=stChatInput] input[type=file]").set_input_files([str(file) for file in files])
        page.get_by_test_id("stFileChip").first.wait_for()
        page.get_by_test_id("stFileChipIconSpinner").wait_for(state="detached")
    box.fill(words)
    box.press("Enter")


def replies(page: Page) -> Locator:
    """What the assistant said."""
    return page.locator("[data-role=assistant]")


def approve(page: Page) -> Locator:
    """The button of the plan that waits."""
    return page.get_by_role("button", name="Approve and build").last


def rows(path: Path, column: str, texts: list[str], labels: list[str], target: str = "team") -> Path:
    """A small CSV."""
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[column, target], *zip(texts, labels, strict=True)])
    return path


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    """60 short messages for two teams."""
    texts = [f"{'invoice' if number % 2 else 'parcel'} question number {number}" for number in range(60)]
    return rows(tmp_path / "tickets.csv", "message", texts, ["billing" if number % 2 else "shipping" for number in range(60)])


def test_an_example_gives_a_plan_that_can_be_changed_by_controls(page: Page) -> None:
    page.get_by_role("button", name="Sort messages by what people want").click()
    approve(page).wait_for()
    assert re.search(r"\?c=\w{12}$", page.url)
    assert "242 rows" in replies(page).last.inner_text()
    tick = page.get_by_test_id("stCheckbox").filter(has_text="The whole encoder fine").first
    tick.locator("label").click()
    update = page.get_by_role("button", name="Update the plan")
    update.wait_for()
    assert approve(page).count() == 0  # only what is shown can be approved
    update.click()
    approve(page).wait_for()
    assert not tick.get_by_role("checkbox").is_checked()
    assert "encoder" in page.locator("[data-role=person]").last.inner_text()


def test_a_question_has_choices_to_click_and_takes_words_too(page: Page, tickets: Path) -> None:
    say(page, "sort feedback from our museum visitors")
    replies(page).first.wait_for()
    say(page, "exhibition, staff, shop, building. no file yet")
    approve(page).wait_for()
    assert (
        "Each text will be sorted into exhibition, staff, shop and building" in page.locator(".st-key-card-plan").inner_text()
    )


def test_words_while_a_plan_waits_turn_it_down_and_change_it(page: Page, tickets: Path) -> None:
    say(page, "sort these messages by team", [tickets])
    approve(page).wait_for()
    say(page, "judge it by the recall of billing")
    page.locator(".st-key-card-plan .ft-quiet code").get_by_text("billing").wait_for()
    approve(page).wait_for()
    assert page.locator("[data-role=person]").count() == 2


def test_a_reload_and_another_window_show_the_same_and_other_conversations_are_apart(
    page: Page, new_page: Any, tickets: Path
) -> None:
    say(page, "sort these messages by team", [tickets])
    approve(page).wait_for()
    told = replies(page).last.inner_text()
    page.reload()
    approve(page).wait_for()
    assert replies(page).last.inner_text() == told
    other = new_page()
    other.goto(page.url)
    approve(other).wait_for()
    stranger = new_page()
    stranger.goto(page.url.partition("?")[0])
    say(stranger, "which customers will leave")
    replies(stranger).first.wait_for()
    other.get_by_role("button", name="Not this").click()
    page.get_by_text("This plan was turned down").wait_for()  # the first window learns of it by itself
    assert approve(page).count() == 0
    assert "customers" not in page.locator(".st-key-conversation").inner_text()


def test_a_broken_file_is_told_in_the_chat_and_nothing_is_lost(page: Page, tmp_path: Path, tickets: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"this is no workbook")
    say(page, "sort these messages by team", [broken])
    replies(page).first.wait_for()
    assert "broken.xlsx" in replies(page).first.inner_text()
    assert page.get_by_text("Traceback").count() == 0
    say(page, "here is the right one", [tickets])
    page.wait_for_function("document.querySelectorAll('[data-role=assistant]').length > 1")


def test_nothing_of_a_file_becomes_html_or_markdown(page: Page, tmp_path: Path) -> None:
    texts = [f"{HARMFUL} {number}" for number in range(60)]
    labels = ["<b>bold</b>" if number % 2 else "![y](http://127.0.0.1:9/y.png)" for number in range(60)]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    say(page, f"sort these by team {HARMFUL}", [rows(tmp_path / "x$a$:smile:<b>.csv", "message", texts, labels)])
    approve(page).wait_for()
    page.get_by_text("The data:").click()
    page.get_by_role("tab", name="First rows").click()
    page.get_by_text("onerror").first.wait_for()
    assert page.evaluate("window.harmed") is None
    assert [url for url in asked if ":9/" in url] == []
    assert page.locator(".katex").count() == 0
    assert ":smile:" in page.locator("[data-role=person]").first.inner_text()


def test_conversations_are_renamed_and_deleted(page: Page) -> None:
    say(page, "sort feedback from our museum visitors")
    replies(page).first.wait_for()
    address = page.url
    current = page.locator("[class*=st-key-entry-current]")
    current.get_by_test_id("stPopover").get_by_role("button").click()
    page.get_by_label("Name").fill("Museum")
    page.get_by_role("button", name="Rename").click()
    page.locator("[class*=st-key-entry-current]").get_by_text("Museum").wait_for()
    page.get_by_role("button", name="Rename").wait_for(state="hidden")
    page.locator("[class*=st-key-entry-current]").get_by_test_id("stPopover").get_by_role("button").click()
    page.get_by_role("button", name="Delete this conversation").click()
    page.get_by_text("What would you like to have done?").wait_for()
    page.goto(address)
    page.get_by_text("Found").wait_for()
    page.get_by_role("button", name="Start a new conversation").click()
    page.get_by_text("What would you like to have done?").wait_for()
    page.get_by_text("Museum", exact=True).first.wait_for(state="detached")
    assert page.get_by_text("Museum", exact=True).count() == 0


def test_a_phone_has_no_sideways_scrolling_and_the_box_at_hand(new_page: Any, page: Page, tmp_path: Path) -> None:
    labels = [f"team-{number % 200}" for number in range(800)]
    texts = [f"نص عربي رقم {number} word{number % 200}" for number in range(800)]
    wide = "a_column_name_of_about_sixty_characters_that_nobody_would_type"
    say(page, "sort these by team", [rows(tmp_path / "many.csv", wide, texts, labels)])
    approve(page).wait_for()
    phone = new_page(width=390, height=844)
    phone.goto(page.url)
    approve(phone).wait_for(state="attached")
    assert phone.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    box = phone.get_by_test_id("stChatInput").bounding_box()
    assert box is not None
    assert 600 < box["y"] < 844
