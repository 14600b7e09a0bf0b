"""The prototype of a forecaster: proved, run on newer data, served, taught; a long table and a wide one."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import forecast_runs
import polars as pl
import pytest

from tools.core.errors import NothingBuilt
from tools.core.prototype import Proof
from tools.export import forecast_proof, packing
from tools.export.chosen import chosen
from tools.export.exporter import export
from tools.export.verify import prove
from tools.jobs.run import Run
from tools.runtime import load

DAYS = 84


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Run:
    """Shops in a long table, with a column that is known in advance."""
    place = tmp_path_factory.mktemp("shops")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTTRACK_HOME", str(place / "home"))
        spec = forecast_runs.task(inputs=["promo"], known_columns=["promo"])
        return forecast_runs.built(place / "run", forecast_runs.write_shops(place / "shops.csv"), ["seasonal-naive"], spec)


@pytest.fixture(autouse=True)
def home_of_the_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTTRACK_HOME", str(run.folder.parent / "home"))


@pytest.fixture(scope="module")
def prototype(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTTRACK_HOME", str(run.folder.parent / "home"))
        return packing.unpack(export(run.folder), tmp_path_factory.mktemp("prototype"))


def script(prototype: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=prototype, capture_output=True, text=True, check=False)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_is_proved_from_the_persons_own_file(run: Run, tmp_path: Path) -> None:
    archive = export(run.folder, tmp_path)
    proof = prove(run.folder, archive, offline=True)
    assert (proof.rows, proof.same_predictions, proof.network) == (21, True, "refused")
    assert proof.largest_difference < 1e-9
    assert not [name for name in proof.distributions if name.startswith(("torch", "scikit"))]
    assert (
        Proof.model_validate_json((packing.unpack(archive, tmp_path / "out") / "PROOF.json").read_text(encoding="utf-8"))
        == proof
    )
    found = chosen(run.folder)
    history, options, source = forecast_proof.asked(found, forecast_proof.wanted(found), tmp_path)
    assert source == "the person's own file"
    assert options[:2] == ["--horizon", "7"]
    locked = [row for row in rows_of(history) if row["day"] >= "2024-03-18"]
    assert len(locked) == 21
    assert {row["sales"] for row in locked} == {""}


def test_other_forecasts_than_the_runs_are_not_proved(run: Run, tmp_path: Path) -> None:
    archive = export(run.folder, tmp_path)
    kept = run.candidate("seasonal-naive") / "predictions.parquet"
    before = kept.read_bytes()
    pl.read_parquet(kept).with_columns(pl.col("value") * 1.01).write_parquet(kept)
    try:
        with pytest.raises(NothingBuilt, match=r"a difference of 0\.0099 on 21 rows written from the person's own file"):
            prove(run.folder, archive, offline=True)
    finally:
        kept.write_bytes(before)


def test_it_forecasts_from_the_newest_data_and_a_shop_that_it_never_saw(prototype: Path, tmp_path: Path) -> None:
    newer = forecast_runs.write_shops(tmp_path / "newer.csv", days=100, shops=["harbour"])
    done = script(prototype, "predict.py", newer, "-o", tmp_path / "ahead.csv", "--horizon", 3)
    assert done.returncode == 0, done.stderr
    found = rows_of(tmp_path / "ahead.csv")
    days = [(forecast_runs.START + timedelta(days=day)).date().isoformat() for day in (100, 101, 102)]
    assert [(row["shop"], row["day"]) for row in found] == [("harbour", day) for day in days]
    assert [float(row["prediction"]) for row in found] == [forecast_runs.value(day, 0) for day in (93, 94, 95)]
    assert all(float(row["low"]) < float(row["prediction"]) < float(row["high"]) for row in found)


def test_json_lines_in_and_out_with_what_is_known_of_the_future(prototype: Path, tmp_path: Path) -> None:
    history = [{"shop": "x", "day": f"2024-03-{day:02d}", "promo": 0, "sales": day} for day in range(1, 29)]
    ahead = [{"shop": "x", "day": f"2024-03-{day}", "promo": 1} for day in (29, 30)]
    for name, rows in (("history", history), ("ahead", ahead)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = ["--horizon", "2", "--future", tmp_path / "ahead.jsonl"]
    done = script(prototype, "predict.py", tmp_path / "history.jsonl", "-o", tmp_path / "out.jsonl", *options)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["day"], row["prediction"]) for row in found] == [("2024-03-29", 22.0), ("2024-03-30", 23.0)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("shop,when,sales\nx,2024-01-01,1\n", "Expected the columns ['day', 'shop', 'sales'] in given.csv."),
        ("shop,day,sales\nx,soon,1\n", "Expected times in day. Found 1 of 1 rows without, such as 'soon'."),
        ("shop,day,sales\nx,2024-01-01,\n", "Expected numbers in sales. Found none in 1 rows."),
    ],
)
def test_a_history_that_cannot_be_read_is_one_message(prototype: Path, tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "given.csv").write_text(content, encoding="utf-8")
    done = script(prototype, "predict.py", tmp_path / "given.csv", "-o", tmp_path / "out.csv")
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert not (tmp_path / "out.csv").exists()


def test_its_own_test_passes_and_retraining_keeps_what_is_not_worse(prototype: Path, tmp_path: Path) -> None:
    done = script(prototype, "tests/test_prototype.py")
    assert (done.returncode, done.stdout) == (0, "All well.\n"), done.stderr
    longer = forecast_runs.write_shops(tmp_path / "longer.csv", days=120)
    done = script(prototype, "retrain.py", longer, "-o", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "3 series, 360 steps; the last 21 are held back to compare both models." in done.stderr
    assert load(tmp_path / "new").manifest["series"] == load(prototype / "model").manifest["series"]
    done = script(prototype, "predict.py", longer, "-o", tmp_path / "out.csv", "--model", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    short = forecast_runs.write_shops(tmp_path / "short.csv", days=5)
    done = script(prototype, "retrain.py", short, "-o", tmp_path / "newer")
    assert done.returncode == 2
    assert done.stderr.startswith("Expected a series of at least 11 steps, to hold back the last 7. Found 5 in the longest.")


def test_it_is_served(prototype: Path) -> None:
    asking = """
import json
from fastapi.testclient import TestClient
import serve
client = TestClient(serve.app)
rows = [{"shop": "x", "day": f"2024-03-{day:02d}", "promo": 0, "sales": day} for day in range(1, 29)]
answers = client.post("/predict", json={"history": rows, "horizon": 2})
bad = client.post("/predict", json={"history": [{"shop": "x", "day": "soon", "promo": 0, "sales": 1}]})
missing = client.post("/predict", json={"history": [{"shop": "x"}]})
print(json.dumps([answers.json(), bad.status_code, bad.json()["detail"], missing.status_code, client.get("/health").json()]))
"""
    done = script(prototype, "-c", asking)
    assert done.returncode == 0, done.stderr
    answers, bad, why, missing, health = json.loads(done.stdout)
    assert [(row["day"], row["prediction"]) for row in answers] == [("2024-03-29", 22.0), ("2024-03-30", 23.0)]
    assert (bad, missing) == (422, 422)
    assert why.startswith("Expected times in day.")
    assert health["horizon"] == 7


def test_the_papers_speak_of_series_and_steps(prototype: Path) -> None:
    speed = json.loads((prototype / "prototype.json").read_text(encoding="utf-8"))["speed"]
    assert 0 < speed["single_p50_ms"] <= speed["single_p95_ms"]
    readme = (prototype / "README.md").read_text(encoding="utf-8")
    card = (prototype / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "It forecasts `sales` every day, 7 days ahead, and was made from 3 series." in readme
    assert "promo" not in readme  # this model does not read it
    assert "series a second in batches" in readme
    assert "- Forecasts: `sales`, every day, 7 days ahead" in card
    assert "the last 7 steps of each of 3 series are locked until the end" in card
    files: set[Any] = {path.name for path in (prototype / "prototype").iterdir()}
    assert "learnt_rows.py" not in files
    assert {"forecasting.py", "series.py", "series_files.py", "forecast_naive.py"} <= files


def test_a_wide_table_is_proved_too(tmp_path: Path, shared_cache: Path) -> None:
    with (tmp_path / "wide.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Tag", "Nord", "Süd"])
        for day in range(DAYS):
            when = (forecast_runs.START + timedelta(days=day)).strftime("%d.%m.%Y")
            writer.writerow([when, *(str(forecast_runs.value(day, place)).replace(".", ",") for place in (0, 1))])
    spec = forecast_runs.task(target=None, target_columns=["Nord", "Süd"], time_column="Tag", series_columns=[])
    wide = forecast_runs.built(tmp_path / "run", tmp_path / "wide.csv", ["seasonal-naive"], spec)
    archive = export(wide.folder)
    proof = prove(wide.folder, archive, offline=True)
    assert (proof.rows, proof.same_predictions) == (14, True)
    folder = packing.unpack(archive, tmp_path / "out")
    done = script(folder, "predict.py", tmp_path / "wide.csv", "-o", tmp_path / "ahead.csv", "--horizon", 1)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "ahead.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    assert [(row["series"], row["Tag"]) for row in found] == [("Nord", "25.03.2024"), ("Süd", "25.03.2024")]
