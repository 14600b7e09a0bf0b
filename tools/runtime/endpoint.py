"""Where an endpoint is, judged by its URL alone: on this machine, on a private network, or out in the world."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})
PRIVATE_ENDINGS = (".local", ".internal", ".lan", ".home.arpa", ".intranet", ".corp")


def is_loopback(url: str) -> bool:
    """Whether what is sent there stays on this machine. A name that merely resolves to it is not taken for it."""
    host = _host(url)
    number = _number(host)
    if number is None:
        return host in LOCAL_NAMES
    return bool((getattr(number, "ipv4_mapped", None) or number).is_loopback)


def is_private(url: str) -> bool:
    """Whether the host is on this machine or, by its address or name, on a network of one's own."""
    host = _host(url)
    number = _number(host)
    if number is None:
        return host in LOCAL_NAMES or "." not in host or host.endswith(PRIVATE_ENDINGS)
    return bool((getattr(number, "ipv4_mapped", None) or number).is_private)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().rstrip(".")


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return None
