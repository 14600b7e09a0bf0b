from __future__ import annotations

from collections.abc import Iterator

import pytest
from chat_server import ChatServer
from fruit import Script, Serve


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve(script): a server for this test."""
    opened: list[ChatServer] = []

    def start(script: Script) -> ChatServer:
        opened.append(ChatServer(script, seconds=0.0).__enter__())
        return opened[-1]

    yield start
    for server in opened:
        server.__exit__(None, None, None)
