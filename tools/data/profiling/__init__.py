"""Profiling: what the files are to each other and to the task, and what a person should know before money is spent.

Each problem carries evidence that can be checked in the data: counts, rows, values.
"""

from __future__ import annotations

from tools.core.data import DataProfile, FileProfile
from tools.core.errors import DataError
from tools.core.task import TaskSpec
from tools.data.loading import describe, parts
from tools.data.profiling.file_roles import with_roles
from tools.data.profiling.problems import problems_of

__all__ = ["profile"]


def profile(attachment_ids: list[str], task: TaskSpec | None = None) -> DataProfile:
    """Files with their roles, and problems; with a task also those of the target. Raises DataError, MachineError."""
    files: list[FileProfile] = []
    for attachment_id in dict.fromkeys(attachment_ids):
        files += [describe(part) for part in parts(attachment_id)]
    files = with_roles(files, task)
    if len(files) == 1 and files[0].rows == 1 and files[0].columns:
        raise DataError(
            expected=f"a table with several rows in {files[0].file}",
            found="one row",
            remedy="Add rows: 30 can be judged on, a few hundred can be learnt from.",
            code="one-row",
        )
    return DataProfile(files=files, problems=problems_of(files, task))
