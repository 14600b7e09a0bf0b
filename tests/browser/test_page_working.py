"""The page as a person uses it from the approval on: a run, its results, the download, labels by key, killed servers."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from small_runs import WORDS, comments, messages

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SLOW = 120_000  # milliseconds that a small run may take on a loaded machine
SAMPLE = Path(__file__).parents[2] / "examples" / "support_messages.csv"


@pytest.fixture(scope="module", autouse=True)
def offline() -> Iterator[None]:
    """Servers, workers and proofs of this file make no connection; before the server starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTTRACK_OFFLINE", "1")
        yield


def say(page: Page, words: str, files: list[Path] | None = None) -> None:
    """Write in the box and press Enter."""
    box = page.get_by_test_id("stChatInputTextArea")
    if files:
        page.locator("[data-testid=stChatInput] input[type=file]").set_input_files([str(file) for file in files])
        page.get_by_test_id("stFileChip").first.wait_for()
        page.get_by_test_id("stFileChipIconSpinner").wait_for(state="detached")
    box.fill(words)
    box.press("Enter")


def approve(page: Page) -> Locator:
    """The button of the plan that waits, once it is there; a server's first plan loads its libraries.

    While the page is drawn anew, the card of before stands above it for a moment.
    """
    button = page.get_by_role("button", name="Approve and build")
    button.last.wait_for(timeout=SLOW)
    page.get_by_test_id("stStatusWidget").wait_for(state="detached")
    button.nth(1).wait_for(state="detached")
    return button


def card(page: Page, name: str) -> Locator:
    """One of the cards beside the conversation."""
    return page.locator(f".st-key-card-{name}")


def begin_long_run(page: Page) -> Locator:
    """A run of some minutes, as it is being built; the card that follows it."""
    say(page, "sort the messages into their intent", [SAMPLE])
    approve(page).click()
    progress = card(page, "progress")
    progress.get_by_text("Building:").first.wait_for(timeout=SLOW)
    return progress


def test_the_whole_job_from_a_file_to_a_prototype_that_runs_and_its_own_page(page: Page, new_page: Any, tmp_path: Path) -> None:
    say(page, WORDS["messages"], [messages(tmp_path / "messages.csv")])
    approve(page)
    say(page, "only the baseline")
    page.get_by_text("2 to build").wait_for()
    approve(page).click()
    results = card(page, "results")
    results.wait_for(timeout=SLOW)
    assert results.locator(".ft-rival").count() == 2
    assert "Word and character counts with a linear model is my choice: " in results.inner_text()
    results.get_by_role("tab", name="Mistakes").click()
    results.get_by_text("onerror").first.wait_for()
    assert page.locator(".ft-mistakes img").count() == 0
    trying = card(page, "try")
    trying.get_by_label("message").fill("my parcel is late")
    trying.get_by_role("button", name="Ask").click()
    trying.locator(".ft-answer-value").get_by_text("shipping").wait_for()
    with page.expect_download() as download:
        results.get_by_role("button", name="Download the prototype").click()
    folder = unzipped(Path(download.value.path()), tmp_path)
    (tmp_path / "rows.csv").write_text("message\nmy parcel is late\n")
    command = [sys.executable, "predict.py", str(tmp_path / "rows.csv"), "-o", str(tmp_path / "out.csv")]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    assert "my parcel is late,shipping," in (tmp_path / "out.csv").read_text()
    with PrototypePage(folder) as address:
        ask_the_prototype(new_page(), address)


def unzipped(archive: Path, place: Path) -> Path:
    """The one folder in it."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(place / "unzipped")
    return next((place / "unzipped").iterdir())


class PrototypePage:
    """The prototype's own page, served for as long as this is open."""

    def __init__(self, folder: Path) -> None:
        with closing(socket.socket()) as trial:
            trial.bind(("127.0.0.1", 0))
            self.port = int(trial.getsockname()[1])
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            "app.py",
            "--server.headless",
            "true",
            "--server.port",
            str(self.port),
        ]
        environment = {**os.environ, "PYTHONPATH": ""}
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def __enter__(self) -> str:
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=2):
                return f"http://127.0.0.1:{self.port}"
            time.sleep(0.1)
        raise AssertionError("the prototype's page did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=15)


def ask_the_prototype(page: Page, address: str) -> None:
    """Fill in its form and read its answer."""
    page.goto(address)
    page.get_by_role("textbox").first.fill("charged twice, the invoice is wrong")
    page.get_by_role("button", name="Predict").click()
    page.get_by_text("bill").first.wait_for()
    assert page.get_by_text("Traceback").count() == 0


def test_cancelling_asks_once_keeps_what_is_finished_and_can_go_on_later(page: Page) -> None:
    progress = begin_long_run(page)
    progress.get_by_role("button", name="Cancel", exact=True).click()
    progress.get_by_role("button", name="No, go on").click()
    progress.get_by_role("button", name="Cancel", exact=True).click()
    progress.get_by_role("button", name="Yes, cancel it").click()
    progress.get_by_text("The run was cancelled").wait_for(timeout=SLOW)
    progress.get_by_role("button", name="Go on where it stopped").wait_for()
    page.reload()
    progress.get_by_text("The run was cancelled").wait_for()
    assert progress.get_by_text("Building:").count() == 0


def test_a_run_goes_on_through_a_reload_and_a_killed_server_and_stopping_keeps_the_best(page: Page, server: Any) -> None:
    progress = begin_long_run(page)
    progress.locator(".ft-step-done").first.wait_for(timeout=SLOW)
    began = time.monotonic()
    page.reload()
    progress.get_by_text("Building:").first.wait_for()
    assert time.monotonic() - began < 20, "measured in bench/page.py; here only that nothing hangs"
    server.kill()
    server.start()
    page.reload()
    progress.locator(".ft-step-done").nth(1).wait_for(timeout=SLOW)  # it was built meanwhile
    progress.get_by_role("button", name="Stop now, keep the best").click()
    results = card(page, "results")
    results.wait_for(timeout=SLOW)
    assert "was stopped" in results.inner_text()
    assert "is my choice: " in page.locator("[data-role=assistant]").last.inner_text()


def test_twelve_rows_are_labelled_by_key_through_a_reload_and_become_the_test(page: Page, tmp_path: Path) -> None:
    say(page, WORDS["comments"], [comments(tmp_path / "comments.csv")])
    approve(page)
    page.get_by_role("button", name="Label rows").click()
    labelling = card(page, "labelling")
    labelling.get_by_text("Row 1 of 30").wait_for()
    box = page.get_by_test_id("stChatInputTextArea")
    box.press_sequentially("12 us")  # keys pressed in the box are words, not labels
    box.fill("")
    page.locator(".ft-row").click()
    for number in range(12):
        if number == 6:
            page.reload()
            labelling.get_by_text("Row 7 of 30").wait_for()
            page.get_by_test_id("stStatusWidget").wait_for(state="detached")  # drawn whole: its keys are heard
            page.wait_for_timeout(500)
        page.keyboard.press(str(1 + number % 3))
        labelling.get_by_text(f"Row {number + 2} of 30").wait_for()
    page.keyboard.press("u")
    labelling.get_by_text("Row 12 of 30").wait_for()
    page.keyboard.press("s")
    labelling.get_by_text("Row 13 of 30").wait_for()
    page.keyboard.press("1")
    labelling.get_by_text("12 labelled. So many tell the share of right answers within about ±25 points").wait_for()
    labelling.get_by_role("button", name="Use these 12 labels").click()
    page.get_by_text("on 12 rows that no candidate sees before the end").first.wait_for()
    approve(page).click()
    results = card(page, "results")
    results.wait_for(timeout=SLOW)
    assert re.search(r"accuracy on 12 locked test rows", results.inner_text())
