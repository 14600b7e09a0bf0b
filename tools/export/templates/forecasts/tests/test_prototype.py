"""The prototype still gives the forecasts of the day it was made: `pytest` (or `python tests/test_prototype.py`).

golden.csv holds a made-up history of the right shape (golden-future.csv what would be known of its future), golden.jsonl the
forecast of the very model that was measured.
"""

import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-3
AHEAD = HERE / "golden-future.csv"
GIVEN = ["--future", str(AHEAD)] if AHEAD.is_file() else []


def run(source: Path, output: Path, *more: str) -> subprocess.CompletedProcess:
    """predict.py on a history."""
    command = [sys.executable, str(HERE.parent / "predict.py"), str(source), "-o", str(output), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def forecast(name: str, *more: str) -> list:
    """The lines that it writes for the made-up history."""
    with tempfile.TemporaryDirectory() as place:
        output = Path(place) / name
        done = run(HERE / "golden.csv", output, *GIVEN, *more)
        assert done.returncode == 0, done.stderr
        return output.read_text(encoding="utf-8").splitlines()


def test_forecasts_are_those_of_the_day_it_was_made() -> None:
    wanted = [json.loads(line) for line in (HERE / "golden.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [json.loads(line) for line in forecast("forecast.jsonl")]
    assert len(found) == len(wanted)
    spread = max(abs(row["high"] - row["low"]) for row in wanted)
    for mine, golden in zip(found, wanted):
        for name, value in golden.items():
            if isinstance(value, float):
                assert math.isclose(mine[name], value, rel_tol=TOLERANCE, abs_tol=TOLERANCE * spread), (name, mine, golden)
            else:
                assert mine[name] == value


def test_the_horizon_can_be_chosen_and_intervals_hold_the_forecast() -> None:
    one = [json.loads(line) for line in forecast("forecast.jsonl", "--horizon", "1")]
    two = [json.loads(line) for line in forecast("forecast.jsonl", "--horizon", "2")]
    assert len(two) == 2 * len(one)
    assert all(row["low"] <= row["high"] for row in two)


def test_the_columns_are_those_of_the_history() -> None:
    header = forecast("forecast.csv")[0]
    assert header.endswith("prediction,low,high")


def test_a_missing_column_is_one_message_and_exit_code_2() -> None:
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "other.csv"
        source.write_text("something else\n1\n", encoding="utf-8")
        done = run(source, Path(place) / "forecast.csv")
    assert done.returncode == 2
    assert done.stderr.startswith("Expected the columns") and "Traceback" not in done.stderr


if __name__ == "__main__":
    test_forecasts_are_those_of_the_day_it_was_made()
    test_the_horizon_can_be_chosen_and_intervals_hold_the_forecast()
    test_the_columns_are_those_of_the_history()
    test_a_missing_column_is_one_message_and_exit_code_2()
    print("All well.")
