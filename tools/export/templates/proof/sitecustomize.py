"""Put before everything else in the proof's processes: every connection, listener and look-up is refused.

PROOF_REPLAY=127.0.0.1:PORT lets one address through, where recorded answers of a language model are replayed.
"""

import os
import socket
import sys

REFUSED = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}
HOST, _, PORT = os.environ.get("PROOF_REPLAY", "").partition(":")
REPLAY = ("127.0.0.1", int(PORT)) if HOST == "127.0.0.1" and PORT.isdigit() else None


def refuse(event, arguments):
    if event not in REFUSED:
        return
    here = arguments[0] if arguments else None
    if isinstance(here, socket.socket) and here.family == getattr(socket, "AF_UNIX", None):
        return
    if REPLAY is not None and replayed(event, arguments):
        return
    raise PermissionError(f"The proof runs without a network, and {event} was tried with {arguments[1:]!r}.")


def replayed(event, arguments):
    """Whether it is about the one address that is let through. Its host is a number, so looking it up asks nobody."""
    if event == "socket.connect":
        return tuple(arguments[1][:2]) == REPLAY
    if event == "socket.getaddrinfo":
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
        return host == REPLAY[0] and str(arguments[1]) == str(REPLAY[1])
    return False


sys.addaudithook(refuse)
os.environ.setdefault("HF_HUB_OFFLINE", "1")
