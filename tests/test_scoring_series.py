"""Scores of forecasts, against their definitions worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tools.approaches.base import LEVELS, Predictions, Rows, SeriesContext
from tools.core.data import SeriesForm
from tools.core.errors import TaskError
from tools.core.task import MetricName, MetricSpec, TaskSpec
from tools.metrics.series import FEW_SERIES, context, units
from tools.overrides import check_metric
from tools.scoring import METRICS, default_metric, evaluate, paired_difference, shown_metrics

TASK = TaskSpec(kind="forecasting", target="y", horizon=2)
MASE = MetricSpec(name="mase")


def where(series: list[int], scale: list[float]) -> SeriesContext:
    steps = [series[: place + 1].count(one) for place, one in enumerate(series)]
    zeros = np.zeros(len(series), dtype=int)
    return SeriesContext(
        np.array(series), np.array(steps), zeros, np.array(scale, dtype=float), np.array(scale, dtype=float) ** 2
    )


def forecasts(values: list[float], places: SeriesContext, width: float = 0.0) -> Predictions:
    point = np.array(values, dtype=float)
    quantiles = np.repeat(point[:, None], len(LEVELS), axis=1)
    return Predictions(values=point, low=point - width, high=point + width, quantiles=quantiles, context=places)


def value(name: MetricName, target: list[float], predictions: Predictions) -> float:
    return evaluate(TASK, MetricSpec(name=name), target, predictions).main.value


def test_each_series_counts_the_same() -> None:
    places = where([0, 0, 0, 1], [2, 2, 2, 10])
    found = forecasts([12, 10, 10, 30], places)  # errors 2, 0, 0 of scale 2 and 10 of scale 10
    assert value("mase", [10, 10, 10, 20], found) == pytest.approx((1 / 3 + 1) / 2)
    assert value("rmsse", [10, 10, 10, 20], found) == pytest.approx(((1 / 3) ** 0.5 + 1) / 2)
    assert value("smape", [10, 10, 10, 20], found) == pytest.approx((200 * 2 / 22 / 3 + 200 * 10 / 50) / 2)
    assert value("mae", [10, 10, 10, 20], found) == pytest.approx(3.0)


def test_quantile_loss_and_coverage() -> None:
    places = where([0, 0], [1, 1])
    found = forecasts([8, 22], places, width=2)
    errors = np.array([2.0, -2.0])
    loss = np.maximum(np.array(LEVELS) * errors[:, None], (np.array(LEVELS) - 1) * errors[:, None])
    assert value("wql", [10, 20], found) == pytest.approx(2 * loss.mean(axis=1).sum() / 30)
    assert evaluate(TASK, MASE, [10, 20], found).others["coverage"].value == 1.0
    assert evaluate(TASK, MASE, [10.5, 20], found).others["coverage"].value == 0.5


def test_a_series_that_never_changed_has_no_scaled_error() -> None:
    assert value("mase", [10, 20], forecasts([11, 23], where([0, 1], [np.nan, 3]))) == pytest.approx(1.0)
    undefined = evaluate(TASK, MASE, [10, 20], forecasts([11, 23], where([0, 1], [np.nan, np.nan])))
    assert (undefined.main.metric, undefined.main.value) == ("mae", 2.0)
    assert "mase" not in undefined.others


def test_points_without_a_value_are_not_judged_on() -> None:
    found = evaluate(TASK, MASE, [10, float("nan")], forecasts([11, 99], where([0, 0], [1, 1])))
    assert (found.rows, found.main.value) == (1, 1.0)


def history(values: list[float], series: list[str]) -> Rows:
    inputs = pd.DataFrame({"series": series, "time": np.arange(len(values))})
    return Rows(inputs, pd.Series(values, dtype=float))


def test_scales_know_only_what_comes_before_the_window() -> None:
    rows = history([1, 2, 3, 5, 100, 200, 7, 7, 7, 9], ["a"] * 6 + ["b"] * 4)
    form = SeriesForm(time_column="t", target="y", seasons=[2])
    found = context(form, rows, [4, 5, 8, 9], [[4, 5, 8, 9]])
    assert found.step.tolist() == [1, 2, 1, 2]
    assert found.series.tolist() == [0, 0, 1, 1]
    assert found.scale[:2].tolist() == [2.5, 2.5]  # |3-1|, |5-2|
    assert found.squared_scale[:2].tolist() == [6.5, 6.5]
    assert np.isnan(found.scale[2:]).all()  # 7, 7: nothing changes


def test_a_season_longer_than_the_history_is_replaced_by_one_step() -> None:
    form = SeriesForm(time_column="t", target="y", seasons=[12])
    assert context(form, history([1, 2, 4, 9], ["a"] * 4), [3], [[3]]).scale.tolist() == [1.5]


def test_windows_have_their_own_history() -> None:
    form = SeriesForm(time_column="t", target="y")
    found = context(form, history([0, 1, 3, 6, 10], ["a"] * 5), [3, 4], [[3], [4]])
    assert found.window.tolist() == [0, 1]
    assert found.step.tolist() == [1, 1]
    assert found.scale.tolist() == [1.5, 2.0]


def test_series_are_drawn_where_there_are_many_and_blocks_of_steps_where_there_are_few() -> None:
    many = where([one for one in range(FEW_SERIES) for _ in range(5)], [1.0] * 5 * FEW_SERIES)
    assert len(set(units(many).tolist())) == FEW_SERIES
    few = where([0] * 27, [1.0] * 27)
    assert np.bincount(units(few)).tolist() == [3] * 9


def test_intervals_hold_the_value_and_shrink_with_more_series() -> None:
    random = np.random.default_rng(0)

    def width(count: int) -> float:
        series = [one for one in range(count) for _ in range(4)]
        found = evaluate(
            TASK,
            MASE,
            [0.0] * len(series),
            forecasts(list(random.normal(size=len(series))), where(series, [1.0] * len(series))),
        )
        assert found.main.low is not None
        assert found.main.high is not None
        assert found.main.low < found.main.value < found.main.high
        return found.main.high - found.main.low

    assert width(400) < 0.6 * width(40)


@pytest.mark.parametrize("name", ["mase", "rmsse", "smape", "wql"])
@pytest.mark.parametrize("count", [2, 40])
def test_the_better_forecast_is_ahead(name: MetricName, count: int) -> None:
    series = [one for one in range(count) for _ in range(12)]
    places = where(series, [1.0] * len(series))
    target = [10.0 + one % 3 for one in series]
    good, bad = (forecasts([one + off for one in target], places) for off in (0.5, 1.5))
    lead = paired_difference(TASK, MetricSpec(name=name), target, good, bad)
    assert lead.value > 0
    assert lead.low is not None
    assert lead.low > 0
    assert paired_difference(TASK, MetricSpec(name=name), target, bad, good).value == pytest.approx(-lead.value)


def test_metrics_of_forecasts_are_known_by_default() -> None:
    assert default_metric(TASK, None) == MASE
    assert shown_metrics(TASK) == ("mase", "smape", "rmsse", "wql", "coverage", "mae")
    assert [METRICS[name].sign() for name in ("mase", "smape", "rmsse", "wql")] == [-1] * 4


@pytest.mark.parametrize("name", ["accuracy", "coverage", "r2"])
def test_what_is_no_measure_of_forecasts_is_refused(name: MetricName) -> None:
    with pytest.raises(TaskError, match="Expected a metric for forecast"):
        default_metric(TASK.model_copy(update={"metric": MetricSpec(name=name)}), None)
    with pytest.raises(TaskError, match="Expected a metric for forecasting"):
        check_metric(MetricSpec(name=name), TASK)


def test_forecasts_without_their_places_are_a_defect() -> None:
    with pytest.raises(ValueError, match="expected forecasts with their places in series"):
        evaluate(TASK, MASE, [1.0], Predictions(values=np.array([1.0])))
