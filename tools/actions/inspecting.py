"""Look at what the person attached."""

from __future__ import annotations

from typing import Any

from tools.workspace import Workspace


def inspect_data(workspace: Workspace, attachment: str = "") -> dict[str, Any]:
    """Read the attached files and say what is in them: format, repairs, rows, columns with their roles, problems.

    attachment: a file name or an id; empty for all attachments.
    """
    wanted = workspace.attached(attachment).id if attachment else None
    profile = workspace.profile()
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
