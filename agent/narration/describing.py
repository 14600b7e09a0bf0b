"""What was read, in sentences with numbers that the person can check."""

from __future__ import annotations

from collections.abc import Sequence

from prompts import phrase
from tools.core.data import DataProfile, FileProfile, Problem
from tools.core.task import Language

COLUMNS_NAMED = 6
LISTED = 8


def read(language: Language, profile: DataProfile) -> list[str]:
    """A sentence a file, and one for what was repaired on reading."""
    said = []
    for file in profile.files:
        said.append(_file(language, file))
        if file.repairs:
            repairs = "; ".join(repair.message.rstrip(".") for repair in file.repairs)
            said.append(phrase(language, "repaired", repairs=repairs))
    return said


def troubles(language: Language, problems: Sequence[Problem]) -> list[str]:
    """A sentence a problem with its evidence. In English the finder's own words, elsewhere the code's phrase."""
    said = []
    for problem in problems:
        message = problem.message if language == "en" else phrase(language, f"problem_{problem.code.replace('-', '_')}")
        evidence = f" ({problem.evidence.rstrip('.')})" if problem.evidence else ""
        said.append(f"{message.rstrip('.')}{evidence}.")
    return said


def number(value: float) -> str:
    """Four telling digits; thousands apart from 10,000 on."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def listed(names: Sequence[str], most: int = LISTED) -> str:
    """Names with commas; beyond `most` an ellipsis."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def _file(language: Language, file: FileProfile) -> str:
    if not file.columns or file.rows is None:
        what = ", ".join(f"{name} {_fact(value)}" for name, value in file.facts.items()) or str(file.format)
        return phrase(language, "read_other", file=file.file, what=what)
    names = [f"`{column.name}` ({column.role})" for column in file.columns]
    if len(names) <= COLUMNS_NAMED:
        columns = phrase(language, "columns_few", names=", ".join(names))
    else:
        columns = phrase(language, "columns_many", count=len(names), names=", ".join(names[:COLUMNS_NAMED]))
    return phrase(language, "read_file", file=file.file, rows=f"{file.rows:,}", columns=columns)


def _fact(value: object) -> str:
    if isinstance(value, dict):
        return listed([f"{name}: {count}" for name, count in value.items()])
    return listed([str(item) for item in value]) if isinstance(value, list) else str(value)
