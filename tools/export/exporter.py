"""The download: a folder that works without Fasttrack, made from a run folder alone."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.core.errors import PersonMustMend
from tools.data.attaching import disk_trouble_explained
from tools.data.plain_rows import records
from tools.export import description, forecaster, packing
from tools.export.asks import Asks, asks_of, settle
from tools.export.chosen import Chosen, chosen
from tools.export.evaluation import copy_evaluation
from tools.export.golden import golden_rows
from tools.export.learnt import write_learnt_rows
from tools.export.model_card import TEMPLATES, model_card, rendered
from tools.export.proof_rows import expected
from tools.export.readme import readme
from tools.export.recording import Recording, is_replayed, kept_answers
from tools.export.requirements import python_version, requirement_files, system_libraries
from tools.export.shipped import shipped_modules
from tools.export.speed import Speed, measure, of_times
from tools.llm import replay
from tools.runtime import Model, load

TIMED_ROWS = 200  # recorded answers that tell how long one takes
SCRIPTS = ("predict.py", "serve.py", "app.py", "retrain.py")


def export(run_folder: Path, out: Path | None = None, *, candidate: str | None = None, quote_rows: bool = False) -> Path:
    """Write the prototype of the run's chosen candidate (or of `candidate`) and give the path of its zip.

    out: a folder (the zip is `out/prototype.zip`) or a path that ends in .zip; None: the run folder (`exports/<candidate>` in
    it for a candidate that is not the chosen one).
    quote_rows: the person allows that the report in it quotes rows of the data readably.
    The zip holds one folder, `prototype-<task>`. Raises PersonMustMend where the run has nothing to export, and MachineError
    where the disk is full.
    """
    run = chosen(run_folder, candidate)
    target = run.place / "prototype.zip" if out is None else out if out.suffix == ".zip" else out / "prototype.zip"
    with disk_trouble_explained("writing the prototype"):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=target.parent) as place:
            folder = Path(place) / f"prototype-{run.slug}"
            folder.mkdir()
            _write(run, folder, quote_rows)
            return packing.pack(folder, target)


def _write(run: Chosen, folder: Path, quote_rows: bool) -> None:
    _copy_code(run, folder)
    shutil.copytree(run.model_folder, folder / "model")
    if not run.task.is_forecasting:
        write_learnt_rows(run, folder / "model")
    first, *members = run.formats
    for name, text in requirement_files(first, run.manifest["requirements"], members).items():
        _put(folder / name, text)
    if run.task.is_forecasting:
        forecaster.write_papers(run, folder)
        copy_evaluation(run, folder / "evaluation", quote_rows)
        return
    asks, rows = asks_of(run), golden_rows(run)
    if asks is None:
        model = load(folder / "model")
        _write_papers(run, folder, model, rows, measure(model, rows), None)
    else:
        with Recording(run) as recording:
            rows = _answered(run, recording, rows)
            _write_replay(recording.exchanges, folder / "tests")
            settle(folder / "model", asks, recording.form)
            _write_papers(run, folder, recording.model, rows, _recorded_speed(run, recording), asks)
    copy_evaluation(run, folder / "evaluation", quote_rows)


def _write_papers(run: Chosen, folder: Path, model: Model, rows: list[dict[str, str]], speed: Speed, asks: Asks | None) -> None:
    """Golden answers, and what people and the scripts read."""
    _write_golden(model, rows, folder)
    size_mb = sum(file.stat().st_size for file in (folder / "model").rglob("*") if file.is_file()) / 1e6
    card = model_card(run, speed, size_mb, asks)
    description.write(folder, description.described(run, rows, asks) | {"speed": speed.told(run.result.predict_ms_per_row)})
    _put(folder / "MODEL_CARD.md", rendered("MODEL_CARD.md", card))
    _put(folder / "README.md", readme(run, card, model, rows))
    libraries = system_libraries(run.manifest["requirements"])
    _put(folder / "Dockerfile", rendered("Dockerfile", card, python=python_version(), libraries=libraries))


def _answered(run: Chosen, recording: Recording, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows that the run has asked about. Raises PersonMustMend where there is none."""
    known = [rows[at] for at in recording.known(rows)]
    if not known:
        name = run.manifest["language_model"]["name"]
        raise PersonMustMend(
            code="no-recorded-answers",
            expected=f"what {name} answered in run {run.run_folder.name}, kept in {kept_answers()}",
            found="none of it",
            remedy="Build again; exporting asks no language model anything new.",
        )
    return known


def _recorded_speed(run: Chosen, recording: Recording) -> Speed:
    """How long the answers of the run took."""
    if is_replayed(run):
        recording.known(records(expected(run).rows.inputs)[:TIMED_ROWS])
    return of_times([1000 * seconds for seconds in recording.seconds] or [0.0])


def _write_replay(exchanges: Mapping[str, Any], folder: Path) -> None:
    """What the prototype's own test needs to run without a key or a network; nothing for a model that is a file."""
    if exchanges:
        shutil.copyfile(replay.__file__, folder / "replay.py")
        replay.write(folder / "recorded.jsonl", exchanges)


def _copy_code(run: Chosen, folder: Path) -> None:
    package = folder / "prototype"
    package.mkdir()
    shutil.copyfile(TEMPLATES / "package.py", package / "__init__.py")
    first, *members = run.formats
    modules = shipped_modules(first, TEMPLATES / "learning", members, run.task.is_forecasting)
    for name, module in modules.items():
        shutil.copyfile(module, package / name)
    scripts = TEMPLATES / forecaster.FOLDER if run.task.is_forecasting else TEMPLATES
    for name in SCRIPTS:
        shutil.copyfile(scripts / name, folder / name)
    (folder / "tests").mkdir()
    shutil.copyfile(scripts / "tests" / "test_prototype.py", folder / "tests" / "test_prototype.py")
    (folder / ".streamlit").mkdir()
    shutil.copyfile(TEMPLATES / "streamlit" / "config.toml", folder / ".streamlit" / "config.toml")


def _write_golden(model: Model, rows: list[dict[str, str]], folder: Path) -> None:
    """Made-up rows, and what the run's own model answers to them."""
    with (folder / "tests" / "golden.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    answers = model.predict(rows, probabilities=True)
    _put(folder / "tests" / "golden.jsonl", "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in answers))


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
