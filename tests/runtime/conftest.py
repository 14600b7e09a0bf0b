from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chat_server import ChatServer

from tools.runtime.chat_client import ChatClient

Opened = Callable[..., ChatClient]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Opens clients whose pauses are short, and closes them."""
    monkeypatch.setattr("tools.runtime.chat_endpoint.FIRST_WAIT", 0.01)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    made: list[ChatClient] = []

    def opening(server: ChatServer | str, **options: Any) -> ChatClient:
        made.append(ChatClient(server if isinstance(server, str) else server.url, "test-model", **options))
        return made[-1]

    yield opening
    for one in made:
        one.close()
