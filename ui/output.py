"""Where words go: results to stdout, everything else to stderr; with --json exactly one JSON object on stdout."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tools.core.errors import FasttrackError, MachineError

if TYPE_CHECKING:
    from rich.console import Console

LOG_FILE = "fasttrack.log"
INTERNAL = 1  # a defect of Fasttrack; the contract's other codes are the errors' own


def out() -> Console:
    """The console of results: plain and unwrapped when piped."""
    return _console(stderr=False)


def err() -> Console:
    """The console of everything else."""
    return _console(stderr=True)


def print_json(value: dict[str, Any]) -> None:
    """The one JSON object of a command."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def quiet_stdout(as_json: bool) -> Iterator[None]:
    """With --json whatever a library prints goes to stderr, so that stdout holds the one object."""
    if not as_json:
        yield
        return
    with contextlib.redirect_stdout(sys.stderr):
        yield


def explained(problem: BaseException) -> FasttrackError | None:
    """The error for people behind an exception: a full disk and lack of memory are theirs to mend. None: a defect."""
    if isinstance(problem, FasttrackError):
        return problem
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return MachineError(
            code="disk-full",
            expected="free disk space",
            found=f"a full disk{f' at {problem.filename}' if problem.filename else ''}",
            remedy="Free some space, or set FASTTRACK_HOME to a folder on a bigger disk, and try again. Nothing is lost.",
        )
    if isinstance(problem, OSError) and problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return MachineError(
            code="not-writable",
            expected="a folder that can be written and files that can be read",
            found=f"{problem.strerror}: {problem.filename}",
            remedy="Change its permissions, or set FASTTRACK_HOME and FASTTRACK_CACHE to folders of your own.",
        )
    if isinstance(problem, MemoryError):
        return MachineError(
            code="out-of-memory",
            expected="enough memory",
            found="none left",
            remedy="Close other programs or give fewer rows.",
        )
    return None


def failed(problem: BaseException, as_json: bool) -> int:
    """Say what went wrong, once, and give the exit code. A defect is written to HOME/fasttrack.log with its traceback."""
    known = explained(problem)
    if known is None:
        logging.getLogger(__name__).error("a defect", exc_info=problem)
        code, error = INTERNAL, _defect(problem)
    else:
        error = known.as_dict()
        code = INTERNAL if known.code == "internal" else known.exit_code
    if as_json:
        print_json({"error": error})
    else:
        err().print(f"Expected {error['expected']}. Found {error['found']}. {error['remedy']}", markup=False, highlight=False)
    return code


def log_to_home() -> None:
    """Warnings and defects go to HOME/fasttrack.log, not over the person's screen."""
    from tools.home import home

    try:
        handler: logging.Handler = logging.FileHandler(home() / LOG_FILE, encoding="utf-8", delay=True)
    except OSError:  # a home that cannot be written is told by the command itself
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, logging.FileHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)


def _defect(problem: BaseException) -> dict[str, str]:
    return {
        "code": "internal",
        "expected": "Fasttrack to work",
        "found": f"a defect: {type(problem).__name__}: {problem}",
        "remedy": f"Nothing is lost. The details are in {LOG_FILE} in FASTTRACK_HOME; please report them.",
    }


def _console(stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    piped = not stream.isatty()
    return Console(stderr=stderr, soft_wrap=piped, highlight=False, width=None if not piped else 200)
