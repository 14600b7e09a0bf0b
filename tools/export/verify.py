"""The proof: in a fresh environment, with the network refused, the prototype gives the run's own predictions.

A prototype that asks a language model at an endpoint asks a replay on loopback instead, in a network namespace that holds
nothing else where the kernel allows one: it says what the model said in the run, and the endpoint is left alone.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tools.core.errors import NothingBuilt
from tools.core.prototype import Proof
from tools.export import asks, environment, forecast_proof, packing
from tools.export.chosen import Chosen, chosen
from tools.export.environment import closure
from tools.export.proof_rows import Expected, expected, write_raw
from tools.export.recording import Recording, is_asking, is_replayed
from tools.llm import replay
from tools.runtime import label_sets

if TYPE_CHECKING:
    import numpy as np

TOLERANCE = 1e-3  # of a probability, absolute; of a number, relative
GUARD = Path(__file__).resolve().parent / "templates" / "proof"
RUN_SECONDS = 900


def prove(run_folder: Path, zip_path: Path, offline: bool, candidate: str | None = None) -> Proof:
    """Prove the prototype (of the chosen candidate, or of `candidate`) and put PROOF.json into its zip.

    offline: assemble the environment from the packages installed here; otherwise install it from the index, and fall back to
    assembling where no index is reached. Raises NothingBuilt (code `not-proved`) with the reason where the proof fails.
    """
    begun = time.monotonic()
    run = chosen(run_folder, candidate)
    with tempfile.TemporaryDirectory(prefix="fasttrack-proof-") as place:
        folder = packing.unpack(zip_path, Path(place) / "unzipped")
        made = time.monotonic()
        how, python = _environment(run, folder, Path(place), offline)
        environment_seconds = time.monotonic() - made
        inside = _exactly(folder, python)
        check = _forecasts_checked if run.task.is_forecasting else _rows_checked
        checked = check(run, python, folder, Path(place))
    if not checked.same:
        raise _not_proved(
            f"the run's own predictions within {TOLERANCE}",
            f"a difference of {checked.largest:.3g} on {checked.rows} rows written from {checked.source}",
        )
    proof = Proof(
        how=how,
        network="replayed" if is_replayed(run) else "refused",
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - begun, 2),
        rows=checked.rows,
        largest_difference=checked.largest,
        tolerance=TOLERANCE,
        same_predictions=checked.same,
        distributions=inside,
        first_prediction_seconds=round(checked.first, 2),
        environment_seconds=round(environment_seconds, 2),
    )
    packing.add(zip_path, "PROOF.json", proof.model_dump_json(indent=1) + "\n")
    return proof


@dataclass(frozen=True)
class Checked:
    """rows: that were compared. first: seconds to the first answer. source: what the rows were written from."""

    rows: int
    largest: float
    same: bool
    first: float
    source: str


def _rows_checked(run: Chosen, python: Path, folder: Path, place: Path) -> Checked:
    """The prototype answers the run's test rows."""
    wanted, way = _way(run, expected(run), place)
    first = _first_prediction(run, wanted, python, folder, place, way)
    source = write_raw(run, wanted, place / "rows.csv")
    found = _predict(python, folder, place / "rows.csv", way, ["--probabilities"])
    if len(found) != len(wanted.answers):
        raise _not_proved(f"{len(wanted.answers)} answers", f"{len(found)}")
    largest, same = compare(run.manifest, wanted, found)
    return Checked(len(wanted.row_ids), largest, same, first, source)


def _forecasts_checked(run: Chosen, python: Path, folder: Path, place: Path) -> Checked:
    """The prototype forecasts the locked window from the history before it."""
    wanted, way = forecast_proof.wanted(run), Way(no_network(), {})
    history, options, _ = forecast_proof.asked(run, forecast_proof.first(wanted), place)
    begun = time.monotonic()
    _predict(python, folder, history, way, options)
    first = time.monotonic() - begun
    history, options, source = forecast_proof.asked(run, wanted, place)
    found = _predict(python, folder, history, way, options)
    try:
        largest = forecast_proof.largest_difference(wanted, found)
    except KeyError as missing:
        raise _not_proved(f"a forecast of {missing}", f"{len(found)} others") from missing
    return Checked(len(wanted.values), largest, largest <= TOLERANCE, first, source)


@dataclass(frozen=True)
class Way:
    """How a command of the proof is run. before: what stands before it; variables: more for its environment."""

    before: tuple[str, ...]
    variables: dict[str, str]


def _way(run: Chosen, wanted: Expected, place: Path) -> tuple[Expected, Way]:
    """The rows that can be proved, and how: without a network, or beside a replay of what was recorded."""
    if not is_replayed(run):
        path = (run.manifest.get("language_model") or {}).get("path")
        return wanted, Way(no_network(), {asks.FILE: str(path)} if path else {})
    from tools.data.plain_rows import records

    with Recording(run) as recording:
        known = recording.known(records(wanted.rows.inputs))
        replay.write(place / "answers.jsonl", recording.exchanges)
    if not known:
        raise _not_proved("answers that the language model gave in the run, kept on this machine", "none of them")
    command = (sys.executable, "-I", str(Path(replay.__file__).resolve()), str(place / "answers.jsonl"))
    return wanted.take(known), Way((*no_network(), *command), {})


def _environment(run: Chosen, folder: Path, place: Path, offline: bool) -> tuple[Literal["installed", "assembled"], Path]:
    compiled = is_asking(run) and not is_replayed(run)  # pip would compile llama.cpp for minutes; here it is compiled already
    if not offline and not compiled:
        python = environment.install(folder / "requirements.txt", place / "environment")
        if python is not None:
            return "installed", python
    return "assembled", environment.assemble(closure(run.manifest["requirements"]))[0]


def _exactly(folder: Path, python: Path) -> list[str]:
    """What the environment holds. Raises NothingBuilt where that is not what requirements.txt says, no more and no less."""
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned, inside = [line for line in lines if line and not line.startswith("#")], environment.contents(python)
    different = set(map(_plain, pinned)) ^ set(map(_plain, inside))
    if different:
        raise _not_proved(
            "an environment with exactly the packages of requirements.txt", f"a difference in {sorted(different)}"
        )
    return inside


def _plain(pin: str) -> str:
    from packaging.utils import canonicalize_name

    name, _, version = pin.partition("==")
    return f"{canonicalize_name(name)}=={version}"


def _first_prediction(run: Chosen, wanted: Expected, python: Path, folder: Path, place: Path, way: Way) -> float:
    """Seconds from starting python to the answer of one row on disk."""
    write_raw(run, wanted.take([0]), place / "one.csv")
    begun = time.monotonic()
    _predict(python, folder, place / "one.csv", way, ["--probabilities"])
    return time.monotonic() - begun


def _predict(python: Path, folder: Path, rows: Path, way: Way, options: Sequence[str]) -> list[dict[str, Any]]:
    """What the prototype's predict.py answers. Raises NothingBuilt with what it said where it fails."""
    answers = rows.with_suffix(".jsonl")
    command = [*way.before, str(python), "predict.py", str(rows), "-o", str(answers), *options]
    known = {**_clean(folder), **way.variables}
    done = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    if done.returncode != 0 or not answers.exists():
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise _not_proved("predict.py to answer in a fresh environment", f"exit code {done.returncode}: {said}")
    with answers.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _clean(folder: Path) -> dict[str, str]:
    """An environment without our paths, keys and settings; the guard stands before everything else."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "OMP_NUM_THREADS")
        if name in os.environ
    }
    return {
        **kept,
        "HOME": str(folder.parent),
        "PYTHONPATH": str(GUARD),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
    }


@functools.cache
def no_network() -> tuple[str, ...]:
    """A network namespace of its own where the kernel allows it; the guard refuses connections in any case."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    command = (unshare, "--map-root-user", "--net")
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if tried.returncode == 0 else ()


def compare(manifest: dict[str, Any], wanted: Expected, found: list[dict[str, Any]]) -> tuple[float, bool]:
    """(largest difference, whether the predictions are the run's own). found: the prototype's answers, a dict a row.

    Probabilities: absolute differences. Numbers: relative to the number itself, or to a hundredth of the answers' spread where
    that is larger (around zero a relative difference says nothing).
    """
    import numpy as np

    labels = manifest.get("labels") or []
    if not labels:
        values = np.array([row["prediction"] for row in found], dtype=float)
        ours = np.array(wanted.answers, dtype=float)
        scale = np.maximum(np.abs(ours), 0.01 * float(ours.std()) + 1e-12)
        largest = float((np.abs(values - ours) / scale).max(initial=0.0))
        return largest, largest <= TOLERANCE
    theirs = np.array([[row[f"probability:{label}"] for label in labels] for row in found], dtype=float)
    known = wanted.predictions.probabilities
    if known is None:
        raise _not_proved("probabilities in the run's predictions", "none")
    largest = float(np.abs(theirs - known).max(initial=0.0))
    same = all(
        _said(row["prediction"], labels) == _said(answer, labels) or _undecided(scores, manifest)
        for row, answer, scores in zip(found, wanted.answers, known, strict=True)
    )
    return largest, same and largest <= TOLERANCE


def _said(answer: Any, labels: list[str]) -> Any:
    """The answer as the run writes it: several labels as a JSON list."""
    return label_sets.written(answer, labels) if isinstance(answer, list) else answer


def _undecided(scores: np.ndarray, manifest: dict[str, Any]) -> bool:
    """Whether the answer hangs on less than the tolerance."""
    if manifest.get("several"):
        return label_sets.undecided(scores, manifest, TOLERANCE)
    if (threshold := manifest.get("threshold")) is not None:
        return abs(float(scores[1]) - float(threshold)) <= TOLERANCE
    leaning = manifest.get("leaning") or [1.0] * len(scores)
    second, first = sorted(float(score) * factor for score, factor in zip(scores, leaning, strict=True))[-2:]
    return bool(first - second <= TOLERANCE * max(leaning))


def _not_proved(expected: str, found: str) -> NothingBuilt:
    return NothingBuilt(
        expected=expected,
        found=found,
        remedy="The prototype is not offered; look at the other candidates, or run `fasttrack export` once more.",
        code="not-proved",
    )
