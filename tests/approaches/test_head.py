"""The linear head on an encoder's vectors: what it learns, and that it keeps to one thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits

from tools.approaches.fine_tuning.head import learn_head
from tools.approaches.several.head import learn_heads

VECTORS = np.random.default_rng(0).normal(size=(30, 8))


def blas_threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.mark.parametrize(
    "learn",
    [
        lambda: learn_head(VECTORS, np.arange(30) % 3, 3, 1.0),
        lambda: learn_heads(VECTORS, np.eye(3)[np.arange(30) % 3], 1.0),
    ],
    ids=["one-label", "several-labels"],
)
def test_heads_are_learned_by_one_thread_and_others_get_theirs_back(
    learn: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    fit = LogisticRegression.fit

    def watched(model: LogisticRegression, *given: Any) -> Any:
        seen.extend(blas_threads())
        return fit(model, *given)

    monkeypatch.setattr(LogisticRegression, "fit", watched)
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        learn()
        after = blas_threads()

    assert seen
    assert set(seen) == {1}
    assert after == before


def test_a_single_label_is_always_answered() -> None:
    weight, bias = learn_head(VECTORS, np.full(30, 1), 3, 10.0)
    assert (VECTORS @ weight.T + bias).argmax(1).tolist() == [1] * 30
    assert bias.tolist() == [-1e9, 0.0, -1e9]


@pytest.mark.parametrize("labels", [2, 3])
def test_a_label_without_rows_is_never_answered(labels: int) -> None:
    classes = np.arange(40) % labels
    vectors = np.eye(labels)[classes] + np.random.default_rng(0).normal(scale=0.1, size=(40, labels))

    weight, bias = learn_head(vectors, classes, labels + 1, 10.0)

    assert (vectors @ weight.T + bias).argmax(1).tolist() == classes.tolist()
    assert bias[labels] == -1e9
