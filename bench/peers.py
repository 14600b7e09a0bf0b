"""Scores of what a person could use directly: AutoGluon Tabular, and TF-IDF with a linear model on text.

    python bench/peers.py --minutes 5 --json peers.json data/churn:Churn data/houses:price

Each argument is FOLDER:TARGET; the folder holds train.csv and test.csv. Judged on test.csv with the metrics and the 95 %
intervals of `tools.scoring`. AutoGluon gets the given minutes and a preset; TF-IDF runs where there is one column of text.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from tools.approaches.base import Predictions
from tools.comparing import figure
from tools.core.evaluation import Evaluation
from tools.core.task import Label, MetricSpec, TaskKind, TaskSpec
from tools.scoring import evaluate

SHOWN_FOR_CLASSES, SHOWN_FOR_NUMBERS = ("accuracy", "macro-f1", "roc-auc"), ("r2", "rmse")
MOST_NUMBER_CLASSES = 20  # a number with more values than these is predicted as a number
Peer = Callable[[TaskSpec, pd.DataFrame, pd.DataFrame, float, str], Predictions]


def task_of(train: pd.DataFrame, target: str) -> TaskSpec:
    """Classes or a number, from the target; a text where one input column holds sentences."""
    values = train[target].dropna()
    inputs = [str(column) for column in train.columns if column != target]
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > MOST_NUMBER_CLASSES:
        return TaskSpec(kind="tabular-regression", inputs=inputs, target=target)
    kind: TaskKind = "text-classification" if len(inputs) == 1 and sentences(train[inputs[0]]) else "tabular-classification"
    labels = [Label(name=name) for name in sorted(values.astype(str).unique())]
    return TaskSpec(kind=kind, inputs=inputs, target=target, labels=labels)


def sentences(column: pd.Series[Any]) -> bool:
    """Whether a column holds text rather than codes: three words or more on average."""
    words = [len(str(value).split()) for value in column.dropna()]
    return bool(column.dtype == object and np.mean(words) >= 3)


def autogluon(task: TaskSpec, train: pd.DataFrame, test: pd.DataFrame, minutes: float, presets: str) -> Predictions:
    """AutoGluon's TabularPredictor as its first page shows it."""
    from autogluon.tabular import TabularPredictor

    target = str(task.target)
    with TemporaryDirectory() as folder:
        train = train.dropna(subset=[target])
        if task.is_classification:
            train = train.assign(**{target: train[target].astype(str)})
        predictor = TabularPredictor(label=target, path=folder, verbosity=0)
        predictor.fit(train, time_limit=60 * minutes, presets=presets)
        if not task.is_classification:
            return Predictions(values=np.asarray(predictor.predict(test), dtype=float))
        found = predictor.predict_proba(test)
        return Predictions(probabilities=np.asarray(found[task.label_names], dtype=float))


def tfidf(task: TaskSpec, train: pd.DataFrame, test: pd.DataFrame, minutes: float, presets: str) -> Predictions:
    """Word and word-pair counts with logistic regression, as in every tutorial."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    column = task.inputs[0]
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10, max_iter=1000))
    model.fit(train[column].fillna(""), train[str(task.target)].astype(str))
    found = pd.DataFrame(model.predict_proba(test[column].fillna("")), columns=model.classes_)
    return Predictions(probabilities=np.asarray(found[task.label_names], dtype=float))


PEERS: dict[str, Peer] = {"tfidf": tfidf, "autogluon": autogluon}


def measure(folder: Path, target: str, name: str, minutes: float, presets: str) -> dict[str, Any] | None:
    """One peer on one dataset; None where it does not apply."""
    train, test = pd.read_csv(folder / "train.csv"), pd.read_csv(folder / "test.csv")
    task = task_of(train, target)
    if name == "tfidf" and task.kind != "text-classification":
        return None
    began, cpu = time.monotonic(), time.process_time()
    predictions = PEERS[name](task, train, test.drop(columns=target), minutes, presets)
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    truth = [str(value) for value in test[target]] if task.is_classification else [float(value) for value in test[target]]
    metric = MetricSpec(name="accuracy" if task.is_classification else "r2")
    scores = evaluate(task, metric, truth, predictions)
    shown = SHOWN_FOR_CLASSES if task.is_classification else SHOWN_FOR_NUMBERS
    return {
        "dataset": folder.name, "peer": name, "rows": scores.rows, "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1),
        "scores": {metric: scores.others[metric].model_dump() for metric in shown if metric in scores.others},
        "words": ", ".join(said(scores, metric) for metric in shown if metric in scores.others),
    }  # fmt: skip


def said(scores: Evaluation, metric: str) -> str:
    """`accuracy 0.87 (0.84 to 0.90)`."""
    score = scores.others[metric]
    within = "" if score.low is None or score.high is None else f" ({figure(score.low)} to {figure(score.high)})"
    return f"{metric} {figure(score.value)}{within}"


def main() -> None:
    """Measure every peer on every dataset; a line each as they end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+", metavar="FOLDER:TARGET")
    parser.add_argument("--minutes", type=float, default=5.0, help="time limit of AutoGluon")
    parser.add_argument("--presets", default="medium_quality", help="of AutoGluon")
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--json", type=Path, help="also write all numbers here")
    given = parser.parse_args()
    results = []
    for text in given.datasets:
        folder, _, target = text.rpartition(":")
        for name in given.peers:
            result = measure(Path(folder), target, name, given.minutes, given.presets)
            if result is None:
                continue
            results.append(result)
            print(f"{result['dataset']:<20} {name:<10} {result['seconds']:>7} s  {result['words']}", flush=True)
            if given.json:
                given.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
