"""A measurement: what one contender did with one dataset, kept as JSON beside its answers, so that a stopped bench goes on."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["done", "failed", "late"]


@dataclass
class Measurement:
    """Seconds are wall time. fit_seconds: training alone; whole_seconds: from the first word to the last file.

    setting: what must be the same for a kept measurement to count (minutes, cores, rows). reason: why there is no score.
    rows_per_second, single_p50_ms, single_p95_ms: of the loaded model, in one process. cold_seconds: from starting python
    to the first answer. model_mb, environment_mb: on disk. facts: whatever else the contender tells (JSON).
    """

    dataset: str
    contender: str
    setting: dict[str, Any]
    status: Status = "failed"
    reason: str | None = None
    fit_seconds: float | None = None
    whole_seconds: float | None = None
    cpu_seconds: float | None = None
    peak_mb: float | None = None
    rows_per_second: float | None = None
    single_p50_ms: float | None = None
    single_p95_ms: float | None = None
    cold_seconds: float | None = None
    model_mb: float | None = None
    environment_mb: float | None = None
    when: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class Store:
    """A folder of measurements: `<dataset>/<contender>.json`, answers as `<dataset>/<contender>.parquet`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def kept(self, dataset: str, contender: str, setting: dict[str, Any]) -> Measurement | None:
        """A measurement of this dataset and contender that was made under the same setting, or None."""
        found = self.read(dataset, contender)
        return found if found is not None and found.setting == setting else None

    def read(self, dataset: str, contender: str) -> Measurement | None:
        """The measurement, whatever its setting; None where there is none that can be read."""
        path = self._path(dataset, contender)
        if not path.is_file():
            return None
        try:
            return Measurement(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):  # of an older bench: measured again
            return None

    def keep(self, measurement: Measurement, answers: pd.DataFrame | None) -> None:
        """Write the answers, then the measurement: where it is, it is whole."""
        path = self._path(measurement.dataset, measurement.contender)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if answers is not None:
            answers.to_parquet(path.with_suffix(".parquet"))
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps(asdict(measurement), indent=1, default=str), encoding="utf-8")
        draft.replace(path)

    def answers(self, measurement: Measurement) -> pd.DataFrame:
        """What it answered: `prediction`, classes also `probability:LABEL`; forecasts also `series` and `step`."""
        import pandas as pd

        return pd.read_parquet(self._path(measurement.dataset, measurement.contender).with_suffix(".parquet"))

    def _path(self, dataset: str, contender: str) -> Path:
        return self.folder / plain(dataset) / f"{plain(contender)}.json"


def plain(name: str) -> str:
    """A name that can be a file's."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)
