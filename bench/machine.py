"""The machine that a benchmark ran on, in words."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
TOLD = (
    "scikit-learn", "autogluon.tabular", "autogluon.timeseries", "statsforecast", "setfit", "sentence-transformers",
    "transformers", "torch", "onnxruntime", "lightgbm", "numpy", "pandas",
)  # fmt: skip


def described(cores: int) -> dict[str, str]:
    """What a reader needs to judge the seconds: processor, cores used, memory, system, versions, date, code."""
    return {
        "processor": processor(),
        "cores": f"{cores} of {psutil.cpu_count()} used by every contender",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {installed(name)}" for name in TOLD),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "code": code(),
        "load": ", ".join(f"{value:.1f}" for value in psutil.getloadavg()) + " when it began (1, 5, 15 minutes)",
    }


def installed(package: str) -> str:
    """Its version. A peer that is not installed fails by itself, and the others are measured."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def processor() -> str:
    """The processor's own name, with its vector units that matter."""
    path = Path("/proc/cpuinfo")
    if not path.is_file():
        return platform.processor() or platform.machine()
    lines = dict(line.split(":", 1) for line in path.read_text(encoding="utf-8").splitlines() if ":" in line)
    said = {key.strip(): value.strip() for key, value in lines.items()}
    units = [
        unit for unit in ("avx2", "avx512f", "avx512_vnni", "amx_bf16", "amx_int8") if unit in said.get("flags", "").split()
    ]
    return f"{said.get('model name', platform.machine())} ({', '.join(units) or 'no vector units named'})"


def code() -> str:
    """The commit, and whether files differ from it."""
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "not known"
