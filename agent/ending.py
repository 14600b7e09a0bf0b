"""The end of a run, told once each time it ends, in words made by code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.core.errors import FasttrackError
from tools.workspace import Workspace

if TYPE_CHECKING:
    from agent.thread import Thread


def announce(thread: Thread, workspace: Workspace) -> None:
    """Put the end of the workspace's run into the conversation, unless it was told already or the run goes on."""
    from langchain_core.messages import AIMessage

    if workspace.run_id is None:
        return
    end, text = _ending(workspace.run_id, workspace)
    if text is not None and thread.values.get("announced") != end:
        thread.put({"messages": [AIMessage(text)], "announced": end})


def _ending(run_id: str, workspace: Workspace) -> tuple[str, str | None]:
    """Which end of the run it is (a resumed one ends again), and what is said about it; None while it goes on."""
    import agent.narration as narration
    from tools.jobs import runner

    status = runner.status(run_id)
    end = f"{run_id} {status.state} {status.seconds}"
    if not status.is_over:
        return end, None
    try:
        return end, narration.results(workspace.task, runner.outcome(run_id))
    except FasttrackError as problem:  # cancelled, nothing built, failed: told like any other error
        return end, narration.error(workspace.task, problem.as_dict())
