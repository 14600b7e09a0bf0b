"""Which port the page is served on; that it answers is in tests/browser."""

from __future__ import annotations

import socket
import sys

import pytest

from tools.core.errors import MachineError
from ui import browser


def taken() -> socket.socket:
    """A port that somebody listens on."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening


def test_a_port_that_was_asked_for_is_taken_or_nothing() -> None:
    with taken() as listening:
        port = listening.getsockname()[1]
        with pytest.raises(MachineError) as told:
            browser.free_port(port)
    assert str(told.value) == (
        f"Expected a free port on 127.0.0.1. Found port {port} in use. Name another one with --port, or leave it out."
    )
    assert browser.free_port(port) == port


def test_without_one_the_first_free_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with taken() as listening:
        first = listening.getsockname()[1]
        monkeypatch.setattr(browser, "FIRST_PORT", first)
        assert first < browser.free_port(None) < first + browser.PORTS_TRIED
        monkeypatch.setattr(browser, "PORTS_TRIED", 1)
        with pytest.raises(MachineError, match=f"Found ports {first} to {first} all in use"):
            browser.free_port(None)


def test_what_the_first_message_needs_is_there_to_import() -> None:
    browser.prepare()
    assert set(browser.PREPARED) <= set(sys.modules)
