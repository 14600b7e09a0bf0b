"""The errors of Fasttrack, each with the audience that can do something about it.

    FasttrackError                 expected, found, remedy; `code` for programs, `exit_code` for the terminal
    ├── PersonMustMend             exit 2: the person can mend it (a file, an option, a folder)
    │   ├── DataError              a file cannot be read, or does not hold what the task needs
    │   ├── TaskError              the task contradicts itself or the data (a column that is not there)
    │   └── MachineError           disk full, no memory, a port in use
    ├── PersonDecides              exit 2: a question is open; the person's answer is needed before going on
    ├── BrainMayRetry              a brain called a tool with arguments that do not fit; it may try again
    ├── BrainIsTold                a brain asked for what is not feasible; it is told why and goes on
    ├── NothingBuilt               exit 3: no candidate could be built
    └── Interrupted                exit 130: the person stopped it

A message always says what was expected, what was found and what to do.
"""

from __future__ import annotations


class FasttrackError(Exception):
    """Root of the tree. Never raised itself.

    code: kebab-case and stable, for programs. expected, found, remedy: one sentence each, for people.
    """

    exit_code = 2
    default_code = "error"

    def __init__(self, *, expected: str, found: str, remedy: str, code: str | None = None) -> None:
        self.code = code or self.default_code
        self.expected, self.found, self.remedy = expected, found, remedy
        super().__init__(f"Expected {expected}. Found {found}. {remedy}")

    def as_dict(self) -> dict[str, str]:
        """The contract's `{"code", "expected", "found", "remedy"}`."""
        return {"code": self.code, "expected": self.expected, "found": self.found, "remedy": self.remedy}


class PersonMustMend(FasttrackError):
    """The person can mend it: one clear message, exit code 2."""

    default_code = "bad-input"


class DataError(PersonMustMend):
    """A file cannot be read, or does not hold what the task needs."""

    default_code = "bad-data"


class TaskError(PersonMustMend):
    """The task contradicts itself or the data."""

    default_code = "bad-task"


class MachineError(PersonMustMend):
    """The machine lacks something: disk, memory, a free port."""

    default_code = "machine"


class PersonDecides(FasttrackError):
    """An answer or an approval by the person is needed first."""

    default_code = "needs-answer"


class BrainMayRetry(FasttrackError):
    """A brain called a tool with arguments that do not fit; the message tells it how to mend them."""

    default_code = "bad-tool-call"


class BrainIsTold(FasttrackError):
    """A brain asked for what is not feasible; it is told why and goes on."""

    default_code = "not-feasible"


class NothingBuilt(FasttrackError):
    """Every candidate failed or was stopped before one was finished."""

    exit_code = 3
    default_code = "nothing-built"


class Interrupted(FasttrackError):
    """The person stopped it."""

    exit_code = 130
    default_code = "interrupted"
