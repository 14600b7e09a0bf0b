"""8 bits are taken where the validation rows lose at most 0.3 points, and it is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tools.approaches import approach_named
from tools.approaches.base import FitJob, Rows
from tools.approaches.fine_tuning import head as frozen
from tools.approaches.fine_tuning.arithmetic import Arithmetic, Further, Judged, decided
from tools.approaches.fine_tuning.second_opinion import Opinion
from tools.approaches.text_job import open_job
from tools.core.task import Label, MetricSpec, TaskSpec
from tools.runtime import load

MEGABYTES = {"8-bit integers": (15, 35), "32-bit floats": (80, 100)}


def job(folder: Path, rows: int = 60) -> FitJob:
    said = {"cats": "the cat sleeps on the sofa", "ships": "the ship sails into the harbour"}
    names = [list(said)[number % 2] for number in range(rows)]
    frame = pd.DataFrame({"text": [f"{said[name]} {number}" for number, name in enumerate(names)], "label": names})
    task = TaskSpec(kind="text-classification", inputs=["text"], target="label", labels=[Label(name=name) for name in said])
    everything, cut = Rows(frame[["text"]], frame["label"]), rows // 2
    train, validation = everything.take(range(cut)), everything.take(range(cut, rows))
    return FitJob(task, MetricSpec(name="accuracy"), train, validation, None, folder / "model", 3.0, lambda *_: None, cores=1)


@pytest.mark.parametrize(
    ("whole", "int8", "taken"), [(0.9, 0.9, True), (0.9, 0.898, True), (0.9, 0.896, False), (0.9, 0.95, True)]
)
def test_at_most_three_tenths_of_a_point_are_lost(whole: float, int8: float, taken: bool) -> None:
    found = Arithmetic.by(whole - int8)
    assert found.int8 is taken
    assert found.settings["arithmetic"] == ("8-bit integers" if taken else "32-bit floats")
    assert found.settings["lost_by_8_bits"] == pytest.approx(whole - int8)


@pytest.mark.parametrize("worse", [False, True])
def test_the_answers_judged_are_those_of_the_arithmetic_taken(tmp_path: Path, worse: bool) -> None:
    texts = open_job(job(tmp_path))
    whole = np.eye(2)[texts.truth] * 4 + np.linspace(-3.5, 3.5, 30)[:, None] * [0.1, -0.1]
    int8 = whole * ([-1, -1] if worse else [1, 1]) + 0.01
    judged = Judged.by(texts, whole, int8)
    assert judged.arithmetic.int8 is not worse
    assert judged.scale > 0
    assert (judged.opinion.judged.argmax(axis=1) == texts.truth).all()
    assert np.abs(judged.opinion.judged.sum(axis=1) - 1).max() < 1e-9


@pytest.mark.parametrize(("lost", "taken"), [(0.01, False), (0.002, True)])
def test_more_rows_than_the_validation_rows_tell_what_8_bits_lose(tmp_path: Path, lost: float, taken: bool) -> None:
    texts = open_job(job(tmp_path))
    same = [Opinion(np.eye(2)[texts.truth])] * 2
    _, found = decided(texts, same, Further(lost, 70))
    assert found.int8 is taken
    assert found.lost == pytest.approx(0.7 * lost)


@pytest.mark.parametrize("name", ["embedding-head", "contrastive", "full-fine-tuning"])
def test_every_encoder_says_its_arithmetic_and_writes_it(name: str, tmp_path: Path) -> None:
    done = job(tmp_path)
    settings = approach_named(name).fit(done).settings
    assert settings["arithmetic"] == ("8-bit integers" if settings["lost_by_8_bits"] <= 0.003 else "32-bit floats")
    least, most = MEGABYTES[settings["arithmetic"]]
    assert least < (done.folder / "encoder.onnx").stat().st_size / 1e6 < most
    assert [one["prediction"] for one in load(done.folder).predict([{"text": "the cat sleeps"}])] == ["cats"]


def test_32_bits_stay_where_8_lose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = frozen.read_whole

    def blurred(texts: list[str], int8: bool = False) -> tuple[np.ndarray, int]:
        vectors, windows = read(texts)
        return (np.zeros_like(vectors) if int8 else vectors), windows

    monkeypatch.setattr(frozen, "read_whole", blurred)
    done = job(tmp_path)
    settings = approach_named("embedding-head").fit(done).settings
    assert settings["arithmetic"] == "32-bit floats"
    assert settings["lost_by_8_bits"] > 0.2
    assert (done.folder / "encoder.onnx").stat().st_size > 80e6
