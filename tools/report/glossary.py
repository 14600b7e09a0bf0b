"""What each metric says, in one sentence for people who do not work with metrics."""

from __future__ import annotations

from tools.core.task import MetricName

MEANING: dict[MetricName, str] = {
    "accuracy": "The share of rows that were answered right.",
    "balanced-accuracy": (
        "The share of rows that were answered right, taken for each class and averaged: "
        "small classes count as much as big ones."
    ),
    "macro-f1": (
        "F1 weighs missed rows against false alarms, and is taken for each class and averaged: "
        "small classes count as much as big ones. 1 is perfect."
    ),
    "f1": "F1 weighs missed rows against false alarms. 1 is perfect.",
    "fbeta": "F-beta weighs missed rows (beta times as much) against false alarms. 1 is perfect.",
    "precision": "Of the rows that were given the label, the share that truly have it.",
    "recall": "Of the rows that truly have the label, the share that were found.",
    "precision-at-k": "Of the rows that the model puts first, the share that truly have the label.",
    "mcc": "How truth and answers agree over all classes, from -1 over 0 (chance) to 1 (perfect).",
    "roc-auc": (
        "The chance that a row which has a class gets a higher probability of it than a row which has not: "
        "0.5 is chance, 1 is perfect."
    ),
    "average-precision": (
        "Precision, averaged over all cuts of the probability: what remains when every row of a class must be found. "
        "1 is perfect."
    ),
    "log-loss": "How far the given probabilities are from the truth. 0 is perfect; being sure and wrong costs most.",
    "rmse": "The typical error in the target's own unit, where large errors count more. 0 is perfect.",
    "mae": "The average error in the target's own unit. 0 is perfect.",
    "r2": (
        "The share of the ups and downs of the target that is explained: "
        "0 is as good as always saying the average, 1 is perfect."
    ),
    "mape": "The average error as a share of the true value. 0 is perfect.",
    "mase": (
        "The average error as a multiple of the error that repeating the last season had within the history, "
        "averaged over the series. Below 1 is better than that, 0 is perfect."
    ),
    "smape": "The average error as a percentage of the size of truth and forecast, averaged over the series. 0 is perfect.",
    "rmsse": "As MASE, with squared errors, so that large errors count more. 0 is perfect.",
    "wql": (
        "How far all forecast quantiles are from the truth, as a share of the truth: it judges the whole range that is given, "
        "not only its middle. 0 is perfect."
    ),
    "coverage": "The share of truths that lay within the interval. It aims at 0.9: more is too wide, less is too narrow.",
    "rmsle": "The typical error as a ratio, so that twice too much and half too little cost the same. 0 is perfect.",
}

MEANING_OF_SETS: dict[MetricName, str] = {  # where a row may have several labels
    "accuracy": "The share of rows whose labels are all right: none missed, none added.",
    "macro-f1": (
        "F1 weighs missed rows against false alarms, and is taken for each label and averaged: "
        "rare labels count as much as frequent ones. 1 is perfect."
    ),
    "roc-auc": (
        "The chance that a row which has a label gets a higher probability of it than a row which has not, "
        "averaged over the labels: 0.5 is chance, 1 is perfect."
    ),
    "log-loss": "How far the given probabilities of each label are from the truth. 0 is perfect.",
}
