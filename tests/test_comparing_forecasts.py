"""Which forecaster is chosen: few windows of few series tell little, so the average of several is taken where it is close."""

from __future__ import annotations

import numpy as np
import pytest

from tools.approaches.base import Predictions, SeriesContext
from tools.comparing import compare
from tools.core.evaluation import CandidateResult
from tools.core.task import MetricSpec, TaskSpec
from tools.scoring import evaluate

TASK = TaskSpec(kind="forecasting", target="sales", horizon=24)
METRIC = MetricSpec(name="mase")
STEPS, WINDOWS = 24, 4


def found(error: float, series: int) -> tuple[list[float], Predictions]:
    """(truth, forecasts that are everywhere off by about `error` of the scale)."""
    rows = series * WINDOWS * STEPS
    truth = 100 + 5 * np.sin(np.arange(rows))
    said = truth + error * (1 + 0.01 * np.cos(np.arange(rows)))
    where = SeriesContext(
        series=np.repeat(np.arange(series), WINDOWS * STEPS),
        step=np.tile(np.arange(1, STEPS + 1), series * WINDOWS),
        window=np.tile(np.repeat(np.arange(WINDOWS), STEPS), series),
        scale=np.ones(rows),
        squared_scale=np.ones(rows),
    )
    spread = np.linspace(-1, 1, 11)
    return truth.tolist(), Predictions(values=said, quantiles=said[:, None] + spread[None, :], context=where)


def chosen(best: float, average: float, series: int) -> tuple[str | None, str]:
    said = {"boosted-lags": found(best, series), "average": found(average, series), "last-value": found(3.0, series)}
    truth = said["average"][0]
    results = [
        CandidateResult(
            name=name, approach="automl" if name == "average" else "baseline", title=f"the {name}", status="done",
            validation=evaluate(TASK, METRIC, truth, one), fit_seconds=1.0, predict_ms_per_row=1.0, size_mb=1.0,
        )
        for name, (_, one) in said.items()
    ]  # fmt: skip
    predictions = {name: one for name, (_, one) in said.items()}
    comparison = compare(TASK, METRIC, results, truth, predictions, {"last-value"}, None)
    return comparison.chosen, comparison.why


def test_of_one_series_a_slight_lead_over_the_average_is_not_trusted() -> None:
    name, why = chosen(best=1.0, average=1.08, series=1)
    assert name == "average"
    assert "On validation it trails the boosted-lags by 0.08 (0.08 to 0.08), more than chance." in why
    assert (
        "The boosted-lags is ahead on validation, but by little, in the few windows of few series; averaging several is safer "
        "than picking one then." in why
    )


@pytest.mark.parametrize(("average", "series"), [(1.15, 1), (1.08, 40)])
def test_a_large_lead_or_one_over_many_series_is_trusted(average: float, series: int) -> None:
    name, why = chosen(best=1.0, average=average, series=series)
    assert name == "boosted-lags"
    assert "averaging several is safer" not in why
