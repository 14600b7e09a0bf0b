"""New attachments are looked at by code before a language model is asked: no answer is worth waiting for without it."""

from __future__ import annotations

import hashlib
import json

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from tools.actions.inspecting import inspect_data
from tools.workspace import Workspace

TOOL = "inspect_data"


def is_needed(workspace: Workspace) -> bool:
    """Whether something was attached that nobody has looked at."""
    return bool({attachment.id for attachment in workspace.attachments} - set(workspace.inspected))


def call(workspace: Workspace) -> AIMessage:
    """The tool call; the same attachments give the same id, so that it can be foretold what is sent."""
    ids = " ".join(attachment.id for attachment in workspace.attachments)
    number = hashlib.sha256(ids.encode()).hexdigest()[:12]
    return AIMessage("", tool_calls=[{"name": TOOL, "args": {}, "id": f"look_{number}"}])


def foretold(workspace: Workspace) -> tuple[Workspace, list[BaseMessage]]:
    """What looking will give: the workspace after it, the call and its answer; nothing where it is not needed."""
    if not is_needed(workspace):
        return workspace, []
    after, asked = workspace.model_copy(deep=True), call(workspace)
    answer = json.dumps(inspect_data(after), ensure_ascii=False)
    return after, [asked, ToolMessage(answer, tool_call_id=str(asked.tool_calls[0]["id"]), name=TOOL)]
