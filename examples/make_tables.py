"""Write scikit-learn's bundled tables as CSV, to try tables with: wine and breast cancer (classes), diabetes (a number).

python examples/make_tables.py FOLDER
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

TABLES = {"wine": "cultivar", "breast_cancer": "diagnosis", "diabetes": "progression"}


def table(name: str) -> Any:
    """A pandas table of one of TABLES; the target is its last column, classes by name. diabetes in its own units."""
    from sklearn import datasets

    options = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, f"load_{name}")(as_frame=True, **options)
    frame = bunch.frame.rename(columns={"target": TABLES[name]})
    if "target_names" in bunch:
        frame[TABLES[name]] = [str(bunch.target_names[code]) for code in bunch.target]
    return frame


def write(folder: Path) -> list[Path]:
    """Write all tables into the folder (made when missing); existing files of these names are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in TABLES:
        path = folder / f"{name}.csv"
        table(name).to_csv(path, index=False)
        paths.append(path)
    return paths


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for written in write(parser.parse_args().folder):
        sys.stdout.write(f"{written}\n")
