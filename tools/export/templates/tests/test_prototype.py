"""The prototype still gives the answers of the day it was made: `pytest` (or `python tests/test_prototype.py`).

golden.csv holds made-up rows of the right shape, golden.jsonl the answers of the very model that was measured. Where a language
model at an endpoint is asked, what it said on that day stands in recorded.jsonl and is said again by replay.py: no key is needed.
"""

import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-3
RECORDED = HERE / "recorded.jsonl"
BESIDE_REPLAY = [sys.executable, str(HERE / "replay.py"), str(RECORDED)] if RECORDED.is_file() else []


def answers(source: Path, name: str) -> list:
    """What predict.py writes for the file."""
    with tempfile.TemporaryDirectory() as place:
        output = Path(place) / name
        command = [sys.executable, str(HERE.parent / "predict.py"), str(source), "-o", str(output), "--probabilities"]
        command = [*BESIDE_REPLAY, *command]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return output.read_text(encoding="utf-8").splitlines()


def test_answers_are_those_of_the_day_it_was_made() -> None:
    wanted = [json.loads(line) for line in (HERE / "golden.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [json.loads(line) for line in answers(HERE / "golden.csv", "answers.jsonl")]
    assert len(found) == len(wanted)
    for mine, golden in zip(found, wanted):
        for name, value in golden.items():
            if isinstance(value, float):
                assert math.isclose(mine[name], value, rel_tol=TOLERANCE, abs_tol=TOLERANCE), (name, mine[name], value)
            else:
                assert mine[name] == value


def test_rows_and_columns_are_kept() -> None:
    lines = answers(HERE / "golden.csv", "answers.csv")
    header = (HERE / "golden.csv").read_text(encoding="utf-8").splitlines()[0]
    assert lines[0].startswith(header + ",prediction")


def test_a_missing_column_is_one_message_and_exit_code_2() -> None:
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "other.csv"
        source.write_text("something else\n1\n", encoding="utf-8")
        command = [sys.executable, str(HERE.parent / "predict.py"), str(source), "-o", str(Path(place) / "answers.csv")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Expected the columns") and "Traceback" not in done.stderr


if __name__ == "__main__":
    test_answers_are_those_of_the_day_it_was_made()
    test_rows_and_columns_are_kept()
    test_a_missing_column_is_one_message_and_exit_code_2()
    print("All well.")
