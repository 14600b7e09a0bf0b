"""`--offline`: every connection but loopback is refused by the interpreter itself, not only asked of libraries.

`FASTTRACK_OFFLINE=1` carries the wish to child processes; each Fasttrack process calls `enforce()` before it imports anything
that could connect. Python children of libraries and programs that are not Python (an installer, a downloader) cannot get the
hook; they inherit the switches of `SWITCHES`, which point every proxy at a closed port.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from typing import Any

VARIABLE = "FASTTRACK_OFFLINE"
SWITCHES: dict[str, str] = {
    VARIABLE: "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "PIP_NO_INDEX": "1",
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
    "no_proxy": "localhost,127.0.0.1,::1",
    "NO_PROXY": "localhost,127.0.0.1,::1",
}
LOCAL_NAMES = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost"})
INTERNET = frozenset({int(socket.AF_INET), int(socket.AF_INET6)})

_hooked = False


class NetworkRefused(ConnectionRefusedError):
    """A connection beyond this machine was tried while offline. An OSError, so libraries fall back as without a network."""

    def __init__(self, target: str) -> None:
        super().__init__(
            f"Expected no connection beyond this machine, because of --offline ({VARIABLE}=1). Found one to {target}. "
            "Leave out --offline to allow it, or use what is already on this machine."
        )


def asked() -> bool:
    """Whether `FASTTRACK_OFFLINE` asks for it."""
    return os.environ.get(VARIABLE, "").strip().lower() not in ("", "0", "false", "no")


def enforce() -> None:
    """Where `FASTTRACK_OFFLINE` asks for it, refuse the network in this process for good, and ask it of every child."""
    if asked():
        refuse_network()


def refuse_network() -> None:
    """Refuse every connection but loopback and unix sockets in this process for good, and ask the same of every child."""
    global _hooked
    os.environ.update(SWITCHES)
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None:  # it reads its variable only once
        vars(constants)["HF_HUB_OFFLINE"] = True
    if not _hooked:
        _hooked = True
        sys.addaudithook(_guard)


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        connection, address = arguments[0], arguments[1]
        if int(connection.family) in INTERNET and address is not None and not _is_loopback(address[0]):
            raise NetworkRefused(f"{address[0]}:{address[1]}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr") and _needs_a_name_server(arguments[0]):
        raise NetworkRefused(_text(arguments[0]))


def _needs_a_name_server(host: Any) -> bool:
    """Numbers need none (a connection to them is judged on its own), nor does this machine's own name."""
    name = _text(host)
    return _number(name) is None and name.lower() not in LOCAL_NAMES and name != socket.gethostname()


def _is_loopback(host: Any) -> bool:
    name = _text(host)
    number = _number(name)
    if number is None:
        return name.lower() in LOCAL_NAMES
    mapped = getattr(number, "ipv4_mapped", None)
    return bool((mapped or number).is_loopback)


def _number(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return None


def _text(host: Any) -> str:
    if host is None:
        return ""
    return host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
