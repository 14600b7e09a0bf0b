from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_server import ChatServer
from good_brain import Answer, Serve


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """A server on loopback whose answers a function makes."""
    servers: list[ChatServer] = []

    def serve(answer: Answer) -> ChatServer:
        server = ChatServer(answer).__enter__()
        servers.append(server)
        monkeypatch.setenv("FASTTRACK_BASE_URL", server.url)
        return server

    yield serve
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server on loopback counts as one that is far away."""
    from tools.llm import naming

    real = naming.language_model
    monkeypatch.setattr(naming, "language_model", lambda name: real(name).model_copy(update={"remote": True}))
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    monkeypatch.setenv("FASTTRACK_OFFLINE", "0")  # the tests' own refusal of the network holds all the same


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    """60 mails for two teams, see `tests/doubles/mails.py`."""
    import mails as made

    return made.write(tmp_path / "mails.csv")
