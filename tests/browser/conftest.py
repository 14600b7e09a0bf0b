"""A browser on the page, as a person has it, all on this machine; where there is no browser the tests are skipped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
SWITCHES = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")
START_SECONDS = 60.0
PATIENCE = 60_000  # milliseconds until a wait for something on the page gives up; under load a first plan took over 20 s


class Server:
    """`fasttrack ui` in a process of its own, with a HOME of its own. It can be killed and started again on the same port."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it answers."""
        command = [
            sys.executable,
            "-P",
            "-c",
            "from ui.cli import main; main()",
            "ui",
            "--no-browser",
            "--port",
            str(self.port),
        ]
        environment = {**os.environ, "FASTTRACK_HOME": str(self.home), "PYTHONUNBUFFERED": "1"}
        with (self.home.parent / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"the server did not start:\n{self.log()}")

    def kill(self) -> None:
        """At once, as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As Ctrl-C does."""
        self._end(signal.SIGINT)

    def log(self) -> str:
        """What the server and Fasttrack's log said."""
        files = (self.home.parent / "server.log", self.home / "fasttrack.log")
        return "\n".join(file.read_text(errors="replace") for file in files if file.exists())

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def _free_port() -> int:
    with closing(socket.socket()) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Iterator[Server]:
    """One server for the tests of a file."""
    home = tmp_path_factory.mktemp("page") / "home"
    home.mkdir()
    running = Server(home)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. For a file of tests each: Playwright keeps an event loop, which other tests must not meet."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next((path for path in CHROMIUM if shutil.which(path)), None)
    if found is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser, server: Server) -> Iterator[NewPage]:
    """Windows of people who know nothing of each other. What a window asked of another machine fails the test."""
    maker = NewPage(chromium)
    yield maker
    maker.close()
    assert maker.strange_requests == []


@pytest.fixture
def page(new_page: NewPage, server: Server) -> Page:
    """A window on the empty screen."""
    window = new_page()
    window.goto(server.url)
    window.get_by_text("What would you like to have done?").wait_for()
    return window


class NewPage:
    """Opens windows, 1280 by 860 unless another size is given, and watches what they ask of the network."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.strange_requests: list[str] = []
        self._contexts: list[BrowserContext] = []

    def __call__(self, width: int = 1280, height: int = 860, scheme: str = "light") -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        window = context.new_page()
        window.on("request", lambda request: self._watch(request.url))
        return window

    def close(self) -> None:
        """All windows."""
        for context in self._contexts:
            context.close()

    def _watch(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:")):
            self.strange_requests.append(url)
