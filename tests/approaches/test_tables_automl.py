"""AutoGluon over tables: a few seconds of the real thing, with fewer models than a build trains."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.approaches import approach_named
from tools.approaches.automl.kept import LIBRARIES
from tools.approaches.automl.portfolio import Portfolio, eval_metric, portfolio, rows_for, seconds_needed
from tools.approaches.automl.trimming import smallest
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Machine, Rows, Situation
from tools.core.data import DataProfile
from tools.core.task import Label, MetricSpec, TaskSpec
from tools.runtime import load

FEW = Portfolio({"GBM": {"num_boost_round": 60}}, folds=3, repeats=1, cores=1)
ROOT = Path(__file__).resolve().parents[2]


def flats(rows: int, seed: int = 0) -> pd.DataFrame:
    """Rent follows from size and quarter; who pays much is "dear"."""
    generator = np.random.default_rng(seed)
    size, quarter = generator.uniform(20, 150, rows), generator.choice(["north", "south", "old town"], rows)
    rent = 12 * size + 300 * (quarter == "old town") + generator.normal(0, 40, rows)
    return pd.DataFrame({"size (m²)": size, "quarter": quarter, "rent": rent, "class": np.where(rent > 1100, "dear", "cheap")})


def job(folder: Path, target: str, time_column: str | None = None) -> FitJob:
    frame = flats(240)
    classes = target == "class"
    task = TaskSpec(
        kind="tabular-classification" if classes else "tabular-regression",
        inputs=["size (m²)", "quarter"],
        target=target,
        labels=[Label(name="cheap"), Label(name="dear")] if classes else None,
        time_column=time_column,
    )
    rows = Rows(frame[task.inputs], frame[target])
    metric = MetricSpec(name="roc-auc" if classes else "rmse")
    train, validation = rows.take(range(180)), rows.take(range(180, 240))
    return FitJob(task, metric, train, validation, None, folder / "model", 0.5, lambda share, phase: None, cores=1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[FitJob, Fitted]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tools.approaches.automl.tables.portfolio", lambda rows, classes, cores: FEW)
        task = job(tmp_path_factory.mktemp("classes"), "class")
        return task, approach_named("autogluon").fit(task)


pytestmark = pytest.mark.filterwarnings("ignore")  # AutoGluon's and its libraries' own


def new_rows(rows: int = 80) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    frame = flats(rows, seed=1)
    return [
        {"size (m²)": str(size), "quarter": quarter} for size, quarter in zip(frame["size (m²)"], frame["quarter"], strict=True)
    ], frame


def test_validation_rows_are_answered_out_of_fold(built: tuple[FitJob, Fitted]) -> None:
    task, fitted = built
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    assert fitted.validation.probabilities.shape == (60, 2)
    right = np.array(["cheap", "dear"])[fitted.validation.probabilities.argmax(axis=1)] == task.validation.target.to_numpy()
    assert right.mean() > 0.85
    final = load(task.folder).raw(task.validation.inputs.to_dict("records"))  # type: ignore[arg-type]
    assert not np.allclose(final, fitted.validation.probabilities)  # the final model has seen them; these answers have not


def test_the_trimmed_model_answers_new_csv_rows(built: tuple[FitJob, Fitted]) -> None:
    rows, frame = new_rows()
    answers = load(built[0].folder).predict(rows, probabilities=True)
    assert np.mean([answer["prediction"] for answer in answers] == frame["class"]) > 0.85
    assert answers[0]["probability:cheap"] + answers[0]["probability:dear"] == pytest.approx(1, abs=1e-5)
    assert not (built[0].folder.parent / "model.training").exists()


def test_it_says_what_it_needs_and_what_it_chose(built: tuple[FitJob, Fitted]) -> None:
    manifest = json.loads((built[0].folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["requirements"] == ["autogluon.tabular", "joblib", "lightgbm", "numpy", "pandas", "scikit-learn"]
    assert built[1].settings["trained_by"] == "roc_auc"
    assert built[1].settings["models"]
    importance = json.loads((built[0].folder / "importance.json").read_text(encoding="utf-8"))
    assert importance[0]["column"] == "size (m²)"


def test_the_prototype_needs_neither_torch_nor_fasttrack(built: tuple[FitJob, Fitted], tmp_path: Path) -> None:
    """The runtime as a package of its own, in a process where importing torch or tools fails."""
    package = tmp_path / "prototype"
    package.mkdir()
    for file in (ROOT / "tools" / "runtime").glob("*.py"):
        (package / file.name).write_bytes(file.read_bytes())
    rows, _ = new_rows(5)
    code = f"""
import importlib.abc, json, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "tools", "ray", "xgboost", "catboost", "transformers"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
sys.path.insert(0, {str(tmp_path)!r})
from prototype import load
print(json.dumps(load({str(built[0].folder)!r}).raw({rows!r}).tolist()))
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert np.allclose(json.loads(done.stdout), load(built[0].folder).raw(rows))


def test_every_boosting_library_that_a_model_needs_is_required() -> None:
    """AutoGluon imports each library only when such a model is loaded: a missing one would show in the prototype alone."""
    from autogluon.tabular.models import CatBoostModel, LGBModel, XGBoostModel

    assert set(LIBRARIES) == {model.__name__ for model in (CatBoostModel, LGBModel, XGBoostModel)}


def test_rows_in_time_are_rehearsed_before_all_are_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.approaches.automl.tables.portfolio", lambda rows, classes, cores: FEW)
    task = job(tmp_path, "rent", time_column="size (m²)")
    phases: list[str] = []
    task.progress = lambda share, phase: phases.append(phase.split()[0])
    fitted = approach_named("autogluon").fit(task)
    assert phases.index("rehearsing") < phases.index("training")
    assert fitted.validation is not None
    assert fitted.validation.low is not None
    rows, frame = new_rows()
    answers = pd.DataFrame(load(task.folder).predict(rows))
    assert np.corrcoef(answers["prediction"], frame["rent"])[0, 1] > 0.95
    assert ((answers["low"] <= frame["rent"]) & (frame["rent"] <= answers["high"])).mean() > 0.75


def test_portfolios_need_no_torch_and_shrink_with_the_rows() -> None:
    for rows in (100, 5_000, 20_000, 200_000):
        for classes in (0, 2, 30):
            assert set(portfolio(rows, classes, cores=2).hyperparameters) <= {"GBM", "CAT", "XGB", "RF", "XT", "LR"}
    assert portfolio(100, 2, 2).folds > portfolio(200_000, 2, 2).folds
    assert seconds_needed(20_000, 10, 2) > seconds_needed(1_000, 10, 2)


def test_what_judges_the_chosen_class_is_trained_by_log_loss() -> None:
    assert eval_metric(MetricSpec(name="macro-f1"), 5) == "log_loss"
    assert eval_metric(MetricSpec(name="roc-auc"), 2) == "roc_auc"
    assert eval_metric(MetricSpec(name="roc-auc"), 3) == "log_loss"
    assert eval_metric(MetricSpec(name="r2"), 0) == "root_mean_squared_error"


class _Trained:
    """What `smallest` sees of a predictor: three base models, of which the third says nothing new, and their average."""

    model_best = "WeightedEnsemble_L2"

    def __init__(self, told: dict[str, np.ndarray]) -> None:
        self.told = told

    def model_names(self, level: int) -> list[str]:
        return [*self.told]

    def fit_weighted_ensemble(self, base_models: list[str], name_suffix: str) -> list[str]:
        return ["+".join(sorted(base_models)) + name_suffix]


def test_the_smallest_set_of_models_that_keeps_the_score_is_kept() -> None:
    generator = np.random.default_rng(0)
    truth, errors = generator.normal(0, 1, 800), generator.normal(0, 1, (2, 800))
    told = {"a": truth + errors[0], "b": truth + errors[1], "worse": truth + 3 * generator.normal(0, 1, 800)}
    average = {"WeightedEnsemble_L2": (told["a"] + told["b"]) / 2}
    assert smallest(_Trained(told), {**told, **average}.__getitem__, truth, "squared", 0) == "a+bFew"
    alone = {"a": truth + 0.1 * errors[0], "b": truth + errors[1]}
    assert smallest(_Trained(alone), {**alone, "WeightedEnsemble_L2": alone["a"]}.__getitem__, truth, "squared", 0) == "a"
    perfect = {**told, "WeightedEnsemble_L2": truth}
    assert smallest(_Trained(told), perfect.__getitem__, truth, "squared", 0) == "WeightedEnsemble_L2"


def test_the_first_model_counts_only_where_it_is_good_and_few_are_kept() -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(0, 1, 60)
    told = {"first": truth + 3 * generator.normal(0, 1, 60), "good": truth + 0.3 * generator.normal(0, 1, 60)}
    assert smallest(_Trained(told), {**told, "WeightedEnsemble_L2": told["good"]}.__getitem__, truth, "squared", 0) == "good"
    alike = {name: truth + generator.normal(0, 1, 60) for name in "abcdef"}
    average = {"WeightedEnsemble_L2": truth + 2 * generator.normal(0, 1, 60)}
    kept = smallest(_Trained(alike), {**alike, **average}.__getitem__, truth, "squared", 0)
    assert kept.count("+") == 2  # three of the six


def test_rows_are_drawn_where_there_is_no_time_for_all() -> None:
    assert 50_000 < rows_for(600, 10, 0) < rows_for(2000, 10, 0) < 5_000_000
    assert seconds_needed(rows_for(600, 10, 0), 10, 0) <= 1200
    assert rows_for(1, 1000, 10) == 50_000


def test_it_is_considered_by_rows_and_minutes() -> None:
    machine = Machine(cores=2, memory_mb=8000, free_disk_mb=8000, gpu=False, offline=True)
    task = TaskSpec(kind="tabular-regression", inputs=["a", "b"], target="y")

    def considered(rows: int, minutes: float) -> Feasible | Infeasible:
        return approach_named("autogluon").consider(Situation(task, DataProfile(), machine, rows, 10, None, minutes, False))

    assert considered(30, 10) == Infeasible("needs at least 40 labelled rows, and there are 30")
    large = considered(1_000_000, 10)
    assert isinstance(large, Feasible)
    assert large.estimate.minutes > 10.0  # nothing stops it, and the plan says what it gets
    assert large.least_minutes == 0.75
    small = considered(100, 10)
    assert isinstance(small, Feasible)
    assert small.least_minutes == min(0.75, small.estimate.minutes)
    assert large.reason.endswith(" rows drawn at random: for more there is no time)")


def test_its_own_folds_mix_no_groups() -> None:
    machine = Machine(cores=2, memory_mb=8000, free_disk_mb=8000, gpu=False, offline=True)
    task = TaskSpec(kind="tabular-regression", inputs=["a"], target="y", group_column="patient")
    few, many = (
        approach_named("autogluon").consider(Situation(task, DataProfile(), machine, 150, 10, None, 10, crossed))
        for crossed in (True, False)
    )
    assert few == Infeasible(
        "would mix rows that belong together or follow in time in its own folds; with about 250 labelled rows it is possible"
    )
    assert isinstance(many, Feasible)
