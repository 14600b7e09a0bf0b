"""Learn from a newer history: `python retrain.py NEW.csv [-o model-new] [--replace]`.

NEW.csv holds all values so far. The last steps of each series are held back: both models forecast them from what comes before,
and the new model is written only if it is not worse there. It has then learnt from everything.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

DROP = 0.02  # of the old error: a loss up to here may be chance
FEWEST = 4  # points of a series before the steps that are held back


def main(arguments: list[str] | None = None) -> int:
    """0: a new model was written. 2: one message says what to mend. 3: the new model is worse, and the old one stays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the history so far: CSV or JSONL with the model's columns")
    parser.add_argument("-o", "--output", type=Path, default=Path("model-new"), help="folder for the new model")
    parser.add_argument("--replace", action="store_true", help="put it in place of model/, and keep that as model-before/")
    parser.add_argument("--minutes", type=float, default=2.0, help="how long it may learn, where that is a choice (AutoML)")
    options = parser.parse_args(arguments)
    try:
        return retrain(options.data, options.output, options.replace, options.minutes)
    except KeyboardInterrupt:
        return complain("Stopped. The old model stays as it is.", 130)
    except ImportError as error:
        return complain(f"Expected the packages of requirements-retrain.txt. Found none called {error.name!r}. "
                        "Run: pip install -r requirements-retrain.txt")  # fmt: skip
    except (ValueError, OSError, RuntimeError) as error:
        return complain(str(error) if str(error).startswith("Expected") else f"It could not learn from this history: {error}")


def retrain(data: Path, output: Path, replace: bool, minutes: float) -> int:
    """Read, hold back, learn, compare, keep or refuse, learn from everything."""
    from prototype import FOLDER, learning, load
    from prototype.series import long_table
    from prototype.series_files import open_history, rows_of

    old = load()
    if output.exists():
        raise ValueError(f"Expected no folder {output} yet. Found one. Move it away, or name another with -o.")
    history = long_table(rows_of(open_history(data, old, FOLDER)), old.manifest["series"])
    past, ahead = parted(history, int(old.manifest["series"]["horizon"]))
    say(f"{history['series'].nunique():,} series, {len(history):,} steps; the last {len(ahead):,} are held back to compare both models.")
    with tempfile.TemporaryDirectory(prefix=".retrain-", dir=output.resolve().parent) as place:
        tried, folder = Path(place) / "tried", Path(place) / "model"
        for target, table in ((tried, past), (folder, history)):
            target.mkdir()
            learning.learn(old, target, table, minutes / 2)
            if target is tried and not accepted(old, load(tried), past, ahead):
                return complain("The new model is worse than the old one on the steps held back, so it was not kept. "
                                "Give it a longer history, or check its values.", 3)  # fmt: skip
        load(folder)
        shutil.move(folder, output)
    if not replace:
        say(f"The new model is in {output}. Try it with: python predict.py HISTORY -o OUTPUT --model {output}")
        return 0
    before = FOLDER / "model-before"
    shutil.rmtree(before, ignore_errors=True)
    (FOLDER / "model").rename(before)
    shutil.move(output, FOLDER / "model")
    say(f"The new model is in place, the old one in {before}. tests/golden.jsonl still holds the old one's forecast.")
    return 0


def parted(history: Any, horizon: int) -> tuple[Any, Any]:
    """(what both models know, the last `horizon` steps of each series that is long enough).

    Models forecast from the last known value on, so the second part begins right after it: where values are missing just before
    the last steps it holds these, too, without a truth that would count.
    """
    sizes = history.groupby("series", sort=False)["time"].transform("size")
    left = history.groupby("series", sort=False).cumcount(ascending=False)
    rows = history.index.to_series()
    ends = rows.where(history["target"].notna() & (left >= horizon)).groupby(history["series"], sort=False).transform("max")
    held = (rows > ends) & (sizes >= horizon + FEWEST)
    past, ahead = history[~held].reset_index(drop=True), history[held].reset_index(drop=True)
    if not len(ahead):
        raise ValueError(f"Expected a series of at least {horizon + FEWEST:,} steps, to hold back the last {horizon:,}. "
                         f"Found {int(sizes.max()):,} in the longest. Give a longer history.")  # fmt: skip
    return past, ahead


def accepted(old: Any, new: Any, past: Any, ahead: Any) -> bool:
    """Whether the new model's scaled errors (MASE) are not larger, or larger by no more than `DROP` of them.

    Where no series changes there is no scaled error, of either model.
    """
    import numpy as np

    before, after = scaled_error(old, past, ahead), scaled_error(new, past, ahead)
    say(f"Mean absolute scaled error: {before[0]:.4f} before, {after[0]:.4f} now. "
        f"Weighted quantile loss: {before[1]:.4f} before, {after[1]:.4f} now.")  # fmt: skip
    return all(now <= then * (1 + DROP) + 1e-12 or (np.isnan(then) and np.isnan(now)) for then, now in zip(before, after))


def scaled_error(model: Any, past: Any, ahead: Any) -> tuple[float, float]:
    """(MASE over the series: errors by those of repeating the last season, NaN where none changes; weighted quantile loss)."""
    import numpy as np

    form, levels = model.manifest["series"], np.asarray(model.manifest["levels"], dtype=float)
    found = model.quantiles(past, ahead[["series", "time", *form.get("known", [])]])
    season = max(1, int((form.get("seasons") or [1])[0]))
    truth = ahead["target"].to_numpy(dtype=float)
    known, places = past["target"].to_numpy(dtype=float), past.groupby("series", sort=False).indices
    errors = []
    for name, rows in ahead.groupby("series", sort=False).indices.items():
        values = known[places[name]]
        lag = season if len(values) > season else 1
        changes = np.abs(values[lag:] - values[:-lag])
        scale = float(np.nanmean(changes)) if np.isfinite(changes).any() else 0.0
        error = float(np.nanmean(np.abs(truth[rows] - found[rows, 0]))) if np.isfinite(truth[rows]).any() else np.nan
        errors.append(error / scale if scale > 0 else np.nan)
    there = np.isfinite(truth)
    off = truth[there, None] - found[there, 1:]
    loss = 2 * np.maximum(levels * off, (levels - 1) * off).sum() / len(levels) / max(float(np.abs(truth[there]).sum()), 1e-12)
    return float(np.nanmean(errors)) if np.isfinite(errors).any() else np.nan, float(loss)


def say(words: str) -> None:
    """To the person, on stderr."""
    print(words, file=sys.stderr)


def complain(message: str, code: int = 2) -> int:
    """One message on stderr."""
    say(message)
    return code


if __name__ == "__main__":
    sys.exit(main())
