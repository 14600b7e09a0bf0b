"""How long until a downloaded text prototype answers: its environment from the index, then its first prediction.

    python bench/prototype_cold_start.py [prototype.zip]

Without a zip, one is built from the shipped support messages (a head on embeddings). Targets: an environment in under 60 s and
without torch, a first prediction within 2 s of starting Python. The index is reached with pip as it is set up here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "examples" / "support_messages.csv"
TASK = "sort support messages by intent"
ENVIRONMENT_SECONDS, FIRST_SECONDS = 60.0, 2.0
COLD_STARTS = 5


def main() -> int:
    """0: within the targets."""
    from tools.export import packing

    with tempfile.TemporaryDirectory() as place:
        archive = Path(sys.argv[1]) if len(sys.argv) > 1 else built(Path(place))
        folder = packing.unpack(archive, Path(place) / "unzipped")
        python = Path(place) / "env" / "bin" / "python"
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", folder / "requirements.txt"], check=True)
        environment = time.perf_counter() - begun
        listed = subprocess.run([python, "-m", "pip", "list", "--format", "json"], capture_output=True, check=True).stdout
        names = {entry["name"].lower() for entry in json.loads(listed)}
        seconds = [first_prediction(python, folder) for _ in range(COLD_STARTS)]
    print(f"environment: {environment:.1f} s, {len(names)} packages, torch among them: {'torch' in names}")
    print(f"first prediction: {min(seconds):.2f} to {max(seconds):.2f} s over {COLD_STARTS} starts (first: {seconds[0]:.2f} s)")
    within = environment <= ENVIRONMENT_SECONDS and max(seconds) <= FIRST_SECONDS and "torch" not in names
    print("within the targets" if within else "NOT within the targets")
    return 0 if within else 1


def first_prediction(python: Path, folder: Path) -> float:
    """Seconds from starting Python to an answered file of one row."""
    source = folder / "one.csv"
    header, row, *_ = (folder / "tests" / "golden.csv").read_text(encoding="utf-8").splitlines()
    source.write_text(f"{header}\n{row}\n", encoding="utf-8")
    begun = time.perf_counter()
    subprocess.run([python, folder / "predict.py", source, "-o", folder / "answer.csv"], check=True, capture_output=True)
    return time.perf_counter() - begun


def built(place: Path) -> Path:
    """A prototype of the shipped sample."""
    command = [sys.executable, "-P", "-c", "from ui.cli import main; main()", "build", str(SAMPLE), "--task", TASK]
    command += ["--approaches", "fine-tuning", "--minutes", "5", "--yes", "--offline", "--out", str(place), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return Path(json.loads(done.stdout)["prototype"])


if __name__ == "__main__":
    sys.exit(main())
