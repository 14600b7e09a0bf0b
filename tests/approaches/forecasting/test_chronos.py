"""Chronos-Bolt: where it may be used, and what it says; a tiny random model stands where the real one would be cached."""

from __future__ import annotations

import json
from pathlib import Path

import forecast_jobs
import numpy as np
import pandas as pd
import pytest

from tools.approaches.base import LEVELS, Feasible, Infeasible
from tools.approaches.forecasting.chronos import MODEL, ChronosBolt
from tools.models import hub
from tools.runtime import load

pytest.importorskip("chronos", reason="chronos-forecasting is not installed")
LONG = {"count": 10, "median_length": 500, "longest": 500, "shortest": 500}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import tiny_chronos

    return tiny_chronos.write(tmp_path_factory.mktemp("hub") / "chronos")


def test_offline_and_not_cached_it_is_not_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "cached", lambda entry: None)
    assert ChronosBolt().consider(forecast_jobs.situation(offline=True, **LONG)) == Infeasible(
        "needs autogluon/chronos-bolt-small (191 MB), which is not in the local cache, and connections are forbidden"
    )


def test_a_download_is_in_the_plan_with_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "cached", lambda entry: None)
    found = ChronosBolt().consider(forecast_jobs.situation(offline=False, **LONG))
    assert isinstance(found, Feasible)
    assert found.estimate.download_mb == 191.0
    assert found.leaves_machine == ("the Hugging Face hub: the request for the model, nothing of your data",)
    assert "191 MB of weights" in found.reason


def test_in_the_cache_it_needs_no_connection(monkeypatch: pytest.MonkeyPatch, weights: Path) -> None:
    monkeypatch.setattr(hub, "cached", lambda entry: weights)
    near, far = (
        ChronosBolt().consider(forecast_jobs.situation(offline=True, horizon=horizon, **LONG)) for horizon in (64, 300)
    )
    assert isinstance(near, Feasible)
    assert isinstance(far, Feasible)
    assert (near.estimate.download_mb, near.leaves_machine) == (0.0, ())
    assert far.estimate.minutes > 2 * near.estimate.minutes


def test_the_copied_model_gives_the_windows_and_forecasts_any_history(
    monkeypatch: pytest.MonkeyPatch, weights: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(hub, "cached", lambda entry: weights)
    values = {name: forecast_jobs.wave(90, seed=seed) for seed, name in enumerate("ab")}
    job = forecast_jobs.job(forecast_jobs.table(values), tmp_path / "model", windows=2)
    fitted = ChronosBolt().fit(job)
    assert fitted.settings == {"model": MODEL.where}
    assert fitted.validation is not None
    assert fitted.validation.quantiles is not None
    assert fitted.validation.quantiles.shape == (28, len(LEVELS))
    model = load(tmp_path / "model")
    assert {path.name for path in (tmp_path / "model" / "chronos").iterdir()} == {"config.json", "model.safetensors"}
    assert (
        "chronos-forecasting" in json.loads((tmp_path / "model" / "manifest.json").read_text(encoding="utf-8"))["requirements"]
    )
    first = job.train.inputs.assign(target=job.train.target)
    history, window = forecast_jobs.ahead(first[["series", "time", "target"]], 7)
    said = model.quantiles(history, window[["series", "time"]])
    last = [place for place, row in enumerate(job.validation.inputs.index) if row in set((job.windows or [[]])[-1])]
    assert fitted.validation.values is not None
    assert said[:, 0] == pytest.approx(fitted.validation.values[last], rel=1e-4), "from the same history it says the same"
    times = pd.date_range("2025-01-01", periods=20, freq="D").as_unit("ns")
    other = pd.DataFrame({"series": "new", "time": times[:8], "target": np.arange(8.0)})
    longer = model.quantiles(other, pd.DataFrame({"series": "new", "time": times[8:]}))
    assert longer.shape == (12, 1 + len(LEVELS))
    assert np.isfinite(longer).all(), "further than the model gives at once"
