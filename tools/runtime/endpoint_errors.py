"""What went wrong at an endpoint: over for all questions, worth another try, refused in this form, or this question's own."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from .asking import AskingError
from .endpoint import is_loopback

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
FORM = frozenset({400, 415, 422, 501})
NO_CREDIT = re.compile(
    r"insufficient_quota|insufficient[ _](?:balance|credit|funds)|exceeded your current quota", re.IGNORECASE
)
NO_MODEL = re.compile(r"model_not_found|model\b.{0,80}(?:does not exist|not found|is not a valid model)", re.IGNORECASE)
BAD_KEY = re.compile(r"(?:invalid|incorrect)[ _]api[ _]key|api key (?:is )?(?:not valid|invalid)", re.IGNORECASE)
TOO_LONG = re.compile(
    r"context[_ ](?:length|window|size)|maximum context|too (?:long|many tokens)|exceeds? the (?:available )?context",
    re.IGNORECASE,
)
FILTERED = re.compile(r"content[_ ](?:filter|policy)|safety|moderation", re.IGNORECASE)
SCHEMA_FAILS = re.compile(r"grammar|json_?schema|response_?format|logprobs", re.IGNORECASE)
KEYLIKE = re.compile(r"\b(?:sk|pk|rk)-[\w*.-]+|\bBearer\s+\S+", re.IGNORECASE)
OFFLINE = "FASTTRACK_OFFLINE"
SHOWN = 200  # characters of an endpoint's own words


class Passing(Exception):
    """It may work in a moment. after: seconds that the endpoint asks to wait, or None."""

    def __init__(self, what: str, after: float | None = None) -> None:
        super().__init__(what)
        self.after = after


class Refused(Exception):
    """The endpoint does not take the request in this form; its words say why."""


class OwnProblem(Exception):
    """This question cannot be answered there; others may."""


def from_status(
    status: int, said: str, headers: Mapping[str, str], where: str, model: str, variable: str, *, keyed: bool = True
) -> Exception:
    """The error that an answer with that status is. said: the endpoint's own words, without keys. keyed: a key was sent."""
    words = shown(said)
    if status == 402 or (status == 429 and NO_CREDIT.search(said)):
        return AskingError(
            "no-credit",
            expected=f"credit at {where}",
            found=f"none (status {status}: {words})",
            remedy="Add credit there, or use another model.",
        )
    if status == 401 and not keyed:
        return AskingError(
            "no-key",
            expected=f"a key that {where} accepts, in {variable}",
            found=f"no key there (status {status}: {words})",
            remedy=f"Put the key into the environment: export {variable}=...",
        )
    if status in (401, 403) or (status == 400 and BAD_KEY.search(said)):
        return AskingError(
            "key-refused",
            expected=f"a key that {where} accepts, in {variable}",
            found=f"a key that was refused (status {status}: {words})",
            remedy=f"Check {variable}, and that the key may use {model}.",
        )
    if status == 404 or (status == 400 and NO_MODEL.search(said)):
        return AskingError(
            "unknown-model",
            expected=f"a model called {model} at {where}",
            found=f"status {status}: {words}",
            remedy="`fasttrack doctor` lists the names there. Check the base URL, too: it often ends in /v1.",
        )
    if 300 <= status < 400:
        return AskingError(
            "not-an-endpoint",
            expected=f"answers from {where}",
            found=f"it sends elsewhere (status {status})",
            remedy="Give the base URL that it sends to, if you trust it.",
        )
    if status in FORM or (status == 500 and SCHEMA_FAILS.search(said)):
        if TOO_LONG.search(said):
            return OwnProblem(f"the text is too long for the model ({words})")
        if FILTERED.search(said):
            return OwnProblem(f"the endpoint refused the text ({words})")
        return Refused(said[:2000])
    if status == 413:
        return OwnProblem("the text is too long for the endpoint (status 413)")
    if status in PASSING or status >= 500:
        return Passing(f"status {status}: {words}", seconds_to_wait(headers))
    return OwnProblem(f"status {status}: {words}")


def offline_refusal(where: str) -> AskingError | None:
    """The refusal of `--offline` (FASTTRACK_OFFLINE) for a place beyond this machine; None where it may be asked.

    It is said here, because the libraries would only see a proxy that is not there.
    """
    if os.environ.get(OFFLINE, "").strip().lower() in ("", "0", "false", "no") or is_loopback(where):
        return None
    return AskingError(
        "offline",
        expected=f"no connection beyond this machine, because of --offline ({OFFLINE}=1)",
        found=f"one to {where}",
        remedy="Leave out --offline to allow it, or use what is already on this machine.",
    )


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """`Retry-After` (seconds or a date) or `retry-after-ms`; None where there is none that can be read."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        if "retry-after" not in headers:
            return None
        value = headers["retry-after"]
        return max(
            0.0, float(value) if re.fullmatch(r"[\d.]+", value) else parsedate_to_datetime(value).timestamp() - time.time()
        )
    except (ValueError, TypeError, OverflowError):
        return None


def shown(said: Any) -> str:
    """An endpoint's words for people: one line, not long, nothing in them that looks like a key."""
    return KEYLIKE.sub("[key]", " ".join(str(said).split()))[:SHOWN] or "no words"


def words_of(said: str) -> str:
    """The words of an error's body, with its code."""
    try:
        error = json.loads(said)
        error = error.get("error", error) if isinstance(error, dict) else error
        if isinstance(error, dict):
            return f"{error.get('message') or error.get('detail') or error} {error.get('code') or ''}".strip()
        return str(error)
    except ValueError:
        return said
