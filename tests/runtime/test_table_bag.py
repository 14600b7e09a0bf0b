"""Bags: folds with their share of everything, members that stop by the rows that they left out."""

from __future__ import annotations

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from tools.runtime.table_bag import UNSTOPPED, dealt, fit_member


def test_folds_part_the_rows_and_share_the_rare_class() -> None:
    target = np.array([0] * 90 + [1] * 10)
    folds = dealt(target, 5, seed=0)
    assert sorted(np.concatenate(folds).tolist()) == list(range(100))
    assert [int(target[fold].sum()) for fold in folds] == [2] * 5
    assert folds[0].tolist() != dealt(target, 5, seed=1)[0].tolist()


def test_folds_of_numbers_share_the_sizes() -> None:
    target = np.arange(1000.0)
    assert max(abs(target[fold].mean() - 499.5) for fold in dealt(target, 4, seed=0)) < 5


def test_a_member_stops_when_the_rows_that_it_left_out_get_no_better() -> None:
    generator = np.random.default_rng(0)
    features = generator.normal(0, 1, (300, 3))
    target = generator.normal(0, 1, 300)  # nothing to learn
    held = np.arange(0, 300, 5)
    model = HistGradientBoostingRegressor(early_stopping=True, max_iter=500, n_iter_no_change=10)
    assert fit_member(model, features, target, held).n_iter_ < 60


def test_a_class_that_only_the_left_out_rows_have_does_not_stop_it() -> None:
    target = np.array([0, 1] * 20 + [2])
    model = HistGradientBoostingClassifier(early_stopping=True, max_iter=5)
    fitted = fit_member(model, np.arange(41.0)[:, None], target, np.array([0, 1, 40]))
    assert fitted.classes_.tolist() == [0, 1]
    alone = fit_member(HistGradientBoostingClassifier(early_stopping=True), np.arange(41.0)[:, None], target, np.array([40]))
    assert alone.n_iter_ == UNSTOPPED
    again = fit_member(clone(alone), np.arange(41.0)[:, None], target, np.arange(0, 40, 5))  # as with new rows
    assert 0 < again.n_iter_ <= UNSTOPPED
