"""Columns that give the target away: near copies, near-perfect single predictors, columns that add up to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from tools.core.data import FileProfile
from tools.core.task import TaskSpec
from tools.data.profiling.looking import sample

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

FEWEST = 60  # rows below which one column may predict the target by luck
CATEGORY_GIVES_AWAY = 0.85  # share of the majority's errors that one category column takes away, on rows it was not counted on
NUMBER_GIVES_AWAY = 0.97  # numbers may be honestly strong (a petal's width names its iris): they must be nearly perfect
EXPLAINS = 0.995  # share of a number's variance
BINS = 50
EXACT = 1e-6
MOST_NUMBERS = 60
ROWS = 10_000


@dataclass(frozen=True)
class Leak:
    """columns: they give the target away together. how: in words, with the numbers that show it."""

    columns: tuple[str, ...]
    how: str
    evidence: str


def leaks(file: FileProfile, task: TaskSpec) -> list[Leak]:
    """Leaks of the task's target in its table, strongest first; looks at up to 10,000 rows. Empty without a target."""
    if task.target is None or file.column(task.target) is None:
        return []
    inputs = [c.name for c in file.columns if c.name != task.target and c.role not in ("id", "empty", "constant", "text")]
    texts = [c.name for c in file.columns if c.name != task.target and c.role == "text"]
    table = sample(file.attachment, [*inputs, *texts, task.target], ROWS)
    table = table.filter(table[task.target].is_not_null())
    if table.height < FEWEST:
        return []
    target = table[task.target]
    if task.kind == "tabular-regression" and target.dtype.is_numeric():
        return _of_number(table, inputs, task.target)
    if task.is_classification and target.n_unique() > 1:
        return [*_of_class(table, inputs, task.target), *_label_in_text(table, texts, task.target)]
    return []


def _of_class(table: pl.DataFrame, inputs: Sequence[str], target: str) -> list[Leak]:
    import polars as pl

    table = table.sample(fraction=1.0, shuffle=True, seed=0)
    labels = table[target].cast(pl.String)
    half = table.height // 2
    majority = str(labels[:half].mode().sort()[0])
    base = float((labels[half:] == majority).mean() or 0.0)  # type: ignore[arg-type]
    found = []
    for name in inputs:
        number = table[name].dtype.is_numeric()
        values = _as_values(table[name])
        if values is None or base >= 1.0:
            continue
        hit = _accuracy(values, labels, half, majority)
        saved = 1 - (1 - hit) / (1 - base)
        if saved >= (NUMBER_GIVES_AWAY if number else CATEGORY_GIVES_AWAY):
            evidence = (
                f"{name} alone is right in {hit:.1%} of {table.height - half:,} rows; always saying {majority!r} in {base:.1%}"
            )
            found.append((saved, Leak((name,), f"{name} all but gives {target} away", evidence)))
    return [leak for _, leak in sorted(found, key=lambda pair: -pair[0])]


def _as_values(column: pl.Series) -> pl.Series | None:
    """A column as a few texts that can be counted; None where nearly every row has its own."""
    import polars as pl

    if isinstance(column.dtype, pl.Datetime):
        return column.is_null().cast(pl.String) if column.null_count() else None
    if column.dtype.is_numeric() and column.n_unique() > BINS:
        column = column.qcut(BINS, allow_duplicates=True)
    column = column.cast(pl.String).fill_null("\0")
    return column if column.n_unique() <= 0.5 * len(column) else None


def _accuracy(values: pl.Series, labels: pl.Series, half: int, majority: str) -> float:
    """Of the most frequent label of each value, counted on the first half, on the second half."""
    import polars as pl

    seen = pl.DataFrame({"value": values[:half], "label": labels[:half]})
    best = seen.group_by("value").agg(pl.col("label").mode().sort().first())
    asked = pl.DataFrame({"value": values[half:]}).join(best, on="value", how="left", maintain_order="left")
    return float((asked["label"].fill_null(majority) == labels[half:]).mean() or 0.0)  # type: ignore[arg-type]


def _label_in_text(table: pl.DataFrame, texts: Sequence[str], target: str) -> list[Leak]:
    """Texts that hold their own label as a word, where the labels are words of some length."""
    import polars as pl

    labels = table[target].cast(pl.String)
    names = labels.unique()
    if len(names) < 2 or names.str.contains(r"^[\d.]+$|^.{0,2}$").any():
        return []
    found = []
    for name in texts:
        holds = pl.DataFrame({"text": table[name].str.to_lowercase(), "label": labels.str.to_lowercase()}).select(
            pl.col("text").str.contains(pl.col("label"), literal=True)
        )
        share = float(holds.to_series().mean() or 0.0)  # type: ignore[arg-type]
        other = _mismatched(table[name], labels)
        if share > 0.9 and share - other > 0.5:
            evidence = f"{share:.1%} of {table.height:,} texts hold their own label word for word"
            found.append(Leak((name,), f"{name} holds the label itself", evidence))
    return found


def _mismatched(texts: pl.Series, labels: pl.Series) -> float:
    """How often a text holds the label of another row: what chance would do."""
    import polars as pl

    frame = pl.DataFrame({"text": texts.str.to_lowercase(), "label": labels.str.to_lowercase().shift(7, fill_value="\0")})
    return float(frame.select(pl.col("text").str.contains(pl.col("label"), literal=True)).to_series().mean() or 0.0)  # type: ignore[arg-type]


def _of_number(table: pl.DataFrame, inputs: Sequence[str], target: str) -> list[Leak]:
    import polars as pl

    values = table[target].cast(pl.Float64).to_numpy()
    if float(values.std()) == 0.0:
        return []
    numbers = [name for name in inputs if table[name].dtype.is_numeric()][:MOST_NUMBERS]
    columns = {name: table[name].cast(pl.Float64).to_numpy() for name in numbers}
    single = [leak for name in numbers if (leak := _single(name, columns[name], values, target))]
    alone = {leak.columns[0] for leak in single}
    rest = {name: column for name, column in columns.items() if name not in alone}
    pairs = list(_pairs(rest, values, target))
    return [*single, *(pairs or _sum(rest, values, target))]


def _single(name: str, column: np.ndarray, target: np.ndarray, goal: str) -> Leak | None:
    import numpy as np

    there = np.isfinite(column)
    if there.mean() < 0.9 or len(np.unique(column[there])) < 20:
        return None
    order = np.argsort(column[there], kind="stable")
    values = target[there][order]
    # neighbours in the order of the column: where it gives the target away, they have nearly the same target
    noise = float(np.mean(np.diff(values) ** 2) / 2)
    explained = 1 - noise / float(values.var())
    if explained < EXPLAINS:
        return None
    return Leak((name,), f"{name} all but gives {goal} away", f"{name} alone explains {min(explained, 1.0):.1%} of {goal}")


def _pairs(columns: dict[str, np.ndarray], target: np.ndarray, goal: str) -> Iterator[Leak]:
    """Two columns whose sum, difference, product or ratio is the target in nearly every row."""
    import numpy as np

    scale = np.maximum(np.abs(target), 1e-9)
    with np.errstate(all="ignore"):
        for (first, a), (second, b) in combinations(columns.items(), 2):
            for sign, made in (("+", a + b), ("-", a - b), ("-", b - a), ("×", a * b), ("/", a / b)):
                if np.mean(np.abs(made[:200] - target[:200]) <= EXACT * scale[:200] + 1e-9) < 0.95:
                    continue
                exact = float(np.mean(np.abs(made - target) <= EXACT * scale + 1e-9))
                if exact >= 0.98 and not _trivial(a, b, sign):
                    left, right = (
                        (second, first) if made is not a - b and sign == "-" and _is(b - a, target) else (first, second)
                    )
                    yield Leak(
                        (first, second),
                        f"{left} {sign} {right} is {goal}",
                        f"{left} {sign} {right} = {goal} in {exact:.1%} of {len(target):,} rows",
                    )


def _is(made: np.ndarray, target: np.ndarray) -> bool:
    import numpy as np

    return bool(np.mean(np.abs(made - target) <= EXACT * np.maximum(np.abs(target), 1e-9) + 1e-9) > 0.95)


def _trivial(a: np.ndarray, b: np.ndarray, sign: str) -> bool:
    """One of the two does nothing: always 0, or always 1 in a product."""
    import numpy as np

    idle = 0.0 if sign in "+-" else 1.0
    return bool(np.mean(a == idle) > 0.95 or np.mean(b == idle) > 0.95)


def _sum(columns: dict[str, np.ndarray], target: np.ndarray, goal: str) -> list[Leak]:
    """Several columns of which the target is a weighted sum."""
    import numpy as np

    usable = {name: column for name, column in columns.items() if np.isfinite(column).all() and column.std() > 0}
    if not usable or len(target) < 10 * len(usable):
        return []
    matrix = np.column_stack([column / column.std() for column in usable.values()] + [np.ones(len(target))])
    weights, *_ = np.linalg.lstsq(matrix, target, rcond=None)
    missed = float(np.mean((matrix @ weights - target) ** 2) / target.var())
    if missed > 1e-6:
        return []
    parts = tuple(name for name, weight in zip(usable, weights, strict=False) if abs(weight) > 1e-3 * target.std())
    evidence = f"a weighted sum of {', '.join(parts)} misses {goal} by less than a thousandth of its spread"
    return [Leak(parts, f"{' + '.join(parts)} add up to {goal}", evidence)]
