"""`fasttrack doctor`: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata

from tools.core.errors import FasttrackError
from ui.output import out, print_json, quiet_stdout

LEAST_MEMORY_MB = 3000.0  # AutoGluon on a small table; the encoder needs less
LEAST_DISK_MB = 2000.0
LIBRARIES = ("polars", "pandas", "scikit-learn", "autogluon.tabular", "onnxruntime", "tokenizers", "langchain", "langgraph")


@dataclass(frozen=True)
class Check:
    """ok: None where it is neither good nor bad, only worth knowing."""

    name: str
    ok: bool | None
    found: str
    remedy: str = ""


def examine(as_json: bool) -> None:
    """Make every check and print what was found. A failed check is no error of this command."""
    with quiet_stdout(as_json):
        checks = [_safely(name, check) for name, check in CHECKS.items()]
    if as_json:
        print_json({"ok": all(check.ok is not False for check in checks), "checks": [asdict(check) for check in checks]})
        return
    console = out()
    for check in checks:
        sign = {True: "ok", False: "NO", None: "--"}[check.ok]
        remedy = f" {check.remedy}" if check.remedy else ""
        console.print(f"{sign}  {check.name}: {check.found}.{remedy}", markup=False)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check(
        "Python", sys.version_info[:2] == (3, 11), version, "" if sys.version_info[:2] == (3, 11) else "Use Python 3.11."
    )


def _libraries() -> Check:
    missing = [name for name in LIBRARIES if not _installed(name)]
    if missing:
        return Check("libraries", False, f"missing: {', '.join(missing)}", "Run `make demo`, which sets everything up.")
    return Check("libraries", True, ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES))


def _machine() -> Check:
    from tools.machine import this_machine

    machine = this_machine(offline=True)
    enough = machine.memory_mb >= LEAST_MEMORY_MB and machine.free_disk_mb >= LEAST_DISK_MB
    found = (
        f"{machine.cores} cores, {machine.memory_mb:,.0f} MB of free memory, {machine.free_disk_mb:,.0f} MB of free disk, "
        f"{'a GPU' if machine.gpu else 'no GPU (none is needed)'}"
    )
    return Check("machine", enough, found, "" if enough else "Free some: large tables and AutoML may not fit.")


def _home() -> Check:
    from tools.home import cache, home

    writable = os.access(home(), os.W_OK) and os.access(cache(), os.W_OK)
    remedy = "" if writable else "Set FASTTRACK_HOME and FASTTRACK_CACHE to folders that you may write."
    return Check("home", writable, f"{home()} (cache: {cache()})", remedy)


def _bundled_model() -> Check:
    from tools.models.catalogue import bundled_folder

    return Check("bundled embedding model", True, f"unchanged at {bundled_folder()}")


def _language_model() -> Check:
    return Check(
        "language model", None, "none is set up", "The built-in brain needs none; prompting waits for a later version."
    )


def _network() -> Check:
    from tools.offline import asked

    return Check("network", None, "forbidden (FASTTRACK_OFFLINE=1)" if asked() else "allowed; nothing is sent without your yes")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _safely(name: str, check: Callable[[], Check]) -> Check:
    """A check that cannot be made has failed; the others go on."""
    try:
        return check()
    except FasttrackError as problem:
        return Check(name, False, problem.found, problem.remedy)
    except (OSError, ImportError) as problem:
        return Check(name, False, f"{type(problem).__name__}: {problem}", "Run `make demo`, which sets everything up.")


CHECKS: dict[str, Callable[[], Check]] = {
    "Python": _python,
    "libraries": _libraries,
    "machine": _machine,
    "home": _home,
    "bundled embedding model": _bundled_model,
    "language model": _language_model,
    "network": _network,
}
