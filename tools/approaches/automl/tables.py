"""AutoGluon over tables: many models in bags, combined by weights. What predicts is kept, the rest is thrown away."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.approaches import manifest
from tools.approaches.automl.kept import kept_models, needed_distributions
from tools.approaches.automl.portfolio import MIXES, Portfolio, eval_metric, mixes, portfolio, rows_for, seconds_needed
from tools.approaches.automl.trimming import smallest
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Rows, Situation
from tools.approaches.baseline.estimators import learned
from tools.approaches.baseline.tables import apart, codes_of, drawn, together, transform_of
from tools.approaches.importance import write_importance
from tools.approaches.judging import Unseen, judged
from tools.approaches.table_effort import features_seconds
from tools.approaches.table_features import Features, make_features, schema_of
from tools.approaches.weights import How
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.machine import patient_threads
from tools.rates import slowness
from tools.runtime.table_autogluon import by_label, frame, open_predictor

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from tools.runtime.table_features import Table

LEAST_ROWS = 40
LEAST_MINUTES = 0.75  # ten seconds of these it starts; in less, two or three models are all there is
TIME_SHARE = 0.7  # of the candidate's minutes that AutoGluon may train; it oversteps a little, and trimming and scoring follow
RAREST = 3  # rows that a class needs to be in every fold's training part


class AutoGluonTables:
    """AutoGluon Tabular with models that need no torch."""

    name = "autogluon"
    rung: Rung = "automl"
    title = "AutoML (AutoGluon): many models, combined"
    kinds: frozenset[TaskKind] = frozenset({"tabular-classification", "tabular-regression"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs enough rows for folds. Takes what it needs, or what it gets."""
        rows = situation.train_rows
        if rows < LEAST_ROWS:
            return Infeasible(f"needs at least {LEAST_ROWS} labelled rows, and there are {rows}")
        if mixes(situation):
            return Infeasible(MIXES)
        counts = situation.label_counts
        if counts is not None and sum(count >= RAREST for count in counts.values()) < 2:
            return Infeasible(f"needs two classes of at least {RAREST} rows")
        columns = max(1, len(situation.task.inputs))
        classes, slow = len(situation.label_counts or {}), slowness(situation.machine.rates)
        most = rows_for(situation.minutes * 60 * TIME_SHARE / slow, columns, classes)
        seconds = 8 + (seconds_needed(min(rows, most), columns, classes) + features_seconds(situation, min(rows, most))) * slow
        memory = 900 + min(rows, most) * columns * 8 * 20 / 2**20 + rows * columns * 60 / 2**20
        reason = "usually the most accurate for tables"
        if rows > most:
            reason += f" (learns from {most:,} rows drawn at random: for more there is no time)"
        estimate = Estimate(minutes=seconds / 60, memory_mb=memory)
        return Feasible(reason, estimate, worth=0.9, least_minutes=min(LEAST_MINUTES, seconds / 60))

    def fit(self, job: FitJob) -> Fitted:
        """Train in bags on all rows, so that each validation row has an answer of models that never saw it; trim; write.

        Where rows belong together or follow in time, bags would mix what must be apart: then one training on train answers
        for the validation rows, and a second one on all rows is kept.
        """
        import numpy as np

        patient_threads()
        start = time.monotonic()
        seconds = job.minutes * 60 * TIME_SHARE
        most = rows_for(seconds, len(job.task.inputs), len(job.task.label_names))
        train = drawn(job.train, most, job.seed)
        rows = train if job.folds is not None else together(train, job.validation)
        unseen: Unseen | None = None
        if apart(job):
            first = _Training(job, train, seconds * 0.45, "rehearsing")
            unseen = Unseen(job.validation.target, first.predict(job.validation), np.arange(len(job.validation)))
            first.discard()
            seconds -= time.monotonic() - start
        training = _Training(job, rows, seconds, "training")
        training.keep_few()
        if unseen is None:
            at = np.arange(len(job.validation)) + (0 if job.folds is not None else len(train))
            unseen = Unseen(rows.target, training.out_of_fold(), at)
        predictions, extra = judged(job, unseen)
        job.progress(0.9, "keeping what predicts")
        training.trim(job.folder / "autogluon")
        training.features.save(job.folder)
        training.weigh_columns(rows)
        manifest.write(
            job, "table-autogluon", training.features.schema, training.requirements(), transform=training.transform, **extra
        )
        job.progress(1.0, "done")
        return Fitted(predictions, training.settings())


class _Training:
    """One trained predictor with the features that it was trained on. seconds: how long AutoGluon may take."""

    def __init__(self, job: FitJob, rows: Rows, seconds: float, phase: str) -> None:
        from autogluon.core.callbacks import AbstractCallback
        from autogluon.tabular import TabularPredictor

        AbstractCallback.register(_Telling)
        self.job, self.labels, self.transform = job, job.task.label_names, transform_of(job)
        self.folder = job.folder.with_name(f"{job.folder.name}.training")
        self.discard()
        self.features: Features = make_features(rows.inputs, schema_of(job), job.seed)
        target = codes_of(rows, job)
        self.data = frame(self.features.table)
        self.data["target"] = learned(target, self.transform)
        self.shape = self._foldable(portfolio(len(rows), len(self.labels), job.cores), target)
        self.metric = eval_metric(job.metric, len(self.labels))
        kind = "regression" if not self.labels else "binary" if len(self.labels) == 2 else "multiclass"
        self.predictor = TabularPredictor(
            "target",
            problem_type=kind,
            eval_metric=self.metric,
            path=str(self.folder),
            verbosity=1,
            learner_kwargs={"label_count_threshold": RAREST},  # below, it would copy rows from fold to fold
        )
        self._fit(max(5.0, seconds), phase)

    def _foldable(self, shape: Portfolio, target: np.ndarray) -> Portfolio:
        """No more folds than the rarest class has rows; classes of fewer than RAREST rows are left to the other approaches.

        Their rows go to `self.left_out`: they are not trained on, so any model may answer for them.
        """
        import numpy as np

        self.left_out = np.zeros(len(target), dtype=bool)
        folds = min(shape.folds, len(target) // 5)
        if self.labels:
            counts = np.bincount(target, minlength=len(self.labels))
            self.left_out = counts[target] < RAREST
            folds = min(folds, int(counts[counts >= RAREST].min()))
        return replace(shape, folds=folds)

    def _fit(self, seconds: float, phase: str) -> None:
        self.predictor.fit(
            self.data[~self.left_out],
            time_limit=seconds,
            hyperparameters=self.shape.hyperparameters,
            num_bag_folds=self.shape.folds,
            num_bag_sets=self.shape.repeats,
            num_stack_levels=0,
            dynamic_stacking=False,
            calibrate=False,  # temperature is fitted here, where the prototype applies it
            calibrate_decision_threshold=False,
            ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},  # the other needs ray
            num_cpus=self.shape.cores,
            num_gpus=0,
            callbacks=[_Telling(self.job, seconds, phase)],
        )

    def predict(self, rows: Rows) -> np.ndarray:
        """Probabilities [n, labels] or values [n] for rows that were not trained on."""
        return self._answers(self.predictor, self.features.of(rows.inputs))

    def keep_few(self) -> None:
        """Make the smallest set of models that keeps the score the one that answers."""
        trained = self.data["target"].to_numpy()[~self.left_out]

        def own(model: str) -> np.ndarray:
            import numpy as np

            if not self.labels:
                return np.asarray(self.predictor.predict_oof(model), dtype=float)
            told = by_label(self.predictor.predict_proba_oof(model), len(self.labels))
            return np.asarray(told[np.arange(len(trained)), trained])

        self.job.progress(0.87, "looking for the smallest set of models")
        absolute = not self.labels and self.metric == "mean_absolute_error"
        how: How = "probability" if self.labels else "absolute" if absolute else "squared"
        self.trained_models = len(self.predictor.model_names(level=1))
        self.predictor.set_model_best(smallest(self.predictor, own, trained, how, self.job.seed), save_trainer=True)

    def out_of_fold(self) -> np.ndarray:
        """The same for the rows that were trained on, each by models that did not see it."""
        import numpy as np

        kept = self.predictor.model_best
        if not self.labels:
            return self._numbers(self.predictor.predict_oof(kept))
        answers = np.empty((len(self.data), len(self.labels)))
        answers[~self.left_out] = by_label(self.predictor.predict_proba_oof(kept), len(self.labels))
        if self.left_out.any():
            answers[self.left_out] = by_label(self.predictor.predict_proba(self.data[self.left_out]), len(self.labels))
        return answers

    def trim(self, folder: Path) -> None:
        """Write what predicts to `folder`, and remove the rest."""
        shutil.rmtree(folder, ignore_errors=True)
        self.predictor.clone_for_deployment(str(folder))
        self.discard()
        self.predictor = open_predictor(folder)

    def models(self) -> dict[str, str]:
        """Name -> AutoGluon's name of its type, of the models that are kept, without the one that weighs them."""
        return kept_models(self.predictor)

    def requirements(self) -> list[str]:
        """Distributions that predicting needs."""
        return needed_distributions(self.models())

    def settings(self) -> dict[str, Any]:
        """What was chosen, for the report."""
        return {
            "models": sorted(self.models()),
            "models_tried": self.trained_models,
            "rows": len(self.data),
            "folds": self.shape.folds,
            "repeats": self.shape.repeats,
            "trained_by": self.metric,
        }

    def weigh_columns(self, rows: Rows) -> None:
        """Write importance.json, as far as a small part of the minutes carries."""
        write_importance(
            self.job.folder,
            rows,
            self.labels,
            lambda inputs: self._answers(self.predictor, self.features.of(inputs)),
            seconds=min(10.0, self.job.minutes * 60 * 0.05),
            seed=self.job.seed,
        )

    def discard(self) -> None:
        """Remove the training's files."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self, predictor: Any, table: Table) -> np.ndarray:
        if self.labels:
            return by_label(predictor.predict_proba(frame(table)), len(self.labels))
        return self._numbers(predictor.predict(frame(table)))

    def _numbers(self, values: pd.Series) -> np.ndarray:
        import numpy as np

        numbers = values.to_numpy(dtype=float)
        return np.expm1(numbers) if self.transform else numbers


class _Telling:
    """An AutoGluon callback (by its four methods) that tells which model is being trained."""

    def __init__(self, job: FitJob, seconds: float, phase: str) -> None:
        self.job, self.seconds, self.phase, self.start = job, seconds, phase, time.monotonic()

    def before_trainer_fit(self, trainer: Any, **_: Any) -> None:
        """Nothing to tell yet."""

    def before_model_fit(self, trainer: Any, model: Any, **_: Any) -> tuple[bool, bool]:
        """(stop early, skip the model): neither."""
        spent = min(1.0, (time.monotonic() - self.start) / self.seconds)
        self.job.progress(0.05 + 0.8 * spent, f"{self.phase} {model.name}")
        return False, False

    def after_model_fit(self, trainer: Any, **_: Any) -> bool:
        """Whether to stop early: no."""
        return False

    def after_trainer_fit(self, trainer: Any) -> None:
        """Nothing left to tell."""

    def __reduce__(self) -> tuple[type[object], tuple[()]]:
        """AutoGluon pickles its callbacks with the trainer; nothing of Fasttrack may get into a prototype."""
        return (object, ())
