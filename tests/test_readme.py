"""The README says what is there: its commands exist, its tree is the tree."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
FASTTRACK = [sys.executable, "-P", "-c", "from ui.cli import main; main()"]


def command_lines() -> list[str]:
    """Lines of the README's shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


FASTTRACK_LINES = [line for line in command_lines() if "fasttrack" in line.split()[0]]


def test_the_two_commands_come_first() -> None:
    assert command_lines()[:2] == ["make demo", ".venv/bin/fasttrack chat my.csv"]


@pytest.mark.parametrize("line", [line for line in command_lines() if line.startswith("make")])
def test_every_make_target_exists(line: str) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{line.split()[1]}:", makefile, flags=re.MULTILINE)


@pytest.mark.parametrize("command", sorted({line.split()[1] for line in FASTTRACK_LINES}))
def test_every_command_and_option_exists(command: str) -> None:
    done = subprocess.run([*FASTTRACK, command, "--help"], capture_output=True, text=True, timeout=60, check=True)
    for line in FASTTRACK_LINES:
        words = shlex.split(line)
        if words[1] == command:
            options = [word for word in words[2:] if word.startswith("--")]
            assert [option for option in options if option not in done.stdout] == []


def test_the_tree_names_every_folder_and_nothing_else() -> None:
    tree = re.search(r"^```\n(agent/.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    assert tree is not None
    named, parents = set[str](), list[str]()
    for line in tree.group(1).splitlines():
        match = re.match(r"( *)([a-z_]+)/ ", line)
        if match:
            parents[len(match.group(1)) // 2 :] = [match.group(2)]
            named.add("/".join(parents))
    missing = {folder for folder in source_folders() if folder not in named}
    assert missing == set()
    assert {folder for folder in named if not (REPOSITORY / folder).is_dir()} == set()


def source_folders() -> set[str]:
    """Folders down to two levels that hold tracked files."""
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.splitlines()
    folders = {
        "/".join(parts[:depth])
        for parts in (name.split("/")[:-1] for name in listed)
        for depth in (1, 2)
        if len(parts) >= depth
    }
    return {folder for folder in folders if not folder.startswith((".", "tests/")) and "/." not in folder}
