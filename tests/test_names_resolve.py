"""`agent tools ui prompts` are this repository's, also from a folder that holds others of these names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
NAMES = ("agent", "tools", "ui", "prompts")
TELL = "import sys; print(__import__(sys.argv[1]).__file__)"
DECOY = "raise SystemExit('a decoy was imported')\n"


@pytest.fixture
def decoys(tmp_path: Path) -> Path:
    """A folder with modules and packages of the same names, as a person's own project may have them."""
    for name in ("tools", "prompts"):
        (tmp_path / f"{name}.py").write_text(DECOY)
    for name in ("agent", "ui"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(DECOY)
    return tmp_path


def python(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_name_is_ours_among_decoys(decoys: Path, name: str) -> None:
    done = python(["-P", "-c", TELL, name], decoys)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(REPOSITORY)


@pytest.mark.parametrize("name", NAMES)
def test_the_decoys_would_win_without_the_flag(decoys: Path, name: str) -> None:
    assert "a decoy was imported" in python(["-c", TELL, name], decoys).stderr


def test_the_command_works_among_decoys(decoys: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "fasttrack", "--help"],
        cwd=decoys,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "decoy" not in done.stdout + done.stderr


@pytest.mark.parametrize("child", ["tools.jobs.worker", "tools.jobs.candidate", "tools.jobs.stages"])
def test_a_child_process_is_ours_among_decoys(decoys: Path, child: str) -> None:
    done = python(["-P", "-m", child, "--help"], decoys)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")
