"""The modules of a prototype's package: those of tools/runtime that it needs, and those that learn anew."""

from __future__ import annotations

import ast
from pathlib import Path

from tools.runtime import model as runtime_model

RUNTIME = Path(runtime_model.__file__).resolve().parent
ALWAYS = ("model", "records", "answers", "learnt_rows")


def shipped_modules(model_format: str, learning: Path) -> dict[str, Path]:
    """File name in the package -> file, for a model of this format. Raises KeyError for an unknown format.

    learning: the folder of the modules that learn anew, one a format (it becomes `learning.py`) beside what they share.
    """
    own = learning / f"{runtime_model.FORMATS[model_format]}.py"
    found = {"learning.py": own if own.exists() else learning / "unable.py"}
    waiting = [*ALWAYS, runtime_model.FORMATS[model_format], *_neighbours(found["learning.py"])]
    while waiting:
        name = waiting.pop(0)
        if f"{name}.py" not in found:
            path = RUNTIME / f"{name}.py"
            found[f"{name}.py"] = path if path.exists() else learning / path.name
            waiting.extend(_neighbours(found[f"{name}.py"]))
    return found


def _neighbours(module: Path) -> list[str]:
    """Modules of its own package that it imports, also inside functions."""
    names: list[str] = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names.extend([node.module.split(".")[0]] if node.module else [alias.name for alias in node.names])
    return names
