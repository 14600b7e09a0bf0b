"""A round over a tiny dataset with a quick peer: measured once, kept, written; processes that end in every way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from bench.measurement import Measurement, Store
from bench.process import carry_out
from bench.results import figure, table

ROOT = Path(__file__).resolve().parents[2]
WORDS = {"billing": "invoice charged twice refund card", "delivery": "parcel late courier address lost"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one text dataset, and one that nobody describes."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("mails", "stray"):
        (folder / name).mkdir()
        for file, rows in (("train.csv", 40), ("test.csv", 20)):
            lines = [
                f"{' '.join(words.split()[(row + shift) % 5] for shift in range(3))},{label}"
                for row in range(rows // 2)
                for label, words in WORDS.items()
            ]
            (folder / name / file).write_text("\n".join(["text,team", *lines]) + "\n", encoding="utf-8")
    told = (
        '[mails]\nkind = "text-classification"\nwords = "sort mails"\ntarget = "team"\nmetric = "accuracy"\nsmall = ["whole"]\n'
    )
    (folder / "bench.toml").write_text(told, encoding="utf-8")
    return folder


def bench(data: Path, work: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The bench as make starts it, with the quickest peer."""
    command = [sys.executable, "-m", "bench", str(data), "--small", "--parts", "whole", "--contenders", "tfidf-logistic"]
    command += ["--work", str(work), "--results", str(work / "RESULTS.md"), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def test_a_stopped_bench_goes_on_with_what_it_has(data: Path, tmp_path: Path) -> None:
    first = bench(data, tmp_path)
    assert first.returncode == 0, first.stderr
    assert "stray: not described, so left out" in first.stdout
    kept = Store(tmp_path / "measurements").read("mails", "tfidf-logistic")
    assert kept is not None
    assert kept.status == "done"
    written = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert "| tfidf-logistic | 1.0000 |" in written
    assert "| average difference to the best peer at least equal | nothing measured | not measured |" in written
    again = bench(data, tmp_path)
    assert "(kept)" in again.stdout
    same = Store(tmp_path / "measurements").read("mails", "tfidf-logistic")
    assert same is not None
    assert same.when == kept.when


def test_what_is_kept_is_reported_with_what_is_missing(data: Path, tmp_path: Path) -> None:
    assert bench(data, tmp_path).returncode == 0
    told = bench(data, tmp_path, "--report", "--contenders", "tfidf-logistic", "sentence-transformers")
    assert told.returncode == 0, told.stderr
    assert Store(tmp_path / "measurements").read("mails", "sentence-transformers") is None
    written = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert "| tfidf-logistic | 1.0000 |" in written
    assert written.rstrip().count("## Not measured\n\nmails: sentence-transformers.") == 1


def test_what_is_not_there_is_said_in_a_line(data: Path, tmp_path: Path) -> None:
    done = bench(data, tmp_path, "--datasets", "houses")
    assert done.returncode == 2
    assert done.stderr == "Expected datasets among mails. Found houses. Name one of those.\n"


def test_a_kept_measurement_counts_only_under_its_own_setting(tmp_path: Path) -> None:
    store = Store(tmp_path)
    told = Measurement("mails 8-shot 0", "setfit", {"minutes": 1.0}, status="done", fit_seconds=3.0)
    store.keep(told, pd.DataFrame({"prediction": ["a"]}))
    assert store.kept("mails 8-shot 0", "setfit", {"minutes": 1.0}) == told
    assert store.kept("mails 8-shot 0", "setfit", {"minutes": 2.0}) is None
    assert store.answers(told)["prediction"].tolist() == ["a"]
    (tmp_path / "mails_8-shot_0" / "setfit.json").write_text("{", encoding="utf-8")
    assert store.read("mails 8-shot 0", "setfit") is None


def test_a_process_is_ended_at_its_limit_with_its_children(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)"
    )
    ended = carry_out([sys.executable, "-c", code], 2.0, tmp_path, {})
    assert ended.late
    assert ended.seconds < 20
    assert ended.reason == f"not finished after {ended.seconds:.0f} s"


def test_a_process_that_fails_says_its_last_words(tmp_path: Path) -> None:
    ended = carry_out([sys.executable, "-c", "raise SystemExit('no disk')"], 30.0, tmp_path, {})
    assert ended.reason == "exit code 1: no disk"


def test_a_table_keeps_its_columns_whatever_the_cells_hold() -> None:
    assert table(("a", "b"), [("x|y", "two\nlines")]) == "| a | b |\n|---|---|\n| x\\|y | two lines |"
    assert [figure(value) for value in (None, 0.01234, 12.34, 123.4, 12345.0)] == ["–", "0.0123", "12.3", "123", "12,345"]
