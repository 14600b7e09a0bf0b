"""Paid answers on disk: for several processes, through kills, and past a broken file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from tools.runtime.answer_cache import AnswerCache, question_key

WRITER = """
import sys
from pathlib import Path
from tools.runtime.answer_cache import AnswerCache
cache = AnswerCache(Path(sys.argv[1]))
for number in range(100):
    cache.put(f"{sys.argv[2]} {number}", {"said": number})
    assert cache.get(f"{sys.argv[2]} {number}") == {"said": number}
assert cache.problem is None, cache.problem
import os; os._exit(9)
"""


def test_what_is_put_is_got_also_by_another(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "deep" / "answers.sqlite")
    assert cache.get("k") is None
    cache.put("k", {"text": "Grüße 好 \ud800", "n": [1, 2.5]})
    cache.put_form("here m", {"mode": "text"})
    other = AnswerCache(tmp_path / "deep" / "answers.sqlite")
    assert other.get("k") == {"text": "Grüße 好 \ud800", "n": [1, 2.5]}
    assert other.form("here m") == {"mode": "text"}
    assert other.form("there m") is None
    cache.close()
    assert cache.get("k") is not None  # opened again


def test_nothing_is_kept_without_a_path() -> None:
    cache = AnswerCache(None)
    cache.put("k", {"a": 1})
    assert cache.get("k") is None
    assert cache.problem is None


def test_processes_write_at_once_and_a_killed_one_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    processes = [subprocess.Popen([sys.executable, "-P", "-c", WRITER, str(path), name]) for name in ("a", "b", "c")]
    assert [process.wait(60) for process in processes] == [9, 9, 9]
    cache = AnswerCache(path)
    assert all(cache.get(f"{name} {number}") == {"said": number} for name in "abc" for number in range(100))


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    path.write_text("this is no database, but it is somebody's file " * 50)
    cache = AnswerCache(path)
    assert cache.get("k") is None
    cache.put("k", {"a": 1})
    assert cache.get("k") == {"a": 1}
    [aside] = tmp_path.glob("answers.sqlite.broken-*")
    assert aside.read_text().startswith("this is no database")
    assert cache.problem == f"{path} was no sound database (file is not a database); it was set aside as {aside.name}"


def test_a_kept_answer_that_cannot_be_read_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    cache = AnswerCache(path)
    cache.put("k", {"a": 1})
    cache.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE answers SET said = x'00'")
    connection.close()
    assert AnswerCache(path).get("k") is None


def test_a_place_that_cannot_be_written_stops_the_keeping_not_the_asking(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    cache = AnswerCache(tmp_path / "folder")
    cache.put("k", {"a": 1})
    assert cache.get("k") is None
    assert cache.problem == f"answers are not kept in {tmp_path / 'folder'}: unable to open database file"


def test_keys_depend_on_every_part_and_not_on_the_order_of_names() -> None:
    assert question_key("a", {"x": 1, "y": 2}) == question_key("a", {"y": 2, "x": 1})
    assert len({question_key("a", 1), question_key("a", "1"), question_key(["a", 1]), question_key("a\ud800")}) == 4
