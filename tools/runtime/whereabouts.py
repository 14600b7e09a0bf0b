"""Where the language model of a prototype is: where its manifest says, or where the environment says.

Keys of the manifest's `language_model` that a prototype has beyond kind, name, base_url and path:
    base_url_variable    the environment variable that names another endpoint
    path_variable        the environment variable that names the file; else it lies beside the manifest, called as in `path`
    size, sha256         of the file
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .asking import AskingError


def placed(folder: Path, language_model: Mapping[str, Any]) -> dict[str, Any]:
    """The language model with the `base_url` or `path` that holds here and now. folder: the manifest's.

    A manifest without the keys above (a run's own, whose place was approved) is left as it is, whatever the environment says.
    Raises AskingError (code `model-file`) where the file is not there or another.
    """
    found = dict(language_model)
    moved = os.environ.get(found.get("base_url_variable") or "")
    if moved:
        found["base_url"] = moved.rstrip("/")
    if found.get("path_variable"):
        found["path"] = str(_file(folder, found))
    return found


def _file(folder: Path, language_model: Mapping[str, Any]) -> Path:
    name, variable, size = Path(language_model["path"]).name, language_model["path_variable"], language_model["size"]
    named = os.environ.get(variable)
    path = Path(named).expanduser() if named else folder / name
    if not named and not path.is_file():  # of a model that was retrained, beside the first one
        path = folder.parent / "model" / name if (folder.parent / "model" / name).is_file() else path
    wanted = f"the language model {name} ({size / 1e6:,.1f} MB, sha256 {language_model['sha256'][:16]}…)"
    remedy = f"Put it into {folder}, or name its path: {variable}=/path/to/{name}"
    if not path.is_file():
        raise AskingError("model-file", expected=wanted, found=f"no file at {path}", remedy=remedy)
    if path.stat().st_size != size:
        found = f"another file at {path} ({path.stat().st_size / 1e6:,.1f} MB)"
        raise AskingError("model-file", expected=wanted, found=found, remedy=remedy)
    return path
