"""AutoGluon over texts: the bundled encoder's vectors and condensed n-grams, many models in bags, combined by weights."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Any

from tools.approaches.automl.kept import kept_models, needed_distributions
from tools.approaches.automl.portfolio import MIXES, eval_metric, mixes
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.calibration import calibrate
from tools.approaches.fine_tuning.effort import middle_class, too_few, window_count
from tools.approaches.ngrams import count_ngrams
from tools.approaches.text_job import TextJob, open_job
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.models import portable
from tools.models.encoder import MAX_TOKENS
from tools.rates import slowness

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

LEAST_A_CLASS, LEAST_ROWS = 10, 60
MANY_CLASSES = 20  # boosting grows a tree for each class and round: from here on it does not pay
COMPONENTS = 64
FOLDS = 5
TIME_SHARE = 0.6  # of the minutes that AutoGluon may train; encoding comes before, trimming after, and it oversteps a little


class AutoGluonText:
    """AutoGluon Tabular over vectors and n-grams, with models that need no torch to predict."""

    name = "automl-text"
    rung: Rung = "automl"
    title = "AutoML over text features (AutoGluon)"
    kinds: frozenset[TaskKind] = frozenset({"text-classification"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs enough rows for folds of every class."""
        if situation.train_rows < LEAST_ROWS or middle_class(situation) < LEAST_A_CLASS:
            return Infeasible(too_few(situation, LEAST_A_CLASS))
        if mixes(situation):
            return Infeasible(MIXES)
        classes = len(situation.task.labels or [])
        work = situation.train_rows * (classes if classes > 2 else 1)
        seconds = 30 + situation.train_rows / 200 + min(150.0, 20 + work / 250)
        minutes = min(seconds / 60 * slowness(situation.machine.rates), 0.3 * situation.minutes)
        memory = 1500 + situation.train_rows * 0.06
        return Feasible("seldom better here, and slow", Estimate(minutes=minutes, memory_mb=memory), worth=0.4)

    def fit(self, job: FitJob) -> Fitted:
        """Train in bags on all rows, so that each validation row has an answer of models that never saw it; trim; write."""
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait starve the other core
        started = time.monotonic()
        texts = open_job(job)
        job.progress(0.02, "reading the texts with the encoder")
        table, windows = _features(texts)
        table["target"] = texts.classes
        bags = _Bags(texts, table, windows, job.minutes * 60 * TIME_SHARE - (time.monotonic() - started))
        return bags.run()


class _Bags:
    """One job on its way. table: the features of all rows, with the classes as `target`."""

    def __init__(self, texts: TextJob, table: pd.DataFrame, windows: int, seconds: float) -> None:
        self.texts, self.job, self.windows, self.seconds = texts, texts.job, windows, max(10.0, seconds)
        self.labels = len(texts.labels)
        self.table = table
        self.scratch = self.job.folder.with_name(f"{self.job.folder.name}.training")

    def run(self) -> Fitted:
        """Train, judge, trim, write."""
        from tools.runtime.table_autogluon import open_predictor, tempered

        self.job.progress(0.2, "training many models in bags")
        predictor, judged = self._judged()
        temperature = _temperature(judged, self.texts.truth)
        self.job.progress(0.9, "keeping what predicts")
        folder = self.job.folder / "autogluon"
        shutil.rmtree(folder, ignore_errors=True)
        predictor.clone_for_deployment(str(folder))
        shutil.rmtree(self.scratch, ignore_errors=True)
        models = kept_models(open_predictor(folder))
        return self.texts.finish(
            "text-autogluon",
            list(dict.fromkeys([*portable.REQUIREMENTS, *needed_distributions(models)])),
            tempered(judged, temperature),
            {"models": sorted(models), "folds": FOLDS, "temperature": round(temperature, 3)},
            max_tokens=MAX_TOKENS,
            windows=self.windows,
            temperature=temperature,
        )

    def _judged(self) -> tuple[Any, np.ndarray]:
        """The final predictor, and [validation rows, labels] by models that never saw the row.

        Those are the bags' own, except where rows belong together or follow in time: then a training apart answers first.
        """
        import numpy as np

        from tools.runtime.table_autogluon import by_label

        rows, seconds = self.texts.everything, self.seconds
        if self.job.folds is None and (self.job.task.group_column or self.job.task.time_column):
            learn, judge = self.texts.parts[0]
            first = self._trained(learn, 0.45 * seconds)
            judged = by_label(first.predict_proba(self.table.drop(columns="target").iloc[judge]), self.labels)
            return self._trained(rows, 0.55 * seconds), judged
        predictor = self._trained(rows, seconds)
        answers = np.full((len(self.table), self.labels), 1.0 / self.labels)  # rows of unknown class were not trained on
        answers[rows] = by_label(predictor.predict_proba_oof(train_data=self.table.iloc[rows]), self.labels)
        return predictor, answers if self.job.folds is not None else answers[len(self.job.train) :]

    def _trained(self, rows: np.ndarray, seconds: float) -> Any:
        from autogluon.tabular import TabularPredictor

        shutil.rmtree(self.scratch, ignore_errors=True)
        metric = eval_metric(self.job.metric, self.labels)
        kind = "binary" if self.labels == 2 else "multiclass"
        predictor = TabularPredictor("target", problem_type=kind, eval_metric=metric, path=str(self.scratch), verbosity=1)
        return predictor.fit(
            self.table.iloc[rows],
            time_limit=seconds,
            hyperparameters=_hyperparameters(self.labels),
            num_bag_folds=FOLDS,
            num_bag_sets=1,
            num_stack_levels=0,
            dynamic_stacking=False,
            calibrate=False,
            calibrate_decision_threshold=False,
            ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},
            num_cpus=self.job.cores,
            num_gpus=0,
        )


def _features(texts: TextJob) -> tuple[pd.DataFrame, int]:
    """The features of all rows (condensed without a look at the classes), with what makes them written to the job's folder."""
    import joblib
    import numpy as np
    from sklearn.decomposition import TruncatedSVD

    from tools.models.encoder import encoder_graph
    from tools.runtime.text_autogluon import condensed, frame
    from tools.runtime.text_onnx import OnnxEncoder
    from tools.runtime.text_rows import spelled

    folder = texts.job.folder
    told = [spelled(text) for text in texts.texts]
    windows = window_count(told)
    portable.write(folder, np.zeros((1, 1)), np.zeros(1))
    (folder / "head.npz").unlink()
    encoder = OnnxEncoder(encoder_graph(), folder / "tokenizer.json", MAX_TOKENS, windows=windows)
    vectorizers, counts = count_ngrams(texts.texts)
    components = max(2, min(COMPONENTS, counts.shape[1] - 1, counts.shape[0] - 1))
    condenser = TruncatedSVD(components, random_state=texts.job.seed).fit(counts)
    condensers = {"vectorizers": vectorizers, "condenser": condenser}
    joblib.dump(condensers, folder / "condensers.joblib", compress=3)
    return frame(encoder.encode(told), condensed(condensers, texts.texts)), windows


def _hyperparameters(classes: int) -> dict[str, Any]:
    forest = {"n_estimators": 150, "min_samples_leaf": 2}
    if classes > MANY_CLASSES:
        return {"LR": {}, "XT": forest, "KNN": {"weights": "distance"}}
    boosting = {"num_boost_round": 300, "learning_rate": 0.05, "feature_fraction": 0.4}
    return {"LR": {}, "GBM": boosting, "XT": forest, "RF": forest}


def _temperature(probabilities: np.ndarray, classes: np.ndarray) -> float:
    import numpy as np

    return 1.0 / float(calibrate(np.log(np.clip(probabilities, 1e-9, 1.0)), classes)["scale"])
