"""Offline is enforced by the interpreter: a child process tries every door, and loopback stays open."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tools import offline, quiet

TRY = """
import socket, sys
from tools import offline
offline.enforce()
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), timeout=5).close()
socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()
left, right = socket.socketpair()
left.sendall(b"x")
socket.getaddrinfo(socket.gethostname(), 0)
{attempt}
"""
REFUSED = (
    "Expected no connection beyond this machine, because of --offline (FASTTRACK_OFFLINE=1). Found one to {target}. "
    "Leave out --offline to allow it, or use what is already on this machine."
)


def run(attempt: str, wish: str | None = "1") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != offline.VARIABLE}
    if wish is not None:
        environment[offline.VARIABLE] = wish
    return subprocess.run(
        [sys.executable, "-P", "-c", TRY.format(attempt=attempt)], env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("attempt", "target"),
    [
        ("socket.create_connection(('192.0.2.1', 443), timeout=2)", "192.0.2.1:443"),
        ("socket.socket(socket.AF_INET6, socket.SOCK_STREAM).connect(('2001:db8::1', 443))", "2001:db8::1:443"),
        ("socket.socket().connect_ex(('192.0.2.1', 443))", "192.0.2.1:443"),
        ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))", "192.0.2.1:53"),
        ("socket.getaddrinfo('model-hub.example', 443)", "model-hub.example"),
        ("socket.gethostbyname('model-hub.example')", "model-hub.example"),
    ],
)
def test_every_door_but_loopback_is_closed(attempt: str, target: str) -> None:
    done = run(attempt)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.strip().splitlines()[-1] == f"tools.offline.NetworkRefused: {REFUSED.format(target=target)}"


def test_loopback_and_local_names_stay_open() -> None:
    done = run("print('through')")
    assert (done.stdout, done.returncode) == ("through\n", 0), done.stderr


@pytest.mark.parametrize("wish", [None, "", "0"])
def test_nothing_is_refused_unless_it_is_asked_for(wish: str | None) -> None:
    attempt = "udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nprint(offline.asked(), udp.connect(('127.0.0.1', 9)))"
    done = run(
        attempt + "\nudp.close(); udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.connect(('0.0.0.1', 9))", wish
    )
    assert done.stdout == "False None\n"
    assert "NetworkRefused" not in done.stderr  # whatever the system itself says of that address


def test_a_refusal_is_an_os_error_so_libraries_fall_back() -> None:
    attempt = (
        "try:\n    socket.create_connection(('192.0.2.1', 443))\nexcept OSError as error:\n    print(type(error).__name__)"
    )
    assert run(attempt).stdout == "NetworkRefused\n"


def test_a_library_with_its_own_client_is_refused_too() -> None:
    attempt = "import http.client\nhttp.client.HTTPSConnection('192.0.2.1', timeout=2).request('GET', '/')"
    assert "NetworkRefused" in run(attempt).stderr


def test_children_inherit_the_wish() -> None:
    attempt = "import os; print(os.environ['HF_HUB_OFFLINE'], os.environ['PIP_NO_INDEX'], os.environ['https_proxy'])"
    assert run(attempt).stdout == "1 1 http://127.0.0.1:9\n"


def test_a_hub_library_that_is_already_loaded_goes_offline() -> None:
    attempt = (
        "import huggingface_hub.constants as c\nc.HF_HUB_OFFLINE = False\noffline.refuse_network()\nprint(c.HF_HUB_OFFLINE)"
    )
    assert run(attempt).stdout == "True\n"


def test_tracing_is_off_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in quiet.SWITCHES:
        monkeypatch.setenv(name, "left on by somebody")
    quiet.enforce()
    assert {name: os.environ[name] for name in quiet.SWITCHES} == quiet.SWITCHES
    from langsmith.utils import tracing_is_enabled

    assert tracing_is_enabled() is False
