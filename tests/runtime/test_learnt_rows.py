"""Checksums of rows: the same for loaded values and for the texts of a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tools.runtime.learnt_rows import read, row_key, write

INPUTS = [{"name": "age", "role": "number"}, {"name": "town", "role": "category"}, {"name": "since", "role": "date"}]


def test_a_row_has_one_key_however_it_is_written() -> None:
    loaded = {"age": 31.5, "town": "Köln am Rhein", "since": datetime(2023, 1, 2)}
    assert row_key(loaded, INPUTS) == row_key({"age": "31,5", "town": " Köln  am Rhein", "since": "02.01.2023"}, INPUTS)
    assert row_key(loaded, INPUTS) != row_key({**loaded, "age": 31.0}, INPUTS)
    missing = {"age": float("nan"), "town": None, "since": None}
    assert row_key(missing, INPUTS) == row_key({"age": "", "town": "NA", "since": ""}, INPUTS)


def test_keys_are_kept_in_the_model_folder(tmp_path: Path) -> None:
    assert read(tmp_path) == set()
    write(tmp_path, [7, 3, 4_000_000_000, 3])
    assert read(tmp_path) == {3, 7, 4_000_000_000}
    assert (tmp_path / "learnt_rows.bin").stat().st_size == 12
