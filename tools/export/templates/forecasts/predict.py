"""Forecast how a history goes on: `python predict.py HISTORY -o OUTPUT [--horizon N] [--future FILE]`. CSV or JSONL."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """0: written. 2: one message on stderr says what to mend."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path, help="the history so far: a CSV, TSV or JSONL file with the model's columns")
    parser.add_argument("-o", "--output", type=Path, required=True, help="where to write: .csv or .jsonl")
    parser.add_argument(
        "--horizon", type=int, default=None, help="how many steps to look ahead; else as many as it was made for"
    )
    parser.add_argument("--future", type=Path, default=None, help="what is known of the future: its times and known columns")
    parser.add_argument("--model", type=Path, default=None, help="another model folder, for example one that retrain.py made")
    options = parser.parse_args(arguments)
    try:
        rows = forecast(options.input, options.output, options.horizon, options.future, options.model)
    except KeyboardInterrupt:
        return complain("Stopped. Nothing was written.", 130)
    except ImportError as error:
        return complain(f"Expected the packages of requirements.txt. Found none called {error.name!r}. "
                        "Run: pip install -r requirements.txt")  # fmt: skip
    except OSError as error:
        return complain(f"Expected to read {options.input} and write {options.output}. Found: {error.strerror or error}. "
                        "Check the permissions and the free space.")  # fmt: skip
    except Exception as error:  # the last line of defence: a person gets one message, never a traceback
        return complain(str(error) if str(error).startswith("Expected") else f"Expected a history like the one it learnt from. "
                        f"Found: {type(error).__name__}: {error}. Compare the file with the table of columns in README.md.")  # fmt: skip
    print(f"{rows:,} rows forecast in {options.output}", file=sys.stderr)
    return 0


def forecast(source: Path, output: Path, horizon: int | None, future: Path | None, folder: Path | None) -> int:
    """Check the files, load the model, write the forecast."""
    from prototype import FOLDER, load
    from prototype.series_files import open_history, rows_of, write_forecast

    model = load(folder)
    history = open_history(source, model, FOLDER)
    ahead = None if future is None else rows_of(open_history(future, model, FOLDER, ahead=True))
    return write_forecast(model.forecast(rows_of(history), ahead, horizon), output, history)


def complain(message: str, code: int = 2) -> int:
    """One message on stderr."""
    print(message, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
