"""JSON objects, a line each or in one array, and what is nested in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from .text_file import InputError, opened


def json_objects(path: Path, encoding: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line or position, object) for a line each, or for one array of objects."""
    with opened(path, encoding) as file:
        first = file.read(1)
        while first.isspace():
            first = file.read(1)
        file.seek(0)
        numbered = enumerate(_array(file, path), 1) if first == "[" else _lines(file, path)
        for number, record in numbered:
            if not isinstance(record, dict):
                raise InputError(
                    f"Expected a JSON object a row in {path.name}. Found {type(record).__name__} at {number}. "
                    'Write rows such as {"column": "value"}.'
                )
            yield number, record


def _array(file: TextIO, path: Path) -> list[Any]:
    try:
        found = json.load(file)
    except json.JSONDecodeError as error:
        raise InputError(f"Expected a JSON array in {path.name}. Found a mistake: {error}. Mend the file.") from None
    return list(found)


def _lines(file: TextIO, path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(
                f"Expected a JSON object a line in {path.name}. Found a mistake in line {number}: {error.msg}. Mend that line."
            ) from None


def flattened(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects under names with dots; lists as JSON text."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            flat.update(flattened(value, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
    return flat
