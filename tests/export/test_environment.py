"""The closure of requirements, and environments that hold exactly that."""

from __future__ import annotations

import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from tools.core.errors import MachineError
from tools.export.environment import assemble, closure, install, pins


def test_the_closure_follows_requirements_and_is_pinned() -> None:
    names = pins(closure(["scikit-learn"]))
    assert f"scikit-learn=={metadata.version('scikit-learn')}" in names
    assert f"threadpoolctl=={metadata.version('threadpoolctl')}" in names
    assert not any(name.startswith(("pytest", "torch")) for name in names)


def test_the_closure_follows_extras() -> None:
    plain = {one.name for one in closure(["autogluon.tabular"])}
    more = {one.name for one in closure(["autogluon.tabular[lightgbm]"])}
    assert "lightgbm" in more - plain


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(MachineError) as error:
        closure(["no-such-package-here"])
    assert str(error.value) == (
        "Expected the package no-such-package-here to be installed beside Fasttrack, since the prototype needs it. "
        "Found no such package. Run `make setup` to install what Fasttrack needs."
    )


def test_an_assembled_environment_holds_exactly_the_closure() -> None:
    python, folder = assemble(closure(["numpy"]))
    assert _installed(python) == ["numpy"]
    assert _run(python, "import numpy; print(numpy.arange(3).sum())") == "3"
    assert _run(python, "import importlib.util; print(importlib.util.find_spec('pydantic'))") == "None"
    before = (folder / "complete.json").stat().st_mtime_ns
    assert assemble(closure(["numpy"])) == (python, folder)
    assert (folder / "complete.json").stat().st_mtime_ns == before  # kept, not made again


def test_installing_without_a_network_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").write_text("numpy==1.0.0\n", encoding="utf-8")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert install(tmp_path / "requirements.txt", tmp_path / "environment") is None


def _installed(python: Path) -> list[str]:
    return _run(python, "from importlib.metadata import distributions; print(*sorted(d.name for d in distributions()))").split()


def _run(python: Path, code: str) -> str:
    return subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip()
