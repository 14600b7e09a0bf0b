"""An unzipped prototype: its environment, its answers to files, its speed and its sizes."""

from __future__ import annotations

import json
import os
import shutil
import statistics
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bench.disk import environment_mb, megabytes
from bench.process import Ended, carry_out

if TYPE_CHECKING:
    import pandas as pd

    from bench.material import Material

Environment = Literal["assembled", "installed"]
PROBE = Path(__file__).with_name("probe.py")
PREDICT_LIMIT, PROBE_LIMIT, COLD_LIMIT = 900.0, 300.0, 60.0
COLD_STARTS = 5
PLAIN = ("HOME", "PATH", "LANG", "LC_ALL", "TMPDIR")  # nothing of Fasttrack's, of Python's or of a test's reaches a prototype


class PrototypeError(RuntimeError):
    """The prototype did not answer."""


@dataclass(frozen=True)
class Prototype:
    """folder: where predict.py lies. python: of an environment with exactly its requirements."""

    folder: Path
    python: Path

    @classmethod
    def unzipped(cls, archive: Path, place: Path, how: Environment) -> Prototype:
        """Unzip into `place` and make the environment: of the packages installed here, or (installed) by pip from an index."""
        from tools.export import environment, packing

        folder = packing.unpack(archive, place / "unzipped")
        if how == "installed":
            python = environment.install(folder / "requirements.txt", place / "environment")
            if python is None:
                raise PrototypeError(
                    "no package index was reached to install requirements.txt from; use --environment assembled"
                )
            return cls(folder, python)
        lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
        pinned = [line for line in lines if line and not line.startswith("#")]
        return cls(folder, environment.assemble(environment.closure(pinned))[0])

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """model/manifest.json."""
        told: dict[str, Any] = json.loads((self.folder / "model" / "manifest.json").read_text(encoding="utf-8"))
        return told

    def answers(self, material: Material) -> tuple[pd.DataFrame, Ended]:
        """What predict.py answers about the test rows, in their order. Raises PrototypeError where it fails."""
        import pandas as pd

        output = self.folder.parent / "answers.csv"
        more = self._options(material)
        source = material.train if material.dataset.kind == "forecasting" else material.questions
        ended = self.predict(source, output, *more)
        found = pd.read_csv(output, dtype=str, keep_default_na=False)
        return (_by_step(found, material) if material.dataset.kind == "forecasting" else found), ended

    def _options(self, material: Material) -> list[str]:
        dataset = material.dataset
        if dataset.kind == "forecasting":
            known = [*(("--future", str(material.questions)) if self.manifest.get("series", {}).get("known") else ())]
            return ["--horizon", str(dataset.horizon), *known]
        return ["--probabilities"] if dataset.is_classes else []

    def predict(self, source: Path, output: Path, *options: str) -> Ended:
        """Run predict.py on a file. Raises PrototypeError where it fails."""
        ended = carry_out(
            [self.python, "predict.py", source, "-o", output, *options], PREDICT_LIMIT, self.folder, self._environment()
        )
        if ended.reason is not None:
            raise PrototypeError(f"predict.py: {ended.reason}")
        return ended

    def speed(self, material: Material) -> dict[str, Any]:
        """Of the loaded model in one process: rows_per_second, single_p50_ms, single_p95_ms; and cold_seconds (median)."""
        kind = "forecast" if material.dataset.kind == "forecasting" else "rows"
        source = material.train if kind == "forecast" else material.questions
        told = self.folder.parent / "speed.json"
        command = [str(self.python), str(PROBE), str(self.folder), kind, str(source), str(told)]
        command.append(str(material.dataset.horizon or 0))
        ended = carry_out(command, PROBE_LIMIT, self.folder, self._environment())
        found: dict[str, Any] = {} if ended.reason else json.loads(told.read_text(encoding="utf-8"))
        if ended.reason:
            found["probe_failed"] = ended.reason
        return found | {"cold_seconds": self._cold(material, source)}

    def _cold(self, material: Material, source: Path) -> float:
        """From starting python to the answer of one row on disk (of a forecast: of one history), the median of five starts."""
        one, output = self.folder.parent / "one.csv", self.folder.parent / "one-answer.csv"
        if material.dataset.kind == "forecasting":
            shutil.copyfile(source, one)
        else:
            material.dataset.read_questions(source).head(1).to_csv(one, index=False)
        options = self._options(material)
        return statistics.median(self.predict(one, output, *options).seconds for _ in range(COLD_STARTS))

    def sizes(self) -> dict[str, float]:
        """model_mb of the model folder, environment_mb of the installed packages."""
        return {"model_mb": megabytes(self.folder / "model"), "environment_mb": environment_mb(self.python)}

    @staticmethod
    def _environment() -> dict[str, str]:
        return {name: os.environ[name] for name in PLAIN if name in os.environ}


def _by_step(found: pd.DataFrame, material: Material) -> pd.DataFrame:
    """Forecast rows as `series`, `step`, `prediction`; the prototype writes them in order of time within a series."""
    import pandas as pd

    column = material.dataset.series
    if column is not None and column not in found.columns:
        raise PrototypeError(f"predict.py: expected the column {column!r} in its answers; found {list(found.columns)}")
    names = found[column] if column is not None else pd.Series("series", index=found.index)
    steps = names.groupby(names, sort=False).cumcount() + 1
    return pd.DataFrame({"series": names.astype(str), "step": steps, "prediction": pd.to_numeric(found["prediction"])})
