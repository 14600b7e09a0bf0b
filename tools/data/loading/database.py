"""SQLite files: their tables and columns, read-only. No statement of the person's is run."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from tools.core.errors import DataError


def tables_of(path: Path) -> dict[str, Any]:
    """{"tables": {name: {"rows": n, "columns": [names]}}}. Raises DataError where the file is damaged."""
    try:
        with sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True) as connection:
            listed = connection.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
            names = [row[0] for row in listed]
            found = {}
            for name in names[:500]:
                quoted = '"' + name.replace('"', '""') + '"'
                columns = [row[1] for row in connection.execute(f"pragma table_info({quoted})")]
                found[name] = {"rows": connection.execute(f"select count(*) from {quoted}").fetchone()[0], "columns": columns}
    except sqlite3.DatabaseError as error:
        raise DataError(
            expected=f"an SQLite database in {path.name}",
            found=f"a file that does not open as one ({error})",
            remedy="Copy it again while no program writes to it.",
            code="not-readable",
        ) from error
    return {"tables": found}
