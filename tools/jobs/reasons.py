"""Why something could not be built, in words that a person can act on."""

from __future__ import annotations

import errno

from tools.core.errors import FasttrackError
from tools.core.plan import Budget
from tools.jobs.child import Ending
from tools.runtime.asking import AskingError


def reason_of(error: BaseException) -> str:
    """Why a candidate (or a stage) failed, in one or two sentences for a person."""
    if isinstance(error, FasttrackError | AskingError):
        return str(error)
    if isinstance(error, MemoryError):
        return "It ran out of memory. Give it more memory or fewer rows, or leave this candidate out."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full. Free some space and build again."
    if isinstance(error, TimeoutError):
        return f"It could not be finished within its minutes ({error}). Give the run more minutes."
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:300]}" if text else type(error).__name__


def reason_of_ending(ending: Ending, seconds: float, budget: Budget) -> str:
    """Why a child process left no result. seconds: what it was allowed."""
    if ending.how == "time":
        return f"It was stopped because it needed more than its {_span(seconds)}. Give the run more minutes."
    if ending.how == "memory":
        limit = budget.memory_mb
        return f"It was stopped at {ending.peak_mb:,.0f} MB of memory; the limit is {limit:,.0f} MB. Use fewer rows."
    if ending.how == "disk":
        return f"It was stopped because it wrote more than {budget.disk_mb:,.0f} MB. Allow more or leave it out."
    if "failed" in ending.messages:
        return str(ending.messages["failed"].get("reason"))
    if ending.code < 0:
        return (
            f"It was killed from outside twice (signal {-ending.code}); most often the system does that when memory runs out "
            f"(it used {ending.peak_mb:,.0f} MB)."
        )
    return f"It ended with exit code {ending.code} and without a result; log.txt in its folder holds its last words."


def _span(seconds: float) -> str:
    return f"{seconds / 60:.1f} minutes" if seconds >= 60 else f"{seconds:.0f} seconds"
