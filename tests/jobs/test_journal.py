"""The journal survives a kill in the middle of a line, and used time only grows."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tools.core.errors import MachineError
from tools.jobs import journal, lock
from tools.jobs.journal import Journal


def test_a_torn_last_line_is_left_out_and_mended_by_the_next_writer(tmp_path: Path) -> None:
    journal.note(tmp_path, "approved", plan_hash="abc")
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"at": "2026", "seconds": 4.0, "event": "progr')
    assert [event["event"] for event in journal.read(tmp_path)] == ["approved"]
    Journal(tmp_path).write("candidate-finished", name="majority")
    assert [event["event"] for event in journal.read(tmp_path)] == ["approved", "candidate-finished"]
    assert (tmp_path / "events.jsonl").read_bytes().count(b"\n") == 3


def test_what_is_whole_json_but_no_event_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text('3\n"text"\n{"no": "event"}\n\n{"event": "waiting", "seconds": 1}\n')
    assert journal.read(tmp_path) == [{"event": "waiting", "seconds": 1}]


def test_a_new_worker_goes_on_with_the_used_time(tmp_path: Path) -> None:
    assert journal.used_seconds(tmp_path) == 0.0
    (tmp_path / "events.jsonl").write_text(json.dumps({"event": "heartbeat", "seconds": 41.5}) + "\n")
    entries = Journal(tmp_path)
    assert entries.write("waiting")["seconds"] == 41.5, "waiting does not count"
    entries.begin()
    time.sleep(0.06)
    assert 41.55 <= entries.write("preparing")["seconds"] < 43


def test_a_heartbeat_only_where_nothing_was_said(tmp_path: Path) -> None:
    entries = Journal(tmp_path)
    entries.write("preparing")
    entries.beat(every=60)
    entries.beat(every=0)
    assert [event["event"] for event in journal.read(tmp_path)] == ["preparing", "heartbeat"]


def test_following_ends_when_nobody_is_at_work_and_all_was_read(tmp_path: Path) -> None:
    journal.note(tmp_path, "approved")
    held = lock.take(tmp_path)
    assert held is not None
    events = journal.follow(tmp_path, poll=0.01)
    assert next(events)["event"] == "approved"
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "compa')
        file.flush()
        file.write(b'red", "seconds": 0}\n')
    assert next(events)["event"] == "compared"
    journal.note(tmp_path, "run-finished", status="done")
    lock.release(held)
    assert [event["event"] for event in events] == ["run-finished"]


def test_a_disk_that_refuses_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").mkdir()
    with pytest.raises(MachineError) as caught:
        journal.note(tmp_path / "not-there", "approved")
    assert str(caught.value) == (
        f"Expected to write the run's journal at {tmp_path / 'not-there' / 'events.jsonl'}. Found No such file or directory. "
        "Free some disk space, then `fasttrack resume` goes on where it stopped."
    )


def test_one_worker_a_run(tmp_path: Path) -> None:
    assert lock.is_held(tmp_path) is False
    held = lock.take(tmp_path)
    assert held is not None
    assert lock.is_held(tmp_path) is True
    assert lock.take(tmp_path, patience=0.1) is None
    lock.release(held)
    assert lock.is_held(tmp_path) is False


def test_one_building_run_a_machine() -> None:
    held = lock.take_machine()
    assert held is not None
    assert lock.take_machine() is None
    lock.release(held)
    again = lock.take_machine()
    assert again is not None
    lock.release(again)
