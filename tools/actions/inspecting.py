"""Look at what the person attached."""

from __future__ import annotations

from typing import Any

from tools.core.errors import PersonMustMend
from tools.workspace import Workspace


def inspect_data(workspace: Workspace, attachment: str = "") -> dict[str, Any]:
    """Read the attached files and say what is in them: format, repairs, rows, columns with their roles, problems.

    attachment: a file name or an id; empty for all attachments.
    """
    unreadable = _dropped(workspace)
    if unreadable is not None:
        return {"error": unreadable.as_dict()}
    wanted = workspace.attached(attachment).id if attachment else None
    profile = workspace.profile()
    if set(workspace.inspected) != {a.id for a in workspace.attachments}:
        workspace.plan = None  # a plan is for the data that it was made from
    workspace.inspected = [a.id for a in workspace.attachments]
    files = [
        {
            **file.model_dump(mode="json", exclude={"columns", "attachment", "facts"}),
            "columns": [{"name": column.name, "role": column.role} for column in file.columns],
        }
        for file in profile.files
        if wanted in (None, file.attachment)
    ]
    return {"files": files, "problems": [problem.model_dump(mode="json") for problem in profile.problems]}


def _dropped(workspace: Workspace) -> PersonMustMend | None:
    """Take a new attachment that cannot be read out again, so that the conversation can go on without it; why it cannot."""
    from tools.data.loading import describe

    for attachment in workspace.attachments:
        if attachment.id not in workspace.inspected:
            try:
                describe(attachment.id)
            except PersonMustMend as problem:
                workspace.attachments.remove(attachment)
                workspace.roles.pop(attachment.id, None)
                return problem
    return None
