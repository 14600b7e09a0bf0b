"""The environment of a prototype: the closure of its requirements, and a fresh place that holds exactly that."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

from tools.core.errors import MachineError
from tools.home import cache

INSTALL_SECONDS = 600
KEPT_ENVIRONMENTS = 6  # an AutoGluon closure takes about 900 MB where links are not possible
OFFLINE_SIGNS = (
    "NewConnectionError", "ConnectTimeout", "Connection refused", "Temporary failure in name resolution", "ProxyError",
    "Max retries exceeded", "Network is unreachable", "Read timed out",
    "(from versions: none)",  # an index that was reached knows at least one version
)  # fmt: skip


def closure(names: Iterable[str]) -> list[metadata.Distribution]:
    """The distributions that are needed to install `names`, as they are installed here, sorted by name.

    names: requirements such as `numpy` or `autogluon.tabular[catboost]`; markers and extras are followed.
    Raises MachineError where one is not installed.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, metadata.Distribution] = {}
    done: set[tuple[str, str]] = set()
    waiting = [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        found[name] = found.get(name) or _installed(wanted.name)
        for extra in {"", *wanted.extras}:
            if (name, extra) in done:
                continue
            done.add((name, extra))
            needed = map(Requirement, found[name].requires or [])
            waiting.extend(one for one in needed if one.marker is None or one.marker.evaluate({"extra": extra}))
    return [found[name] for name in sorted(found)]


def _installed(name: str) -> metadata.Distribution:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        raise MachineError(
            expected=f"the package {name} to be installed beside Fasttrack, since the prototype needs it",
            found="no such package",
            remedy="Run `make setup` to install what Fasttrack needs.",
        ) from error


def pins(distributions: Iterable[metadata.Distribution]) -> list[str]:
    """`name==version` lines."""
    return [f"{one.name}=={one.version}" for one in distributions]


def assemble(distributions: Sequence[metadata.Distribution]) -> tuple[Path, Path]:
    """A virtual environment without pip whose site-packages holds exactly the files of `distributions`.

    Kept in FASTTRACK_CACHE by a hash of the closure and made again when that changes. Gives (its python, its folder).
    """
    key = "\n".join([sys.version, sys.prefix, *pins(distributions), *(str(one.locate_file("")) for one in distributions)])
    folder = cache() / "environments" / hashlib.sha256(key.encode()).hexdigest()[:16]
    if not (folder / "complete.json").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="making-", dir=folder.parent))
        try:
            _fill(fresh, distributions)
            _publish(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    os.utime(folder)
    _forget_oldest(folder.parent)
    return _python(folder), folder


def contents(python: Path) -> list[str]:
    """`name==version` of every distribution that this python finds, sorted."""
    code = (
        "from importlib.metadata import distributions as d; print(*sorted({f'{x.name}=={x.version}' for x in d()}), sep='\\n')"
    )
    done = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def _publish(fresh: Path, folder: Path) -> None:
    """Move a finished environment to its place; another process may have made the same one meanwhile."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        fresh.replace(folder)
    except OSError:
        if not (folder / "complete.json").exists():
            raise


def _fill(folder: Path, distributions: Sequence[metadata.Distribution]) -> None:
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(folder)
    site = _site_packages(folder)
    made: set[Path] = set()
    for distribution in distributions:
        base = Path(str(distribution.locate_file("")))
        for file in distribution.files or []:
            if ".." in file.parts or file.is_absolute():  # scripts and man pages outside site-packages
                continue
            source, target = base / file, site / file
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            _link(source, target)
    (folder / "complete.json").write_text(json.dumps(pins(distributions)), encoding="utf-8")


def _link(source: Path, target: Path) -> None:
    """Hard link where the file system can (pip replaces files, it does not rewrite them), else a symbolic link."""
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except FileNotFoundError:
        if source.suffix != ".pyc":  # compiled files may be gone; anything else must be there
            raise
    except OSError:
        os.symlink(source, target)


def _forget_oldest(folder: Path) -> None:
    environments = sorted(
        (one for one in folder.iterdir() if (one / "complete.json").exists()), key=lambda one: one.stat().st_mtime
    )
    for old in environments[:-KEPT_ENVIRONMENTS]:
        shutil.rmtree(old, ignore_errors=True)


def install(requirements: Path, folder: Path) -> Path | None:
    """A virtual environment in `folder`, filled by pip from `requirements`. Gives its python; None where no index is reached.

    Raises MachineError where the index was reached and the requirements cannot be installed.
    """
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(folder)
    command = [sys.executable, "-m", "pip", "--python", str(_python(folder)), "--disable-pip-version-check", "--no-input"]
    command += ["--retries", "1", "--timeout", "15", "install", "--quiet", "-r", str(requirements)]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, env=environment, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode == 0:
        return _python(folder)
    if any(sign in done.stderr for sign in OFFLINE_SIGNS) or "No module named pip" in done.stderr:
        return None
    raise MachineError(
        expected="the prototype's requirements.txt to be installable from the package index",
        found=(done.stderr.strip().splitlines() or ["pip stopped without a word"])[-1],
        remedy="Export again with --offline, which proves the prototype from the packages installed here.",
        code="not-installable",
    )


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _site_packages(folder: Path) -> Path:
    if os.name == "nt":
        return folder / "Lib" / "site-packages"
    return folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
