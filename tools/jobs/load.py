"""How much longer a process took because others wanted the processor too, as Linux counts it for each thread."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
LEAST_SECONDS = 0.5  # of processor time: less tells nothing
IDLE = ("idle", "iowait")


class Load:
    """Sampled while a process and its children live; a thread counts with what was last seen of it."""

    def __init__(self) -> None:
        self.threads: dict[tuple[int, int], tuple[int, int]] = {}  # (process, thread) -> nanoseconds (running, waiting)
        self.before = _machine()
        self.others = 0.0

    def sample(self, processes: Iterable[int]) -> None:
        """Look at these processes. Nothing happens where one is gone, or where the system does not tell."""
        for pid in processes:
            with contextlib.suppress(OSError):  # a process that ended just now
                for task in (PROC / str(pid) / "task").iterdir():
                    with contextlib.suppress(OSError, ValueError):  # a thread that ended, or a system without these numbers
                        running, waiting, _ = (task / "schedstat").read_text(encoding="ascii").split()
                        self.threads[pid, int(task.name)] = (int(running), int(waiting))
        busy, all_seconds = (now - then for now, then in zip(_machine(), self.before, strict=True))
        self.others = min(max(0.0, busy - self.seconds) / all_seconds, 0.95) if all_seconds > 0 else 0.0

    @property
    def seconds(self) -> float:
        """Processor time that it had."""
        return sum(ran for ran, _ in self.threads.values()) / 1e9

    @property
    def slowdown(self) -> float:
        """1.0 where it had the processor whenever it wanted; 2.0 where it took twice as long as it would have alone.

        Its threads also wait for each other: never more than what others took of the machine counts.
        """
        if self.seconds < LEAST_SECONDS:
            return 1.0
        waiting = sum(waited for _, waited in self.threads.values()) / 1e9
        return min((self.seconds + waiting) / self.seconds, 1 / (1 - self.others))


def _machine() -> tuple[float, float]:
    """Seconds since it started that all its cores were busy, and that there were."""
    import psutil

    times = psutil.cpu_times()._asdict()
    there = sum(times.values()) - times.get("guest", 0.0) - times.get("guest_nice", 0.0)  # those are in user and nice, too
    return there - sum(times.get(name, 0.0) for name in IDLE), there
