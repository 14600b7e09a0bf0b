"""This machine: what planning may count on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tools.home import home
from tools.rates import measured_rates

if TYPE_CHECKING:
    from tools.approaches.base import Machine


def this_machine(offline: bool) -> Machine:
    """Cores that this process may use, free memory and disk in MB, and measured rates (under a second at first use)."""
    import psutil

    from tools.approaches.base import Machine  # in here, because approaches import this module

    return Machine(
        cores=usable_cores(),
        memory_mb=psutil.virtual_memory().available / 2**20,
        free_disk_mb=shutil.disk_usage(home()).free / 2**20,
        gpu=any(Path("/dev").glob("nvidia[0-9]*")),
        offline=offline,
        rates=measured_rates(),
    )


def patient_threads() -> None:
    """Let OpenMP threads sleep while they wait. Call before scikit-learn or LightGBM is first imported in a process.

    By default they spin, and on a core that something else needs, too, a second of work becomes a minute (measured: LightGBM
    with two threads on two busy cores, 54 s; asleep, 3 s; on one thread, 2.7 s).
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def usable_cores() -> int:
    """Cores that this process may run on (a container or `taskset` may allow fewer than the machine has)."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)
