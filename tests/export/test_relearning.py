"""The modules that learn anew, opened as a prototype holds them: beside the code that answers."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import TargetEncoder

from tools import runtime
from tools.export.model_card import TEMPLATES

LEARNING = TEMPLATES / "learning"


@pytest.fixture
def prototype(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a package with the code of all prototypes; where names are the same, that which answers."""
    package = ModuleType("prototype_at_hand")
    package.__path__ = [*map(str, runtime.__path__), str(LEARNING)]
    for name in [name for name in sys.modules if name.startswith(package.__name__)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package.__name__, package)
    return package.__name__


def learning(prototype: str, name: str) -> Any:
    """What a prototype of this format has as `learning.py`."""
    spec = spec_from_file_location(f"{prototype}.learning_{name}", LEARNING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_row_does_not_count_itself(prototype: str, tmp_path: Path) -> None:
    recipe = [{"how": "frequency", "column": "town", "counts": {"Ulm": 40}}]
    inputs = [{"name": "town", "role": "category", "type": "text"}]
    old = SimpleNamespace(predictor=SimpleNamespace(recipe=recipe, condensers={}), manifest={"inputs": inputs})
    rows = [{"town": town} for town in ("Ulm", "Ulm", "Ulm", "Bonn", "")]
    table = import_module(f"{prototype}.relearnt_features").new_features(old, tmp_path, rows)
    assert table.numbers["town:frequency"].tolist() == [2, 2, 2, 0, 0]
    assert json.loads((tmp_path / "recipe.json").read_text())[0]["counts"] == {"Ulm": 3, "Bonn": 1}


def test_a_cut_goes_with_the_calibration_that_it_was_chosen_on(prototype: str) -> None:
    forget = import_module(f"{prototype}.relearnt_labels").forget_calibration
    calibrated: dict[str, Any] = {"labels": ["a", "b"], "calibration": {}, "threshold": 0.3, "leaning": [1, 2]}
    plain = {"labels": ["a", "b"], "threshold": 0.3}
    for manifest in (calibrated, plain):
        forget(manifest, "calibration")
    assert (calibrated, plain) == ({"labels": ["a", "b"]}, {"labels": ["a", "b"], "threshold": 0.3})


@pytest.mark.parametrize("classes", [2, 3])
def test_a_new_head_is_as_sure_as_it_is_right(classes: int, prototype: str) -> None:
    text_encoder = learning(prototype, "text_encoder")
    chance = np.random.default_rng(0)

    def drawn(rows: int) -> tuple[np.ndarray, np.ndarray]:
        truth = np.arange(rows) % classes
        vectors = np.eye(32)[truth] + chance.normal(0, 0.3, (rows, 32))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), truth

    (vectors, truth), (others, said) = drawn(30), drawn(600)
    truth = np.append(truth, classes)  # one row of another class keeps nobody from judging
    vectors = np.vstack([vectors, -np.ones(32) / np.sqrt(32)])
    strength, scale = text_encoder._judged(vectors, truth)
    assert scale > 1

    def loss(scale: float) -> float:
        weight, bias = text_encoder._head(vectors, truth, classes + 1, strength, scale)
        return float(text_encoder._loss(others @ weight.T + bias, said))

    assert loss(scale) < loss(1.0)


def test_a_new_head_is_not_judged_by_a_row_a_class(prototype: str) -> None:
    assert learning(prototype, "text_encoder")._judged(np.eye(4), np.arange(4)) == (10.0, None)


def test_means_of_few_rows_a_class_are_made_in_fewer_parts(prototype: str) -> None:
    encoder = learning(prototype, "table_sklearn")._for_target(TargetEncoder(), ["a", "b", "c"], np.arange(9) % 3)
    assert (encoder.target_type, encoder.cv) == ("multiclass", 3)
