"""A run on its way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prompts import phrase
from tools.core.task import TaskSpec


def started(task: TaskSpec, minutes: float) -> str:
    """After the approval."""
    return phrase(task.language, "started", minutes=f"{minutes:.0f}" if minutes >= 3 else f"{minutes:.1f}")


def turned_down(task: TaskSpec) -> str:
    """After a rejection."""
    return phrase(task.language, "turned_down")


def progress(task: TaskSpec, status: Mapping[str, Any]) -> str:
    """How far it is. status: a RunStatus as JSON."""
    if status["state"] == "waiting":
        return phrase(task.language, "progress_waiting")
    if status["state"] == "interrupted":
        return phrase(task.language, "progress_interrupted", run=status["run_id"])
    now = []
    if status.get("candidate"):
        percent = round(100 * (status.get("fraction") or 0.0))
        now.append(phrase(task.language, "progress_now", candidate=status["candidate"], percent=percent))
    if status.get("left_seconds") is not None:
        now.append(phrase(task.language, "progress_left", minutes=max(1, round(status["left_seconds"] / 60))))
    return phrase(task.language, "progress", finished=len(status["finished"]), of=status["of"], now=" ".join(now)).strip()
