"""The modules of a prototype's package: those of tools/runtime that it needs, and those that learn anew."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from tools.runtime import model as runtime_model

RUNTIME = Path(runtime_model.__file__).resolve().parent
ALWAYS = ("model", "records", "answers", "learnt_rows")
OF_FORECASTS = ("model", "forecasting", "series", "series_files")


def shipped_modules(
    model_format: str, learning: Path, members: Sequence[str] = (), forecasting: bool = False
) -> dict[str, Path]:
    """File name in the package -> file, for a model of this format. Raises KeyError for an unknown format.

    learning: the folder of the modules that learn anew, one a format (it becomes `learning.py`) beside what they share.
    members: the formats of the models that an average holds (theirs become `learning_FORMAT.py`). forecasting: it says how
    series go on.
    """
    opened = [runtime_model.FORMATS[one] for one in (model_format, *members)]
    found = {"learning.py": _learning(learning, opened[0], forecasting)}
    found |= {f"learning_{one}.py": _learning(learning, one, forecasting) for one in opened[1:]}
    taught = [name for module in found.values() for name in _neighbours(module)]
    waiting = [*(OF_FORECASTS if forecasting else ALWAYS), *opened, *taught]
    while waiting:
        name = waiting.pop(0)
        if f"{name}.py" not in found:
            path = RUNTIME / f"{name}.py"
            found[f"{name}.py"] = path if path.exists() else learning / path.name
            waiting.extend(_neighbours(found[f"{name}.py"]))
    return found


def _learning(folder: Path, module: str, forecasting: bool) -> Path:
    """The file that learns anew; one that says that it cannot where there is none."""
    names = [f"{module}_forecasts", module, "unable_forecasts"] if forecasting else [module, "unable"]
    return next(path for name in names if (path := folder / f"{name}.py").exists())


def _neighbours(module: Path) -> list[str]:
    """Modules of its own package that it imports, also inside functions."""
    names: list[str] = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names.extend([node.module.split(".")[0]] if node.module else [alias.name for alias in node.names])
    return names
