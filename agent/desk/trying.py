"""The form on which a candidate is tried: a field a column that it reads, with examples from the person's own rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tools.core.language_model import LanguageModel

if TYPE_CHECKING:
    from tools.actions.forecasting import Forecast as Forecast  # of which a page draws what was tried
    from tools.core.data import ColumnProfile
    from tools.jobs.run import Run
    from tools.workspace import Workspace

EXAMPLES = 8
CHOICES = 100
ROWS_LOOKED_THROUGH = 50


@dataclass(frozen=True)
class Field:
    """One input. choices: of a category, most frequent first; others may be typed. low, high: of the numbers in the data."""

    name: str
    kind: Literal["text", "number", "category", "date", "other"]
    choices: list[str]
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Ahead:
    """Of a model that forecasts: the series of the attached data, how far it was made for, what a file must have.

    step: `hour`, `step`. known: columns of a file with what is known of the future; empty where nothing is.
    """

    series: list[str]
    horizon: int
    step: str
    columns: list[str]
    known: list[str]


@dataclass(frozen=True)
class TryForm:
    """examples: rows of the data that it never learnt from, column -> value as text or number; may be empty.

    asks: the language model that answers, where there is one. labels: its classes; several: a row may get more than one.
    ahead: where it forecasts; fields and examples are empty then.
    """

    candidate: str
    title: str
    fields: list[Field]
    examples: list[dict[str, Any]]
    labels: list[str]
    several: bool
    target: str | None
    asks: LanguageModel | None
    ahead: Ahead | None = None


def form(workspace: Workspace, candidate: str | None = None) -> TryForm:
    """Of that finished candidate, or of the chosen one. Raises BrainIsTold while there is none."""
    import json

    from tools.actions.answering import candidate_folder
    from tools.jobs import runner

    folder = candidate_folder(workspace, candidate)
    run = runner.find(str(workspace.run_id))
    manifest = json.loads((folder / "model" / "manifest.json").read_text(encoding="utf-8"))
    result = run.result(folder.name)
    asks = manifest.get("language_model")
    if run.plan.task.is_forecasting:
        title = result.title if result else folder.name
        return TryForm(folder.name, title, [], [], [], False, run.plan.task.target, None, _ahead(run, manifest))
    return TryForm(
        candidate=folder.name,
        title=result.title if result else folder.name,
        fields=[_field(column, _profile(run, column["name"])) for column in manifest["inputs"]],
        examples=_examples(run, [column["name"] for column in manifest["inputs"]]),
        labels=list(manifest.get("labels") or []),
        several=bool(manifest.get("several")),
        target=run.plan.task.target,
        asks=LanguageModel.model_validate(asks) if asks else None,
    )


def _ahead(run: Run, manifest: dict[str, Any]) -> Ahead:
    from tools.actions.forecasting import series_names
    from tools.core.data import SeriesForm
    from tools.core.errors import FasttrackError
    from tools.report.series_words import step_name
    from tools.runtime.series_files import needed

    form = SeriesForm.model_validate(manifest["series"])
    try:
        names = series_names(run)
    except FasttrackError:  # the data was moved away since: a file can still be forecast
        names = []
    known = needed(manifest, ahead=True)
    return Ahead(
        series=names,
        horizon=form.horizon,
        step=step_name(form) if form.step == 1 else "step",
        columns=needed(manifest),
        known=known if set(form.known) & set(known) else [],
    )


def _profile(run: Run, column: str) -> ColumnProfile | None:
    found = run.profile
    return next((known for file in found.files if (known := file.column(column))), None) if found else None


def _field(column: dict[str, Any], profile: ColumnProfile | None) -> Field:
    role = str(column.get("role") or (profile.role if profile else "text"))
    if role == "number":
        ends = (profile.minimum, profile.maximum) if profile else (None, None)
        low, high = (float(end) if isinstance(end, (int, float)) else None for end in ends)
        return Field(column["name"], "number", [], low, high)
    if role == "category" and profile is not None and profile.top:
        return Field(column["name"], "category", [value for value, _ in profile.top[:CHOICES]])
    return Field(column["name"], "text" if role == "text" else "date" if role == "date" else "other", [])


def _examples(run: Run, columns: list[str]) -> list[dict[str, Any]]:
    """Test rows, or whichever rows there are; a task of words alone has none."""
    from tools.core.errors import FasttrackError
    from tools.data.plain_rows import records
    from tools.data.splitting import rows

    split, files = run.split, run.plan.attachments
    from_test = bool(split and split.test and (split.test_source == "test-file" or "train" in files))
    role = "test" if split and split.test_source == "test-file" else "train" if "train" in files else "unlabelled"
    attachment = files.get(role)
    if attachment is None or split is None:
        return []
    try:
        found = rows(run.plan.task, attachment, split.test[:ROWS_LOOKED_THROUGH] if from_test else None).inputs
    except FasttrackError:  # the data was moved away since: the form is empty, and still a form
        return []
    shown = [name for name in columns if name in found.columns]
    return [{name: _cell(row[name]) for name in shown} for row in records(found.iloc[:EXAMPLES])]


def _cell(value: Any) -> Any:
    """Numbers stay numbers, what is missing is None, all else is text."""
    if value is None or value != value:
        return None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
