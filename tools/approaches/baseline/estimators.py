"""scikit-learn estimators for tables, fitted on the features of a recipe; `runtime/table_sklearn.py` predicts with them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.runtime.table_features import Table
from tools.runtime.table_sklearn import answer, block_values, side_by_side

if TYPE_CHECKING:
    import numpy as np

FEW_VALUES = 24  # a number with at most so many values (a month, a grade) is also taken value by value
SPLINE_ROWS = 500  # fewer rows cannot carry a curve for each number
MOST_CURVES = 100  # in wide tables curves would multiply the columns
WIDE_CATEGORY = 100  # categories with more values enter trees by their mean target only
CROSSED = 5  # parts in which means of the target are made, each from the rows of the others
TARGET_CATEGORY = 20  # from here on the mean target of a category is a feature


@dataclass
class Fit:
    """A fitted model: `blocks` and `transform` belong in the manifest, `estimators` in estimators.joblib."""

    blocks: list[dict[str, Any]]
    estimators: dict[str, Any] = field(default_factory=dict)
    transform: str | None = None

    def of_member(self, number: int) -> Fit:
        """One member of a bag alone: it has not seen the rows that it left out."""
        return Fit(self.blocks, {**self.estimators, "members": [self.estimators["members"][number]]}, self.transform)

    def predict(self, table: Table, labels: list[str] | None) -> np.ndarray:
        """[n, labels] or [n], by the code that the prototype runs."""
        return answer(table, self.blocks, self.estimators, labels, self.transform)


def fit_linear(table: Table, target: np.ndarray, classes: bool, strength: float, transform: str | None, seed: int) -> Fit:
    """Logistic regression, or ridge. strength: of the regularisation (1/C, or alpha). target: class positions, or numbers."""
    import numpy as np
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression, Ridge

    fit = Fit(_linear_blocks(table, len(target)), transform=transform)
    everything = range(len(target))
    features = side_by_side(
        [fit_block(block, table, target, classes, fit.estimators, everything, seed) for block in fit.blocks]
    )
    model: Any = LogisticRegression(C=1 / strength, max_iter=300, tol=1e-3) if classes else Ridge(alpha=strength)
    if classes and len(np.unique(target)) == 1:  # as without a fold that holds all rows of the other class
        model = DummyClassifier()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="lbfgs failed to converge")  # it is near enough after 300 steps
        fit.estimators["members"] = [{"model": model.fit(features, learned(target, transform))}]
    return fit


def learned(target: np.ndarray, transform: str | None) -> np.ndarray:
    """What the estimator learns in place of the target."""
    import numpy as np

    values: np.ndarray = np.log1p(target) if transform == "log1p" else target
    return values


def _linear_blocks(table: Table, rows: int) -> list[dict[str, Any]]:
    import numpy as np

    numbers = list(table.numbers)
    few: list[str] = []
    curved: list[str] = []
    for name in numbers:
        distinct = len(np.unique(table.numbers[name][~np.isnan(table.numbers[name])]))
        if 2 < distinct <= FEW_VALUES:
            few.append(name)
        elif distinct > FEW_VALUES and rows >= SPLINE_ROWS and ":text" not in name and len(numbers) <= MOST_CURVES:
            curved.append(name)
    wide = [name for name, values in table.categories.items() if len(set(values.tolist())) > TARGET_CATEGORY]
    blocks = [
        {"source": "numbers", "names": numbers, "transformer": "scaler"},
        {"source": "numbers", "names": few, "transformer": "values"},
        {"source": "numbers", "names": curved, "transformer": "curves"},
        {"source": "categories", "names": list(table.categories), "transformer": "onehot"},
        {"source": "categories", "names": wide, "transformer": "target"},
    ]
    return [block for block in blocks if block["names"]]


def tree_blocks(table: Table) -> list[dict[str, Any]]:
    """Categories first, so that their positions are known."""
    sizes = {name: len(set(values.tolist())) for name, values in table.categories.items()}
    blocks: list[dict[str, Any]] = [
        {"source": "categories", "names": [n for n, size in sizes.items() if size <= WIDE_CATEGORY], "transformer": "ordinal"},
        {"source": "categories", "names": [n for n, size in sizes.items() if size > TARGET_CATEGORY], "transformer": "target"},
        {"source": "numbers", "names": list(table.numbers), "transformer": None},
    ]
    return [block for block in blocks if block["names"]]


def fit_block(
    block: dict[str, Any],
    table: Table,
    target: np.ndarray,
    classes: bool,
    transformers: dict[str, Any],
    learning: Sequence[int] | np.ndarray,
    seed: int,
) -> Any:
    """The block's features [n, columns] of all rows; its transformer is fitted into `transformers`, by name.

    learning: positions of the rows whose target may be looked at. Their features come from `fit_transform`, because the target
    encoder cross-fits then: a row must not meet its own target among its features. The others' come from `transform`.
    """
    import numpy as np

    values, name = block_values(table, block), block["transformer"]
    if name is None:
        return values
    chosen = target[learning]
    transformers[name] = _transformer(name, classes, chosen, seed)
    if len(chosen) == len(target):
        return transformers[name].fit_transform(values, target)
    found = transformers[name].fit_transform(values[learning], chosen)
    features = np.asarray(transformers[name].transform(values), dtype=float)
    features[learning] = found
    return features


def _transformer(name: str, classes: bool, target: np.ndarray, seed: int) -> Any:
    import numpy as np
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import (
        OneHotEncoder,
        OrdinalEncoder,
        QuantileTransformer,
        SplineTransformer,
        StandardScaler,
        TargetEncoder,
    )

    if name == "scaler":
        return make_pipeline(SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler())
    if name == "values":
        return OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5)
    if name == "curves":
        return make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True),
            QuantileTransformer(
                n_quantiles=min(len(target), 500), random_state=seed
            ),  # knots where the rows are, whatever the scale
            SplineTransformer(n_knots=6, include_bias=False),
            StandardScaler(),
        )
    if name == "onehot":
        return OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5)
    if name == "ordinal":
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=WIDE_CATEGORY)
    if not classes:
        return TargetEncoder(target_type="continuous", random_state=seed)
    counts = np.unique(target, return_counts=True)[1]
    if counts.max() < 2:  # a row's mean target would be its own
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    kind = "binary" if len(counts) == 2 else "multiclass"
    return TargetEncoder(target_type=kind, cv=min(CROSSED, int(counts.max())), random_state=seed)
