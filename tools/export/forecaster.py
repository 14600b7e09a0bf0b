"""The prototype of a forecaster: what people and its scripts read, a made-up history and its own forecast of it."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.core.data import SeriesForm
from tools.export import description
from tools.export.chosen import Chosen
from tools.export.golden_series import made_up_future, made_up_history, points
from tools.export.model_card import model_card, rendered
from tools.export.requirements import TEST, python_version, system_libraries, version_of
from tools.export.speed import Speed, of_times
from tools.report import series_words
from tools.runtime import Model, load
from tools.runtime.series_files import needed, welcome

SECONDS, CALLS = 2.0, 50  # of forecasting one series again and again
SHOWN = 2  # rows of an answer in the README
SPREAD = "What it learns anew is how far a forecast may be off: `low` and `high`."
RETRAINING = {
    "forecast-naive": SPREAD,
    "forecast-statistical": f"{SPREAD} The statistical models are fitted at every forecast in any case.",
    "forecast-trees": "It learns new trees by the old ones' recipe, and how far they may be off.",
    "forecast-autogluon": f"{SPREAD} AutoGluon's models stay as they are, and see the new values.",
    "forecast-chronos": f"{SPREAD} The pre-trained model stays as it is, and sees the new values.",
    "average": "Each of the models learns as it would alone, and they keep their weights.",
}
ANEW = (
    "From a history that is longer than the first one, up to {most:,} values, it learns new trees by itself at every forecast."
)
UNABLE = "This kind of model cannot learn by itself: give the newer history to Fasttrack."
FOLDER = "forecasts"  # of templates/: scripts and papers of their own


@dataclass(frozen=True)
class Forecast:
    """What README and model card say of it. ahead, every: in words. series_per_second: None where it was not measured.

    columns: of a history, (name, what it holds, an example). known: columns of a file with what is known of the future.
    coverage: share of the truths within the interval.
    """

    horizon: int
    ahead: str
    every: str
    series: str
    columns: list[tuple[str, str, str]]
    known: list[str]
    optional: list[str]
    series_per_second: str


def write_papers(run: Chosen, folder: Path) -> None:
    """Golden history and forecast, prototype.json, README.md, MODEL_CARD.md and Dockerfile of a copied model."""
    model = load(folder / "model")
    form = model.manifest["series"]
    history = made_up_history(form, run.training)
    future = made_up_future(form, run.training, points(form, history)) or None
    answers = model.forecast(history, future)
    _write_golden(folder / "tests", history, future, answers)
    size_mb = sum(file.stat().st_size for file in (folder / "model").rglob("*") if file.is_file()) / 1e6
    speed = measure(model, history, future)
    card = model_card(run, speed, size_mb)
    facts = _facts(run, model, history)
    told = {"forecast": facts, "model_form": SeriesForm.model_validate(form)}
    described = description.described_forecaster(run, history)
    description.write(folder, described | {"speed": speed.told(run.result.predict_ms_per_row)})
    _put(folder / "MODEL_CARD.md", rendered(f"{FOLDER}/MODEL_CARD.md", card, **told))
    _put(folder / "README.md", rendered(f"{FOLDER}/README.md", card, **told, **_example(run, answers)))
    libraries = system_libraries(run.manifest["requirements"])
    _put(folder / "Dockerfile", rendered("Dockerfile", card, python=python_version(), libraries=libraries))


def measure(model: Model, history: Sequence[dict[str, str]], future: Sequence[dict[str, str]] | None) -> Speed:
    """Time the forecast of one series, from texts as in a file, again and again; the first call does not count."""
    one = list(history[: points(model.manifest["series"], history)])
    taken: list[float] = []
    model.forecast(one, future)
    begun = time.perf_counter()
    while len(taken) < CALLS and (len(taken) < 3 or time.perf_counter() - begun < SECONDS):
        started = time.perf_counter()
        model.forecast(one, future)
        taken.append((time.perf_counter() - started) * 1000)
    return of_times(taken)


def _write_golden(
    folder: Path,
    history: Sequence[dict[str, str]],
    future: Sequence[dict[str, str]] | None,
    answers: Sequence[dict[str, Any]],
) -> None:
    for name, rows in (("golden.csv", history), ("golden-future.csv", future)):
        if rows:
            with (folder / name).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    _put(folder / "golden.jsonl", "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in answers))


def _facts(run: Chosen, model: Model, history: Sequence[dict[str, str]]) -> Forecast:
    form = SeriesForm.model_validate(model.manifest["series"])
    names = needed(model.manifest)
    reads = {column["name"] for column in model.manifest["inputs"]} & set(welcome(model.manifest))  # any covariate at all
    per_row = run.result.predict_ms_per_row
    targets = set(form.value_columns or [form.target or ""])
    holds = {**dict.fromkeys(form.series_columns, "which series it is"), **dict.fromkeys(targets, "the value")}
    holds |= dict.fromkeys(form.known, "known in advance")
    per_second = 1000 / (per_row * form.horizon) if per_row else None
    return Forecast(
        horizon=form.horizon,
        ahead=series_words.ahead(form),
        every=series_words.every(form),
        series=series_words.series(form.count),
        columns=[(name, holds.get(name, "when"), history[0].get(name, "")) for name in names],
        known=needed(model.manifest, ahead=True) if set(form.known) & set(names) else [],
        optional=[name for name in welcome(model.manifest) if name not in names and reads],
        series_per_second="not measured"
        if per_second is None
        else f"{per_second:,.0f}"
        if per_second >= 10
        else f"{per_second:.2g}",
    )


def _example(run: Chosen, answers: Sequence[dict[str, Any]]) -> dict[str, str]:
    shown = [{name: _short(value) for name, value in answer.items()} for answer in answers[:SHOWN]]
    versions = {"python": python_version(), "pytest": version_of(TEST)}
    retraining = RETRAINING.get(run.manifest["format"], UNABLE)
    if run.manifest.get("anew"):
        retraining += " " + ANEW.format(most=run.manifest["anew"])
    return {"answer": ", ".join(repr(one) for one in shown), "retraining": retraining, **versions}


def _short(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
