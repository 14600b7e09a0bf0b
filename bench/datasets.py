"""Datasets: folders of a data folder, and what `datasets.toml` says that they hold."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text-classification", "tabular-classification", "tabular-regression", "forecasting"]
Part = Literal["whole", "few-shot", "tuning", "speed"]
KINDS = ("text-classification", "tabular-classification", "tabular-regression", "forecasting")
DESCRIPTIONS = Path(__file__).parent / "datasets.toml"
OWN_DESCRIPTIONS = "bench.toml"
SHOTS_FILE = "fewshot_indices.json"


class DescriptionError(ValueError):
    """A description cannot be used, or a data folder holds nothing that is described."""


@dataclass(frozen=True)
class Dataset:
    """One folder with train.csv and test.csv. The fields are those of `datasets.toml`; name is the folder's name.

    shots, seed: of a few-shot part: that many training rows a class, drawn with that seed; 0: all rows.
    """

    name: str
    folder: Path
    kind: Kind
    words: str
    target: str
    metric: str
    text: str | None = None
    drop: tuple[str, ...] = ()
    header: bool = True
    time: tuple[str, ...] = ()
    series: str | None = None
    seasons: tuple[int, ...] = ()
    frequency: str | None = None
    horizon: int | None = None
    naive2: str | None = None
    few_shot: bool = False
    tuning: bool = False
    speed: bool = False
    small: tuple[Part, ...] = field(default=())
    shots: int = 0
    seed: int = 0

    @classmethod
    def described(cls, folder: Path, told: Mapping[str, Any]) -> Dataset:
        """From one table of a description file. Raises DescriptionError naming the key that is wrong or missing."""
        known = {one.name for one in fields(cls)} - {"name", "folder", "shots", "seed"}
        if unknown := set(told) - known:
            raise DescriptionError(f"Expected keys of [{folder.name}] among {sorted(known)}. Found {sorted(unknown)}. Mend it.")
        if missing := {"kind", "words", "target", "metric"} - set(told):
            raise DescriptionError(f"Expected [{folder.name}] to say {sorted(missing)}. Found nothing there. Add it.")
        if told["kind"] not in KINDS:
            raise DescriptionError(f"Expected a kind of [{folder.name}] among {KINDS}. Found {told['kind']!r}. Mend it.")
        if told["kind"] == "forecasting" and (missing := {"time", "horizon", "seasons", "frequency"} - set(told)):
            raise DescriptionError(f"Expected the forecast [{folder.name}] to say {sorted(missing)}. Found nothing. Add it.")
        plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
        if isinstance(plain.get("time"), str):
            plain["time"] = (plain["time"],)
        return cls(name=folder.name, folder=folder, **plain)

    @property
    def is_classes(self) -> bool:
        """Whether the answers are classes."""
        return self.kind in ("text-classification", "tabular-classification")

    @property
    def part(self) -> Part:
        """`few-shot` with shots, else `whole`."""
        return "few-shot" if self.shots else "whole"

    @property
    def title(self) -> str:
        """`trec6`, or `trec6 8-shot 0` with its seed."""
        return f"{self.name} {self.shots}-shot {self.seed}" if self.shots else self.name

    def with_shots(self, shots: int, seed: int) -> Dataset:
        """The same dataset with `shots` training rows a class."""
        return replace(self, shots=shots, seed=seed)

    def read(self, path: Path, typed: bool) -> pd.DataFrame:
        """A file of this dataset. typed: numbers as numbers and gaps as gaps; otherwise every cell as it is written."""
        import pandas as pd

        how: dict[str, Any] = {} if typed else {"dtype": str, "keep_default_na": False}
        if self.header:
            return pd.DataFrame(pd.read_csv(path, **how))
        frame = pd.DataFrame(pd.read_csv(path, header=None, **how))
        return frame.set_axis([f"column_{position + 1}" for position in range(frame.shape[1])], axis=1)

    def read_questions(self, path: Path) -> pd.DataFrame:
        """Test rows without their answers, as the bench wrote them: always with a header; every cell as it is written."""
        import pandas as pd

        return pd.read_csv(path, dtype=str, keep_default_na=False)

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {one.name: str(value) if isinstance(value := getattr(self, one.name), Path) else value for one in fields(self)}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Dataset:
        """From `told()`."""
        plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
        return cls(**plain | {"folder": Path(told["folder"])})


def descriptions(data: Path, more: Iterable[Path] = ()) -> dict[str, dict[str, Any]]:
    """What is said of each folder name: `datasets.toml`, then the data folder's own bench.toml, then `more`; later ones win."""
    found: dict[str, dict[str, Any]] = {}
    for path in (DESCRIPTIONS, data / OWN_DESCRIPTIONS, *more):
        if path.is_file() or path in more:
            try:
                found |= tomllib.loads(path.read_text(encoding="utf-8"))
            except (OSError, tomllib.TOMLDecodeError) as error:
                raise DescriptionError(f"Expected descriptions in TOML at {path}. Found: {error}. Mend the file.") from None
    return found


def discover(data: Path, more: Iterable[Path] = ()) -> tuple[list[Dataset], list[str]]:
    """The datasets of a data folder in the order in which they are described, and the folders that nobody describes.

    Raises DescriptionError where there is no described dataset at all.
    """
    told = descriptions(data, more)
    folders = [one.parent for one in data.glob("*/train.csv") if (one.parent / "test.csv").is_file()] if data.is_dir() else []
    there = {folder.name: folder for folder in sorted(folders)}
    found = [Dataset.described(there[name], said) for name, said in told.items() if name in there]
    if not found:
        raise DescriptionError(
            f"Expected folders with train.csv and test.csv in {data} that {DESCRIPTIONS.name} describes. "
            f"Found {', '.join(there) or 'none'}. Describe them in {data / OWN_DESCRIPTIONS}."
        )
    return found, [name for name in there if name not in told]


def shot_rows(dataset: Dataset, labels: list[str]) -> list[int]:
    """Row numbers of `dataset.shots` training rows a class: those that the folder fixes for this seed, else drawn."""
    fixed = dataset.folder / SHOTS_FILE
    if fixed.is_file():
        lists = json.loads(fixed.read_text(encoding="utf-8"))["shots"].get(str(dataset.shots), [])
        if dataset.seed < len(lists):
            return list(lists[dataset.seed])
    rows: list[int] = []
    for label in sorted(set(labels)):
        of_it = [row for row, found in enumerate(labels) if found == label]
        drawn = random.Random(f"{dataset.seed} {label}")
        rows += sorted(drawn.sample(of_it, min(dataset.shots, len(of_it))))
    return sorted(rows)
