"""The requirements files of a prototype: what is asked for, and the exact version of all that it pulls in."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from tools.core.errors import MachineError
from tools.export.environment import closure

SERVE = ("fastapi", "uvicorn")
APP = ("streamlit",)
TEST = "pytest"
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "lightgbm": ("libgomp1",),  # its wheel brings no OpenMP of its own
    "llama-cpp-python": ("build-essential", "cmake", "libgomp1"),  # it is compiled where it is installed
}
RETRAIN: Mapping[str, tuple[str, ...]] = dict.fromkeys(("text-tfidf", "text-encoder", "prompted"), ("scikit-learn",))
CONSTRAINTS = Path(__file__).resolve().parents[2] / "constraints.txt"


def requirement_files(model_format: str, direct: Sequence[str], members: Sequence[str] = ()) -> dict[str, str]:
    """File name -> text. direct: what the model's manifest asks for. members: the formats of the models in an average."""
    learning = sorted({name for one in (model_format, *members) for name in RETRAIN.get(one, ())})
    return {
        "requirements.txt": _pinned("predict", direct),
        "requirements-serve.txt": _further("serve (on top of requirements.txt)", direct, SERVE),
        "requirements-app.txt": _further("run the app (on top of requirements.txt)", direct, APP),
        "requirements-retrain.txt": _further("retrain (on top of requirements.txt)", direct, learning),
    }


def _pinned(purpose: str, direct: Sequence[str]) -> str:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    asked = {canonicalize_name(Requirement(name).name) for name in direct}
    everything = closure(direct)
    own = [one for one in everything if canonicalize_name(one.name) in asked]
    pulled = [one for one in everything if canonicalize_name(one.name) not in asked]
    lines = [f"# What it takes to {purpose}.", *map(_pin, own)]
    if pulled:
        lines += ["", "# What these need in turn, pinned so that every install is the same.", *map(_pin, pulled)]
    return "\n".join(lines) + "\n"


def _pin(distribution: metadata.Distribution) -> str:
    return f"{distribution.name}=={distribution.version}"


def _further(purpose: str, direct: Sequence[str], extra: Sequence[str]) -> str:
    """The extra packages with their closure, without what requirements.txt pins already."""
    known = {_pin(one) for one in closure(direct)}
    try:
        lines = [line for one in closure(extra) if (line := _pin(one)) not in known]
    except MachineError:  # serving and the app are not needed to build, so they may be missing here
        lines = [version_of(name) for name in extra]
    return "\n".join([f"# What it takes to {purpose}.", "-r requirements.txt", *lines]) + "\n"


def version_of(name: str) -> str:
    """`name==version` as installed here, else as Fasttrack's constraints say, else the bare name."""
    try:
        return f"{name}=={metadata.version(name)}"
    except metadata.PackageNotFoundError:
        text = CONSTRAINTS.read_text(encoding="utf-8") if CONSTRAINTS.exists() else ""
        found = re.search(rf"(?im)^{re.escape(name)}==\S+$", text)
        return found.group(0) if found else name


def python_version() -> str:
    """The Python that the pinned versions were installed under, such as `3.11`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def system_libraries(direct: Sequence[str]) -> str:
    """Debian packages that a slim image lacks, parted by spaces; empty where it lacks none."""
    needed = {name for one in closure(direct) for name in LIBRARIES.get(one.name.lower().replace("_", "-"), ())}
    return " ".join(sorted(needed))
