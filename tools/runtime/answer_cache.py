"""Answers that were paid for, on disk: several processes may use one file at once, and killing one loses none.

It holds hashes of questions, never their words, and what the model said.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import threading
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PATIENCE = 30.0  # seconds to wait for another process that is writing
SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, said BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS forms (endpoint TEXT PRIMARY KEY, form TEXT NOT NULL) WITHOUT ROWID;
"""


def question_key(*parts: Any) -> str:
    """A hash of JSON-able parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


class AnswerCache:
    """One SQLite file, or nothing where there is no path: then it keeps nothing.

    A file that is none (or was damaged) is set aside under another name and begun anew; a disk that is full stops the keeping,
    not the asking. problem: what went wrong, for people; None where nothing did.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.problem: str | None = None
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def get(self, key: str) -> dict[str, Any] | None:
        """What was kept under the key."""
        rows = self._run("SELECT said FROM answers WHERE key = ?", key)
        try:
            return dict(json.loads(zlib.decompress(rows[0][0]))) if rows else None
        except (zlib.error, ValueError, TypeError):  # damaged: it is asked and kept again
            return None

    def put(self, key: str, said: Mapping[str, Any]) -> None:
        """Keep it. It is on disk when this returns."""
        raw = zlib.compress(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"), 1)
        self._run("INSERT OR REPLACE INTO answers VALUES (?, ?)", key, raw)

    def form(self, endpoint: str) -> dict[str, Any] | None:
        """What was found out about an endpoint."""
        rows = self._run("SELECT form FROM forms WHERE endpoint = ?", endpoint)
        return dict(json.loads(rows[0][0])) if rows else None

    def put_form(self, endpoint: str, form: Mapping[str, Any]) -> None:
        """Remember what was found out."""
        self._run("INSERT OR REPLACE INTO forms VALUES (?, ?)", endpoint, json.dumps(form))

    def close(self) -> None:
        """Close the file; using the cache again opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        if self.path is None:
            return []
        with self._lock:
            try:
                return self._opened().execute(statement, values).fetchall()
            except sqlite3.OperationalError as error:  # full, locked for too long, not writable: go on without
                self.problem = f"answers are not kept in {self.path}: {error}"
            except sqlite3.DatabaseError as error:  # no database, or a damaged one
                self._set_aside(error)
                with contextlib.suppress(sqlite3.Error):
                    return self._opened().execute(statement, values).fetchall()
        return []

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            assert self.path is not None
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing, only a power cut may
                connection.executescript(SCHEMA)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        assert self.path is not None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        aside = self.path.with_name(f"{self.path.name}.broken-{time.strftime('%Y%m%d-%H%M%S')}")
        with contextlib.suppress(OSError):
            self.path.replace(aside)
            self.problem = f"{self.path} was no sound database ({error}); it was set aside as {aside.name}"
        for ending in ("-wal", "-shm"):
            with contextlib.suppress(OSError):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
