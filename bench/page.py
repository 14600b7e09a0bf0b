"""How long a person waits for the page: first paint, an answer, a refresh while something is built. Prints a table.

    python -P bench/page.py [--times 5]

The times are the browser's own (the `paint` entries and the clock of its performance timeline), in Debian's Chromium, with
the built-in brain and an empty home. Asked for: 3 s to the first paint, 1 s to an answer after the first, 1 s to a refresh.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

CHROMIUM = "/usr/bin/chromium"
SAMPLE = Path(__file__).parents[1] / "examples" / "support_messages.csv"
MESSAGES = (
    "what about only technical problems?",
    "I care about cost",
    "quality matters most",
    "predict intent, please",
    "thanks",
)
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
PATIENCE = 120_000
SEEN = """([selector, count]) => new Promise(done => {
    const there = () => document.querySelectorAll(selector).length >= count;
    const look = () => there() ? done(performance.now()) : requestAnimationFrame(look);
    look();
})"""  # the page's own clock, read in the frame in which the thing is there


def serve(home: Path) -> tuple[subprocess.Popen[bytes], str]:
    """`fasttrack ui` on a free port, once it answers."""
    with closing(socket.socket()) as trial:
        trial.bind(("127.0.0.1", 0))
        port = int(trial.getsockname()[1])
    command = [sys.executable, "-P", "-c", "from ui.cli import main; main()", "ui", "--no-browser", "--port", str(port)]
    environment = {**os.environ, "FASTTRACK_HOME": str(home), "FASTTRACK_OFFLINE": "1"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while server.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
            return server, f"http://127.0.0.1:{port}"
        time.sleep(0.1)
    raise SystemExit("Expected fasttrack ui to start. Found that it ended. Run it by hand to see why.")


def seen(page: Any, selector: str, count: int = 1) -> float:
    """Milliseconds on the page's clock when there are so many of these."""
    return float(page.evaluate(SEEN, [selector, count]))


def first_paints(browser: Any, url: str, times: int) -> tuple[list[float], list[float]]:
    """First paint, and when the box to write in is there, of new windows; milliseconds."""
    paints, ready = [], []
    for _ in range(times):
        page = browser.new_page()
        page.goto(url)
        ready.append(seen(page, "[data-testid=stChatInputTextArea]"))
        paints.append(float(page.evaluate(PAINT)))
        page.close()
    return paints, ready


def answers(page: Any, times: int) -> list[float]:
    """From Enter to the next words of the assistant, milliseconds; the first message loads libraries and is not counted."""
    spoken = "[data-role=assistant]"
    page.locator("[data-testid=stChatInput] input[type=file]").set_input_files(str(SAMPLE))
    page.get_by_test_id("stFileChipIconSpinner").wait_for(state="detached")
    found = []
    for number, words in enumerate(("sort these messages", *MESSAGES[:times])):
        box = page.get_by_test_id("stChatInputTextArea")
        box.fill(words)
        before = page.locator(spoken).count()
        page.evaluate(
            "window.began = undefined; addEventListener('keydown', () => window.began = performance.now(), {once: true})"
        )
        box.press("Enter")
        came = seen(page, spoken, before + 1)
        if number:
            found.append(came - float(page.evaluate("window.began")))
        page.get_by_role("button", name="Approve and build").wait_for(timeout=PATIENCE)
        page.wait_for_timeout(500)
    return found


def refreshes(page: Any, times: int) -> list[float]:
    """From asking for the page anew to the run's card, while a run is being built; milliseconds since navigation began."""
    page.get_by_role("button", name="Approve and build").click()
    page.locator(".ft-step-building").first.wait_for(timeout=PATIENCE)
    found = []
    for _ in range(times):
        page.reload()
        found.append(seen(page, ".st-key-card-progress .ft-step"))
        page.wait_for_timeout(500)
    return found


def looks(page: Any, times: int) -> list[float]:
    """Between two looks at the journal without a reload, as far as they show: milliseconds between changes of the card."""
    found = []
    for _ in range(times):
        words = page.locator(".st-key-card-progress [role=status] .ft-quiet").first.inner_text()
        began = float(page.evaluate("performance.now()"))
        changed = "([words]) => document.querySelector('.st-key-card-progress [role=status] .ft-quiet').innerText !== words"
        page.wait_for_function(changed, arg=[words], timeout=PATIENCE)
        found.append(float(page.evaluate("performance.now()")) - began)
    return found


def main() -> None:
    """All of it, in one window after the other."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5, help="how often each is measured")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory(prefix="page-bench-") as place, sync_playwright() as playwright:
        home = Path(place) / "home"
        home.mkdir()
        server, url = serve(home)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            paints, ready = first_paints(browser, url, times)
            page = browser.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(url)
            spoken = answers(page, times)
            anew = refreshes(page, times)
            followed = looks(page, times)
            page.get_by_role("button", name="Cancel").click()
            page.get_by_role("button", name="Yes, cancel it").click()
            page.get_by_text("The run was cancelled").wait_for(timeout=PATIENCE)
        finally:
            browser.close()
            server.terminate()
            server.wait()
    print(f"{'seconds':<46}{'median':>8}{'most':>8}{'asked':>8}")
    for name, found, asked in (
        ("first paint", paints, "3"),
        ("the box to write in is there", ready, "3"),
        ("answer to a message after the first", spoken, "1"),
        ("page anew during a run, to its card", anew, "1"),
        ("the card follows the journal, between changes", followed, "-"),
    ):
        print(f"{name:<46}{statistics.median(found) / 1000:>8.2f}{max(found) / 1000:>8.2f}{asked:>8}")


if __name__ == "__main__":
    main()
