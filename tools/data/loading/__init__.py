"""Loading: what the person attached becomes a typed table (Parquet, made once beside the attachment) or recognised facts.

describe(id)  what was made of it: format, delimiter, encoding, header, repairs, rows, columns
read(id)      the typed table
schema(id)    how each column's texts are read, for a prototype that must read them the same way
parts(id)     the ids of the tables inside a folder or zip that holds several; otherwise the id itself
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.core.data import ColumnProfile, FileFormat, FileProfile, FileRole, Repair
from tools.core.errors import DataError
from tools.data.attaching import attached_path, disk_trouble_explained, work_folder
from tools.data.loading.containers import Contents, parts_of, remember_parts, resolve
from tools.data.loading.joining import are_pieces, join
from tools.data.loading.recognised import Recognised, recognise

if TYPE_CHECKING:
    import polars as pl

__all__ = ["describe", "parts", "read", "schema"]

VERSION = 4  # of what is kept beside an attachment; another one is made again


def describe(attachment_id: str) -> FileProfile:
    """What was made of an attachment. Made once, then remembered. Raises DataError and MachineError."""
    kept = _kept(attachment_id)
    if kept is None:
        kept = _make(attachment_id)
    return kept


def parts(attachment_id: str) -> list[str]:
    """Ids to profile: those of the tables in a folder or zip of several tables (pieces of one joined), or just this one."""
    ids = parts_of(attachment_id)
    files = [describe(id) for id in ids] if len(ids) > 1 else []
    if not files or not are_pieces(files):
        return ids
    joined, told = join(files, [table_path(id) for id in ids], attached_path(attachment_id).name)
    profile = describe(joined)
    if told not in profile.repairs:
        _keep(profile.model_copy(update={"repairs": [*profile.repairs, *files[0].repairs, told]}))
    return remember_parts(attachment_id, [joined])


def read(attachment_id: str, columns: list[str] | None = None) -> pl.DataFrame:
    """The typed table: text as String, numbers as Int64 or Float64, dates as Datetime. Raises DataError where there is none."""
    import polars as pl

    profile = describe(attachment_id)
    if not table_path(attachment_id).exists():
        raise DataError(
            expected="a table",
            found=f"{profile.file}, which holds {profile.format}",
            remedy="Attach a CSV, Excel, JSON or Parquet file with one example a row.",
            code="not-a-table",
        )
    return pl.read_parquet(table_path(attachment_id), columns=columns)


def schema(attachment_id: str) -> list[dict[str, Any]]:
    """A dict a column: name, role, kind, decimal, thousands, strip, quotes, date_format, zone, missing_tokens."""
    profile = describe(attachment_id)
    roles = {column.name: column.role for column in profile.columns}
    return [{**reading, "role": roles[reading["name"]]} for reading in profile.facts.get("columns_schema", [])]


def table_path(attachment_id: str) -> Path:
    """Where the typed table lies (it exists once `describe` has run on a table)."""
    return work_folder(attachment_id) / "table.parquet"


def _kept(attachment_id: str) -> FileProfile | None:
    file = work_folder(attachment_id) / "description.json"
    if not file.exists():
        return None
    kept = json.loads(file.read_text(encoding="utf-8"))
    return FileProfile.model_validate(kept["profile"]) if kept["version"] == VERSION else None


def _make(attachment_id: str) -> FileProfile:
    path = attached_path(attachment_id)
    work = work_folder(attachment_id)
    with disk_trouble_explained(f"reading {path.name}"):
        contents = resolve(path, work)
        profile = (
            _from_table(attachment_id, path, contents)
            if contents.table
            else _from_facts(attachment_id, path, recognise(contents))
        )
        _keep(profile)
    return profile


def _keep(profile: FileProfile) -> None:
    """Remember it beside the attachment, at once whole."""
    work = work_folder(profile.attachment)
    text = json.dumps({"version": VERSION, "profile": profile.model_dump(mode="json")}, ensure_ascii=False)
    fresh = work / f"description.{os.getpid()}.new"
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(work / "description.json")


def _from_table(attachment_id: str, path: Path, contents: Contents) -> FileProfile:
    from tools.data.loading.statistics import columns_of
    from tools.data.loading.tables import normalise

    assert contents.table
    target = table_path(attachment_id)
    fresh = target.with_suffix(f".{os.getpid()}.new")
    try:
        table = normalise(contents.table, contents.shape, fresh, target.parent)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
        contents.clear()
    columns: list[ColumnProfile] = columns_of(target)
    return FileProfile(
        attachment=attachment_id,
        file=path.name,
        role="train",
        format=table.format,
        rows=table.rows,
        columns=columns,
        encoding=table.encoding,
        delimiter=table.delimiter,
        header_row=table.header_row,
        repairs=[*contents.repairs, *table.repairs],
        facts={**contents.facts, **table.facts},
    )


def _from_facts(attachment_id: str, path: Path, found: Recognised) -> FileProfile:
    roles: dict[FileFormat, FileRole] = {"images": "images", "annotations": "annotations", "sqlite": "database"}
    repairs = [Repair(code="not-a-table", message=found.message)] if found.message else []
    return FileProfile(
        attachment=attachment_id,
        file=path.name,
        role=roles.get(found.format, "other"),
        format=found.format,
        rows=found.rows,
        repairs=repairs,
        facts=found.facts,
    )
