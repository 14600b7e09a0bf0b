"""New rows, answered by a candidate of the run: typed ones, or a whole file with its answers beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.actions.running import current_run
from tools.core.errors import BrainIsTold, DataError, PersonDecides
from tools.core.language_model import LanguageModel
from tools.workspace import Workspace

if TYPE_CHECKING:
    from tools.jobs.run import Run
    from tools.runtime import Model
    from tools.runtime.records import Hints

HELD_MODELS = 2  # opened at a time: one takes up to some hundred megabytes
THREE_PARTS = re.compile(r"Expected (?P<expected>.*?)\. Found (?P<found>.*?)\. (?P<remedy>.*)", re.DOTALL)


def candidate_folder(workspace: Workspace, candidate: str | None = None) -> Path:
    """`candidates/<name>` of that finished candidate; of the chosen one without a name. Raises BrainIsTold."""
    from tools.jobs import runner

    run = runner.find(current_run(workspace))
    comparison = run.comparison
    name = candidate or (comparison.chosen if comparison else None)
    if name is None:
        raise BrainIsTold(
            expected="a run with a chosen candidate", found=f"{run.id} has none yet", remedy="Wait until the run is finished."
        )
    done = [result.name for result in comparison.candidates if result.status == "done"] if comparison else []
    if name not in done:
        raise BrainIsTold(
            expected=f"a finished candidate of {run.id} ({', '.join(done) or 'there is none'})",
            found=repr(name),
            remedy="Name one of these.",
        )
    return run.candidate(name)


def answers(workspace: Workspace, rows: Sequence[dict[str, Any]], candidate: str | None = None) -> list[dict[str, Any]]:
    """An answer a row, with all probabilities. A row may lack columns and have others than the model reads.

    Raises PersonDecides (`needs-consent`) where asking costs money or leaves the machine and the person has not allowed it.
    """
    folder = candidate_folder(workspace, candidate)
    model = opened(folder)
    check_consent(workspace, model.manifest, folder.name, len(rows))
    names = [column["name"] for column in model.manifest["inputs"]]
    return model.predict([{name: row.get(name) for name in names} for row in rows], probabilities=True)


def fill_in(workspace: Workspace, source: Path, target: Path, candidate: str | None = None) -> int:
    """Write the file with answers beside its rows, exactly as the prototype's `predict.py` would; how many rows.

    Raises DataError where the file cannot be answered, and what `answers` raises.
    """
    from tools.jobs import runner
    from tools.runtime.answers import predict_file
    from tools.runtime.records import InputError, open_table

    folder = candidate_folder(workspace, candidate)
    model = opened(folder)
    try:
        table = open_table(source, _hints(runner.find(current_run(workspace)), model))
        check_consent(workspace, model.manifest, folder.name, table.rows)
        return predict_file(model, table, target, probabilities=True)
    except (InputError, UnicodeError) as problem:
        raise told(problem, source) from problem


def opened(folder: Path) -> Model:
    """The candidate's model, kept open for the next question."""
    return _opened(folder, (folder / "result.json").stat().st_mtime_ns)


def check_consent(workspace: Workspace, manifest: dict[str, Any], candidate: str, rows: int) -> None:
    """Raises PersonDecides (`needs-consent`) with the price where an answer costs money or a row leaves the machine."""
    if not manifest.get("language_model") or workspace.paid_tries_allowed:
        return
    model = LanguageModel.model_validate(manifest["language_model"])
    if not model.paid and not model.remote:
        return
    raise PersonDecides(
        code="needs-consent",
        expected=f"your yes to sending {'this row' if rows == 1 else f'these {rows:,} rows'} to {model.name} at {model.where}",
        found=f"none yet, and {_price(workspace, model, candidate)}",
        remedy="Allow it for this conversation, or try a candidate that runs on this machine.",
    )


def _price(workspace: Workspace, model: LanguageModel, candidate: str) -> str:
    """What an answer costs, by what this run's own answers cost."""
    from tools.jobs import runner

    if not model.paid:
        return "it costs nothing, but leaves this machine"
    result = runner.find(current_run(workspace)).result(candidate)
    dollars = (result.settings.get("per_row") or {}).get("dollars") if result else None
    return f"an answer costs about ${dollars:.2g}" if dollars else "what an answer costs is not known"


@lru_cache(maxsize=HELD_MODELS)
def _opened(folder: Path, made: int) -> Model:
    """made: when the result was written, so that a candidate that was built anew is opened anew."""
    from tools.runtime import load

    return load(folder / "model")


def _hints(run: Run, model: Model) -> Hints:
    """What the person's own file looked like, as the prototype knows it."""
    from tools.runtime.records import Hints

    profile = run.profile
    file = profile and (profile.with_role("train") or profile.with_role("unlabelled") or profile.with_role("test"))
    return Hints(
        inputs=tuple(column["name"] for column in model.manifest["inputs"]),
        target=run.plan.task.target,
        columns=tuple(column.name for column in file.columns) if file else (),
        header=not (file and file.format == "csv" and file.header_row is None),
        delimiter=file.delimiter if file else None,
        encoding=file.encoding if file else None,
    )


def told(problem: ValueError, source: Path) -> DataError:
    """The prototype's own message, in the parts of the contract's error."""
    parts = THREE_PARTS.fullmatch(str(problem).replace(str(source), source.name))
    if parts is None:
        return DataError(
            expected=f"a CSV or JSONL file in {source.name}",
            found=str(problem).rstrip("."),
            remedy="Save it again as CSV in UTF-8.",
        )
    return DataError(**parts.groupdict())
