"""What was read, and how the task was understood, in sentences with the person's own numbers."""

from __future__ import annotations

from agent.narration import forecasts
from agent.narration.phrases import amount, count, listed, phrase
from tools.core.data import ColumnProfile, DataProfile, FileProfile
from tools.core.task import Language, TaskSpec

NAMED_COLUMNS = 4  # more are counted
NAMED_LABELS = 12
FEW_VALUES = 12  # numbers with so few values stand for something and are told as values
EXAMPLES_TO_LABEL = 30
POINTS_AT_30 = 18  # half a 95 % interval of a share at 30 rows, 1.96 * sqrt(0.25 / 30)


def describe(task: TaskSpec, profile: DataProfile) -> str:
    """All files, each in a sentence or two."""
    return " ".join(_file(task, file) for file in profile.files)


def understood(task: TaskSpec) -> str:
    """What will be predicted from what; empty where that is not known."""
    language = task.language
    parts: list[str] = []
    if task.is_forecasting:
        parts += forecasts.understood(task)
    elif task.is_several and task.answer_columns and task.inputs:
        columns = _some(language, [f"`{name}`" for name in task.answer_columns])
        said = {"target": columns, "input": task.inputs[0], "labels": labels(task)}
        parts.append(phrase(language, "understood.several_from_one", **said))
    elif task.target and task.inputs:
        if len(task.inputs) == 1:
            parts.append(phrase(language, "understood.target_from_one", target=task.target, input=task.inputs[0]))
        else:
            parts.append(
                phrase(language, "understood.target_from_many", target=task.target, count=count(language, len(task.inputs)))
            )
    elif task.labels:
        kind = "several_groups" if task.is_several else "groups"
        parts.append(phrase(language, f"understood.{kind}", labels=labels(task)))
        parts.append(
            phrase(
                language,
                "understood.no_examples",
                count=count(language, len(task.labels)),
                examples=EXAMPLES_TO_LABEL,
                points=POINTS_AT_30,
            )
        )
    if task.excluded_columns:
        named = [f"`{name}`" for name in task.excluded_columns]
        parts.append(phrase(language, "understood.excluded", names=_some(language, named)))
    return " ".join(parts)


def labels(task: TaskSpec) -> str:
    """The labels as a list in words; many are cut with their count."""
    return _some(task.language, task.label_names, NAMED_LABELS)


def _some(language: Language, names: list[str], most: int = NAMED_COLUMNS) -> str:
    if len(names) <= most:
        return listed(language, names)
    return listed(language, [*names[: most - 1], phrase(language, "data.others", count=count(language, len(names) - most + 1))])


def _file(task: TaskSpec, file: FileProfile) -> str:
    language = task.language
    if file.format == "images":
        return _pictures(language, file)
    if file.format == "sqlite":
        tables = list(file.facts.get("tables", {}))
        return phrase(language, "data.database", file=file.file, count=len(tables), names=_some(language, tables))
    if file.facts.get("boxes"):
        return phrase(language, "data.boxes", file=file.file, names=_some(language, list(file.facts["boxes"]), NAMED_LABELS))
    if not file.columns:
        return phrase(language, "data.other", file=file.file)
    rows = count(language, file.rows or 0)
    if file.role == "test":
        return phrase(language, "data.test", file=file.file, rows=rows)
    if file.role == "unlabelled" and task.answer_columns:
        return phrase(language, "data.future" if task.is_forecasting else "data.unlabelled", file=file.file, rows=rows)
    return _table(task, file, rows)


def _table(task: TaskSpec, file: FileProfile, rows: str) -> str:
    language = task.language
    usable = [column for column in file.columns if column.role not in ("id", "constant", "empty")] or file.columns
    first = [column for column in usable if column.name == task.target or column.name in task.inputs]
    ordered = [*first, *(column for column in usable if column not in first)]
    ordered.sort(key=lambda column: column.name != task.target)
    if len(file.columns) <= NAMED_COLUMNS:
        described = listed(language, [_column(language, column) for column in file.columns])
        return phrase(language, "data.table_named", file=file.file, rows=rows, described=described)
    named = ordered[:1] if task.target else []
    described = "; ".join(_column(language, column) for column in named)
    described = f"{described}." if described else ""
    width = count(language, len(file.columns))
    return phrase(language, "data.table", file=file.file, rows=rows, columns=width, described=described).rstrip()


def _column(language: Language, column: ColumnProfile) -> str:
    if column.role == "text":
        return phrase(language, "data.text", name=column.name, words=count(language, column.mean_words or 0))
    if column.single_labels:
        rarest, rows = column.single_labels[-1]
        held = {"count": count(language, len(column.single_labels)), "rarest": rarest, "rows": count(language, rows)}
        return phrase(language, "data.label_sets", name=column.name, **held)
    if column.role == "category" or (column.role == "number" and column.unique <= FEW_VALUES):
        if 3 <= column.unique <= len(column.top):
            rarest, rows = column.top[-1]
            return phrase(
                language,
                "data.category_rare",
                name=column.name,
                unique=column.unique,
                rarest=rarest,
                count=count(language, rows),
            )
        return phrase(language, "data.category", name=column.name, unique=count(language, column.unique))
    if column.role in ("number", "date") and column.minimum is not None and column.maximum is not None:
        ends = {"minimum": _end(language, column.minimum), "maximum": _end(language, column.maximum)}
        return phrase(language, f"data.{column.role}", name=column.name, **ends)
    return phrase(language, "data.plain", name=column.name)


def _end(language: Language, value: float | str) -> str:
    return value.removesuffix("T00:00:00") if isinstance(value, str) else amount(language, value)


def _pictures(language: Language, file: FileProfile) -> str:
    parts = [phrase(language, "data.pictures", file=file.file, images=count(language, file.rows or 0))]
    if classes := file.facts.get("classes"):
        parts.append(phrase(language, "data.classes", count=len(classes), names=_some(language, list(classes), NAMED_LABELS)))
    if pairs := file.facts.get("pairs"):
        parts.append(phrase(language, "data.masks", count=count(language, pairs)))
    return " ".join(parts)
