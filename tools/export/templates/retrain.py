"""Learn from new rows: `python retrain.py NEW.csv [-o model-new] [--test TEST.csv] [--replace]`.

NEW.csv holds all rows to learn from, with the target column. A part of them is held back; the new model is written only if it
is not worse than the old one there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHARE, FEWEST, MOST = 0.2, 20, 2000  # rows held back to compare the models
ENOUGH = 30  # rows that the old model has not learnt from, to compare fairly
DROP = 0.02  # a loss that is within chance is let pass up to here (of an error: up to this share of it)
RESAMPLES = 400


@dataclass
class Labelled:
    """Rows as texts, with their target (text, or a number)."""

    rows: list[dict[str, Any]]
    target: list[Any]

    def take(self, positions: Sequence[int]) -> Labelled:
        """The rows at these positions."""
        return Labelled([self.rows[at] for at in positions], [self.target[at] for at in positions])


def main(arguments: list[str] | None = None) -> int:
    """0: a new model was written. 2: one message says what to mend. 3: the new model is worse, and the old one stays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="CSV or JSONL with the model's columns and the target")
    parser.add_argument("-o", "--output", type=Path, default=Path("model-new"), help="folder for the new model")
    parser.add_argument("--test", type=Path, help="labelled rows to compare on, instead of a part of DATA")
    parser.add_argument("--replace", action="store_true", help="put it in place of model/, and keep that as model-before/")
    parser.add_argument("--minutes", type=float, default=2.0, help="how long it may learn, where that is a choice (AutoML)")
    parser.add_argument("--yes", action="store_true", help="ask the language model, where there is one, whatever it costs")
    options = parser.parse_args(arguments)
    try:
        return retrain(options.data, options.output, options.test, options.replace, options.minutes, options.yes)
    except KeyboardInterrupt:
        return complain("Stopped. The old model stays as it is.", 130)
    except ImportError as error:
        return complain(f"Expected the packages of requirements-retrain.txt. Found none called {error.name!r}. "
                        "Run: pip install -r requirements-retrain.txt")  # fmt: skip
    except (ValueError, OSError, RuntimeError) as error:
        return complain(str(error) if str(error).startswith("Expected") else f"It could not learn from these rows: {error}")


def retrain(data: Path, output: Path, test: Path | None, replace: bool, minutes: float, yes: bool) -> int:
    """Read, part, learn, compare, keep or refuse."""
    from prototype import FOLDER, learning, learnt_rows, load

    old = load()
    if output.exists():
        raise ValueError(f"Expected no folder {output} yet. Found one. Move it away, or name another with -o.")
    given = read_labelled(data, old, "learn from")
    known = learnt_rows.read(old.folder)
    learn, check = (given, read_labelled(test, old, "compare on")) if test else parted(given, old, known)
    say(f"{len(learn.rows):,} rows to learn from, {len(check.rows):,} held back to compare both models.")
    inputs = old.manifest["inputs"]
    seen = sum(learnt_rows.row_key(row, inputs) in known for row in check.rows)
    if seen:
        say(f"The old model has learnt from {seen:,} of the rows held back, which favours it.")
    with tempfile.TemporaryDirectory(prefix=".retrain-", dir=output.resolve().parent) as place:
        folder = Path(place) / "model"
        folder.mkdir()
        learning.learn(old, folder, learn.rows, learn.target, minutes)
        keys = {learnt_rows.row_key(row, inputs) for row in learn.rows}
        learnt_rows.write(folder, keys | known if "language_model" in old.manifest else keys)  # its old examples stay
        if "language_model" in old.manifest and not agreed(old, load(folder), check, yes):
            return complain("Nothing was asked. The old model stays as it is.")
        os.environ.setdefault("PROMPT_CACHE", str(Path(place) / "answers.sqlite"))  # nothing is asked twice
        if not accepted(old, load(folder), check):
            return complain("The new model is worse than the old one on the rows held back, so it was not kept. "
                            "Give it more rows, or check the target column of the new ones.", 3)  # fmt: skip
        remember_interval(folder, load(folder), check)
        shutil.move(folder, output)
    if more := sorted(set(load(output).manifest["requirements"]) - set(old.manifest["requirements"])):
        say(f"It also needs {', '.join(more)}: pip install -r requirements-retrain.txt")
    if not replace:
        say(f"The new model is in {output}. Try it with: python predict.py INPUT -o OUTPUT --model {output}")
        return 0
    before = FOLDER / "model-before"
    shutil.rmtree(before, ignore_errors=True)
    (FOLDER / "model").rename(before)
    shutil.move(output, FOLDER / "model")
    say(f"The new model is in place, the old one in {before}. tests/golden.jsonl still holds the old one's answers.")
    return 0


def agreed(old: Any, new: Any, check: Labelled, yes: bool) -> bool:
    """Whether the language model may be asked: said before, said now, or free and on this machine."""
    from prototype import learning

    where, questions, dollars, leaves = learning.asked(old, new, check.rows)
    cost = "at a price that is not known here" if dollars is None else f"for about ${dollars:.4f}" if dollars else "for free"
    say(f"To compare, {where} is asked {questions:,} questions {cost}{', and the rows leave this machine' if leaves else ''}.")
    if yes or (dollars == 0 and not leaves):
        return True
    if not sys.stdin.isatty():
        raise ValueError("Expected a yes before it is asked. Found nobody at the terminal. Run it again with --yes.")
    return input("Ask? [y/N] ").strip().lower() in {"y", "yes"}


def read_labelled(path: Path, old: Any, purpose: str) -> Labelled:
    """The rows whose target is known."""
    from prototype import FOLDER
    from prototype.records import Hints, open_table

    columns = old.manifest.get("target_columns") or [old.manifest["target"] or "label"]  # made without labels: `label`
    target = ", ".join(columns)
    names = [column["name"] for column in old.manifest["inputs"]]
    found = Labelled([], [])
    missing = 0
    for record in open_table(path, Hints.read(FOLDER, [*names, *columns])).records():
        value = known_set(record.inputs, columns, old) if old.several else known_target(record.inputs[columns[0]], bool(old.labels))
        if value is None:
            missing += 1
            continue
        found.rows.append({name: record.inputs[name] for name in names})
        found.target.append(value)
    if missing:
        say(f"{missing:,} rows of {path.name} have no usable {target!r} and are left out.")
    if len(found.rows) < FEWEST:
        raise ValueError(f"Expected at least {FEWEST} rows with {target!r} to {purpose}. Found {len(found.rows)} in {path.name}. "
                         "Add labelled rows.")  # fmt: skip
    if len(set(found.target)) < 2 and purpose == "learn from":
        raise ValueError(f"Expected at least two different values in {target!r}. Found one in {path.name}. Check the column.")
    return found


def known_set(row: dict[str, Any], columns: list[str], old: Any) -> str | None:
    """The labels of a row as a JSON list; None where they are missing."""
    from prototype import label_sets

    cells = [row[name] for name in columns]
    if all(known_target(cell, True) is None for cell in cells):
        return None
    if old.manifest.get("target_columns"):
        found = [name for name, cell in zip(columns, cells) if label_sets.applies(cell)]
    else:
        found = label_sets.read(cells[0], old.manifest.get("label_separator"))
    return label_sets.written(found, old.labels)


def known_target(value: Any, text: bool) -> Any:
    """A label, or a number; None where it is missing."""
    written = "" if value is None else str(value).strip()
    if not written or written.lower() in {"nan", "na", "n/a", "null", "none", "?"}:
        return None
    if text:
        return written
    try:
        return float(written)
    except ValueError:
        plain = written.replace(" ", "").replace(".", "").replace(",", ".") if "," in written else written
        try:
            return float(plain)
        except ValueError:
            return None


def parted(given: Labelled, old: Any, known: set[int]) -> tuple[Labelled, Labelled]:
    """(to learn from, to compare on): of each class a share, rows that the old model does not know first, copies on one side."""
    from prototype.learnt_rows import row_key

    keys = [row_key(row, old.manifest["inputs"]) for row in given.rows]
    fresh = {key for key in keys if key not in known}
    pool = fresh if sum(key in fresh for key in keys) >= ENOUGH else set(keys)
    wanted = min(MOST, max(FEWEST, round(SHARE * len(keys))), len(pool) // 2)  # what is new is there to be learnt
    by_class: dict[Any, list[int]] = {}
    order = sorted(pool)
    random.Random(0).shuffle(order)
    first = {key: at for at, key in reversed(list(enumerate(keys)))}
    for key in order:
        by_class.setdefault(given.target[first[key]] if old.labels and not old.several else None, []).append(key)
    held: set[int] = set()
    for group in by_class.values():
        share = min(round(wanted * len(group) / len(order)), len(group) - 1)  # at least one row of a class to learn from
        held.update(group[:share])
    learn = [at for at, key in enumerate(keys) if key not in held]
    check = [at for at, key in enumerate(keys) if key in held]
    if not check or not learn:
        raise ValueError(f"Expected rows enough to learn from some and compare on others. Found {len(set(keys))} different ones. "
                         "Add labelled rows, or give rows to compare on with --test.")  # fmt: skip
    return given.take(learn), given.take(check)


def accepted(old: Any, new: Any, check: Labelled) -> bool:
    """Whether the new model is not worse: better, or a little worse within chance (a paired bootstrap)."""
    import numpy as np

    name, score = measure(old)
    before, after = answers(old, check.rows), answers(new, check.rows)
    told = [frozenset(json.loads(written)) for written in check.target] if old.several else check.target
    target = np.array(told, dtype=object if old.labels else float)
    old_score, new_score = score(target, before), score(target, after)
    say(f"{name}: {old_score:.4f} before, {new_score:.4f} now.")
    if new_score >= old_score:
        return True
    chance = np.random.default_rng(0)
    draws = [chance.integers(0, len(target), len(target)) for _ in range(RESAMPLES)]
    differences = [score(target[at], after[at]) - score(target[at], before[at]) for at in draws]
    most = DROP * abs(old_score) if score is minus_mae else DROP  # an error is in the target's own unit
    return float(np.quantile(differences, 0.975)) >= 0 and old_score - new_score <= most


def answers(model: Any, rows: list[dict[str, Any]]) -> Any:
    """Predictions as an array."""
    import numpy as np

    found = []
    for start in range(0, len(rows), 1000):
        found.extend(answer["prediction"] for answer in model.predict(rows[start : start + 1000]))
    if missing := sum(answer is None for answer in found):
        raise ValueError(f"Expected answers to {len(found):,} rows held back. Found none to {missing:,} of them. Try again later.")
    if model.several:  # an array of lists would become a table
        found = [frozenset(labels) for labels in found]
    return np.array(found, dtype=object if model.labels else float)


def measure(model: Any) -> tuple[str, Any]:
    """(name, function of target and answers; higher is better), the nearest to what the model was chosen by."""
    from prototype import FOLDER

    metric = json.loads((FOLDER / "prototype.json").read_text(encoding="utf-8"))["metric"]
    if not model.labels:
        return ("minus the mean absolute error", minus_mae) if metric in {"mae", "mape", "smape"} else ("R2", r2)
    if metric == "accuracy":
        return "accuracy", accuracy
    return "macro-F1", macro_f1_of_sets if model.several else macro_f1


def accuracy(target: Any, found: Any) -> float:
    """Share of right answers."""
    return float((target == found).mean())


def macro_f1(target: Any, found: Any) -> float:
    """F1 of each class in the target, averaged."""
    scores = []
    for label in sorted(set(target.tolist())):
        right = float(((target == label) & (found == label)).sum())
        scores.append(2 * right / float((target == label).sum() + (found == label).sum()))
    return sum(scores) / len(scores)


def macro_f1_of_sets(target: Any, found: Any) -> float:
    """F1 of each label in the target, averaged; a row has any number of labels."""
    scores = []
    for label in sorted(set().union(*target)):
        has, said = [label in labels for labels in target], [label in labels for labels in found]
        scores.append(2 * sum(one and other for one, other in zip(has, said)) / (sum(has) + sum(said)))
    return sum(scores) / len(scores) if scores else 1.0


def r2(target: Any, found: Any) -> float:
    """1 - squared error / variance."""
    spread = float(((target - target.mean()) ** 2).sum())
    return 1 - float(((target - found) ** 2).sum()) / (spread or 1e-12)


def minus_mae(target: Any, found: Any) -> float:
    """Mean absolute error, negated."""
    return -float(abs(target - found).mean())


def remember_interval(folder: Path, new: Any, check: Labelled) -> None:
    """Between which values 90 % of the errors lie, from the rows held back."""
    import numpy as np

    if not new.manifest.get("interval"):
        return
    errors = np.array(check.target, dtype=float) - answers(new, check.rows)
    low, high = np.quantile(errors, [0.05, 0.95])
    manifest = {**new.manifest, "interval": {"low": float(low), "high": float(high), "coverage": 0.9}}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def say(words: str) -> None:
    """To the person, on stderr."""
    print(words, file=sys.stderr)


def complain(message: str, code: int = 2) -> int:
    """One message on stderr."""
    say(message)
    return code


if __name__ == "__main__":
    sys.exit(main())
