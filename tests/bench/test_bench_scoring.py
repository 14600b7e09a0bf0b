"""Scores of the benchmark: against scikit-learn, against numbers that were worked out by hand, paired."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from bench import forecasts
from bench.datasets import Dataset
from bench.forecasts import Series
from bench.material import prepare
from bench.scoring import difference, judge, macro_f1, same


def classes(truth: list[str], answers: list[str]) -> tuple[pd.Series[str], pd.DataFrame]:
    """Truth and answers as files hold them."""
    return pd.Series(truth), pd.DataFrame({"prediction": answers})


def test_labels_are_compared_without_quotes_blanks_and_decimals() -> None:
    assert [same(text) for text in ("'-1'", " yes ", "1.0", 1, "-2.0", "v1.0", "3.10")] == [
        "-1", "yes", "1", "1", "-2", "v1.0", "3.10",
    ]  # fmt: skip


def test_macro_f1_is_that_of_scikit_learn_over_the_true_classes() -> None:
    random = np.random.default_rng(0)
    truth, found = random.integers(0, 5, 300), random.integers(0, 5, 300)
    assert macro_f1(truth, found, 5) == pytest.approx(metrics.f1_score(truth, found, average="macro"))


def test_accuracy_and_its_interval() -> None:
    judged = judge("accuracy", *classes(["a", "b"] * 50, ["a", "b"] * 40 + ["b", "a"] * 10))
    low, high = judged.interval()
    assert judged.value == 0.8
    assert 0.70 < low < 0.76
    assert 0.84 < high < 0.90


def test_roc_auc_is_of_the_rarer_class() -> None:
    truth = pd.Series(["no", "no", "no", "yes"])
    answers = pd.DataFrame({"prediction": ["no"] * 4, "probability:yes": ["0.1", "0.3", "0.2", "0.25"]})
    assert judge("roc-auc", truth, answers).value == pytest.approx(2 / 3)


def test_numbers_by_r2_and_rmsle() -> None:
    truth, answers = pd.Series(["1", "2", "3"]), pd.DataFrame({"prediction": ["1", "2", "4"]})
    assert judge("r2", truth, answers).value == pytest.approx(0.5)
    assert judge("rmsle", truth, answers).value == pytest.approx(np.log(5 / 4) / 3**0.5)


def test_too_few_answers_are_told() -> None:
    with pytest.raises(ValueError, match=r"Expected 2 answers\. Found 1\. See the contender's log\."):
        judge("accuracy", *classes(["a", "b"], ["a"]))


def test_a_difference_is_paired_and_in_points() -> None:
    truth = ["a", "b"] * 100
    ours = judge("accuracy", *classes(truth, truth[:180] + ["x"] * 20))
    theirs = judge("accuracy", *classes(truth, truth[:160] + ["x"] * 40))
    found = difference(ours, theirs)
    assert found.value == pytest.approx(10.0)
    assert 5 < found.low < found.high < 15  # unpaired, the interval would reach from about 2.5 to 17.5
    assert difference(ours, ours).low == 0.0


def test_for_errors_a_point_is_a_percent_of_theirs() -> None:
    truth = pd.Series(["10"] * 20)
    ours = judge("mae", truth, pd.DataFrame({"prediction": ["11"] * 20}))
    theirs = judge("mae", truth, pd.DataFrame({"prediction": ["8"] * 20}))
    assert difference(ours, theirs).value == pytest.approx(50.0)
    assert difference(theirs, ours).value == pytest.approx(-100.0)


def forecast_answers(series: list[Series], values: list[float]) -> pd.DataFrame:
    """One value for all steps of each series."""
    rows = [(one.name, step + 1, value) for one, value in zip(series, values, strict=True) for step in range(len(one.future))]
    return pd.DataFrame(rows, columns=["series", "step", "prediction"])


def test_mase_and_smape_by_hand() -> None:
    series = [Series("a", np.array([1.0, 2.0, 3.0, 4.0]), np.array([6.0, np.nan]))]
    answers = forecast_answers(series, [4.0])
    assert forecasts.judge_forecast("mase", series, answers, 2).value == pytest.approx(1.0)  # 2 off, the season's steps are 2
    assert forecasts.judge_forecast("smape", series, answers, 2).value == pytest.approx(40.0)


def test_naive2_repeats_the_season_times_the_level() -> None:
    season = np.array([1.0, 2.0, 4.0, 1.0])
    history = np.concatenate([season * level for level in (10, 10, 10, 10, 10, 10)])
    assert forecasts.naive2(history, 4, 6) == pytest.approx([10, 20, 40, 10, 10, 20])
    assert forecasts.naive2(np.array([3.0, 1.0, 2.0]), 4, 2) == pytest.approx([2.0, 2.0])


def test_owa_of_the_reference_itself_is_one() -> None:
    random = np.random.default_rng(0)
    series = [Series(str(name), random.random(30) + 1, random.random(6) + 1) for name in range(12)]
    answers = forecast_answers(series, [1.5] * 12)
    assert forecasts.owa(series, answers, answers, 1) == pytest.approx(1.0)


def test_a_missing_forecast_is_told() -> None:
    series = [Series("a", np.array([1.0, 2.0]), np.array([1.0, 2.0, 3.0]))]
    answers = forecast_answers([Series("a", series[0].history, series[0].future[:2])], [1.0])
    with pytest.raises(ValueError, match=r"Expected 3 forecasts of series 'a'\. Found 2\. See its log\."):
        forecasts.by_series(answers, series)


def test_series_come_in_the_order_of_the_test_file(tmp_path: Path) -> None:
    source = tmp_path / "sales"
    source.mkdir()
    (source / "train.csv").write_text("shop,day,sold\nb,1,5\nb,2,6\na,1,1\na,2,2\n", encoding="utf-8")
    (source / "test.csv").write_text("shop,day,sold\na,3,3\nb,3,\n", encoding="utf-8")
    told = {"kind": "forecasting", "words": "next", "target": "sold", "metric": "mase", "time": "day", "series": "shop",
            "seasons": [1], "frequency": "count", "horizon": 1}  # fmt: skip
    found = forecasts.series_of(prepare(Dataset.described(source, told), tmp_path / "work", None))
    assert [(one.name, one.history.tolist()) for one in found] == [("a", [1.0, 2.0]), ("b", [5.0, 6.0])]
    assert np.isnan(found[1].future).all()
