"""What went wrong when a language model was asked, in a word that programs and people can use."""

from __future__ import annotations

from typing import Any

from langchain_core import exceptions as known

KINDS: dict[type[Exception], str] = {
    known.ModelAuthenticationError: "key",
    known.ModelPermissionDeniedError: "key",
    known.ModelNotFoundError: "model",
    known.ContextOverflowError: "long",
    known.ModelInvalidRequestError: "request",
    known.ModelRateLimitError: "busy",
    known.ModelAPIError: "server",
    known.ModelTimeoutError: "slow",
    known.ModelConnectionError: "connection",
}
AGAIN = frozenset({"busy", "server", "connection", "cut"})  # the same question may be answered a moment later


def kind_of(problem: Exception) -> str:
    """key, model, long, request, busy, server, slow, connection; `cut`: it broke off; `form`: what came cannot be read."""
    for kind, name in KINDS.items():
        if isinstance(problem, kind):
            return name
    status = getattr(problem, "status_code", None)
    if isinstance(status, int):
        return "request" if status < 500 else "server"
    origin = {base.__module__.partition(".")[0] for base in type(problem).__mro__}
    if origin & {"httpx", "httpcore"} or isinstance(problem, OSError):
        return "slow" if "Timeout" in type(problem).__name__ else "cut"
    if "openai" in origin:  # an error in the middle of a stream
        return "server"
    return "form" if isinstance(problem, ValueError | TypeError | KeyError | AttributeError | AssertionError) else "broken"


def retry_after(problem: Any) -> float:
    """Seconds that the endpoint asks to wait; 0 where it does not say."""
    headers = getattr(getattr(problem, "response", None), "headers", {})
    try:
        return max(0.0, float(headers.get("retry-after", 0)))
    except ValueError:
        return 0.0
