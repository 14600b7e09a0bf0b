"""Which modules of tools/runtime a prototype needs: for files, for its model's format, and what these import."""

from __future__ import annotations

import ast
from pathlib import Path

from tools.runtime import model as runtime_model

RUNTIME = Path(runtime_model.__file__).resolve().parent


def shipped_modules(model_format: str, learning: Path) -> list[Path]:
    """Files of tools/runtime that a prototype of the format needs, `model.py` first. Raises KeyError for an unknown format.

    learning: the module that learns anew, whose imports are needed too.
    """
    found: list[str] = []
    waiting = ["model", "records", "answers", "learnt_rows", runtime_model.FORMATS[model_format]]
    waiting += _neighbours(learning.read_text(encoding="utf-8"))
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found.append(name)
            waiting.extend(_neighbours((RUNTIME / f"{name}.py").read_text(encoding="utf-8")))
    return [RUNTIME / f"{name}.py" for name in found]


def _neighbours(source: str) -> list[str]:
    """Modules of the same folder that the source imports, also inside functions."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names.extend([node.module.split(".")[0]] if node.module else [alias.name for alias in node.names])
    return [name for name in names if (RUNTIME / f"{name}.py").exists()]
