"""Answer every row of a file: `python predict.py INPUT -o OUTPUT [--probabilities]`. CSV or JSONL, by the name's ending."""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """0: written. 2: one message on stderr says what to mend. 3: written, but a language model left rows without an answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path, help="a CSV, TSV or JSONL file with the model's columns; others are kept")
    parser.add_argument("-o", "--output", type=Path, required=True, help="where to write: .csv or .jsonl")
    parser.add_argument("--probabilities", action="store_true", help="also a column for the probability of each class")
    parser.add_argument("--model", type=Path, default=None, help="another model folder, for example one that retrain.py made")
    options = parser.parse_args(arguments)
    logging.getLogger("prototype").setLevel(logging.ERROR)  # rows without an answer are told of below, once
    unanswered: Counter[str] = Counter()
    try:
        rows = answer(options.input, options.output, options.probabilities, options.model, unanswered)
    except KeyboardInterrupt:
        return complain("Stopped. Nothing was written.", 130)
    except ImportError as error:
        return complain(f"Expected the packages of requirements.txt. Found none called {error.name!r}. "
                        "Run: pip install -r requirements.txt")  # fmt: skip
    except OSError as error:
        return complain(f"Expected to read {options.input} and write {options.output}. Found: {error.strerror or error}. "
                        "Check the permissions and the free space.")  # fmt: skip
    except Exception as error:  # the last line of defence: a person gets one message, never a traceback
        return complain(str(error) if known(error) else f"Expected rows like those it learnt from. Found: "
                        f"{type(error).__name__}: {error}. Compare the file with the table of columns in README.md.")  # fmt: skip
    if unanswered:
        reason, _ = unanswered.most_common(1)[0]
        return complain(f"{unanswered.total():,} of {rows:,} rows have no answer in {options.output}: {reason} "
                        "Run it again for them; with PROMPT_CACHE set, what was answered is not asked twice.", 3)  # fmt: skip
    print(f"{rows:,} rows answered in {options.output}", file=sys.stderr)
    return 0


def answer(source: Path, output: Path, probabilities: bool, folder: Path | None, unanswered: Counter[str]) -> int:
    """Check the file, load the model, write the answers."""
    from prototype import FOLDER, load
    from prototype.answers import predict_file
    from prototype.records import Hints, open_table

    model = load(folder)
    hints = Hints.read(FOLDER, [column["name"] for column in model.manifest["inputs"]])
    return predict_file(model, open_table(source, hints), output, probabilities, unanswered)


def known(error: Exception) -> bool:
    """Whether the error's own words say what to do."""
    return str(error).startswith("Expected")


def complain(message: str, code: int = 2) -> int:
    """One message on stderr."""
    print(message, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
