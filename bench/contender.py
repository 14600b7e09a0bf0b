"""Contenders: whoever is measured on a dataset, Fasttrack or a peer, each in processes of its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.datasets import Dataset, Part
from bench.disk import installed_mb
from bench.fasttrack import Fasttrack, clean
from bench.machine import ROOT, code
from bench.measurement import Measurement, Store
from bench.peers import PEERS
from bench.peers.base import Peer
from bench.process import carry_out
from bench.prototype import Environment
from tools import offline, quiet
from tools.models.catalogue import bundled_folder

if TYPE_CHECKING:
    import pandas as pd

    from bench.material import Material

START_SECONDS = 60.0  # a peer's imports and answers come on top of its limit
TUNED = "full-fine-tuning"
EMBEDDED = "embedding-head"
TUNING_STRETCH = 4.0  # minutes of full fine-tuning measured by itself: it must come to its end
FASTTRACK = Fasttrack()
ALONE_TUNED = Fasttrack(name="fasttrack-fine-tuning", approaches=f"fine-tuning/{TUNED}")
ALONE_EMBEDDED = Fasttrack(name="fasttrack-embeddings", approaches=f"fine-tuning/{EMBEDDED}")
Contender = Fasttrack | Peer


@dataclass(frozen=True)
class Rules:
    """The same for all: minutes and cores; rows: at most that many (None: all); environment: of prototypes."""

    minutes: float
    cores: int
    rows: int | None
    environment: Environment
    small: bool

    @property
    def setting(self) -> dict[str, Any]:
        """What a kept measurement must share."""
        return {"minutes": self.minutes, "cores": self.cores, "rows": self.rows, "environment": self.environment}


def contenders(dataset: Dataset, train_rows: int, parts: Sequence[Part], small: bool) -> list[Contender]:
    """Who is measured on this dataset. parts: which parts of it are wanted."""
    found: list[Contender] = [FASTTRACK] if dataset.part in parts else []
    wanted = {"few-shot": ("setfit", "sentence-transformers", "tfidf-logistic")}.get(dataset.part)
    if dataset.part in parts:
        suiting = [peer for peer in PEERS if peer.suits(dataset, train_rows) and (peer.small or not small)]
        found += [peer for peer in suiting if wanted is None or peer.name in wanted]
    if not dataset.shots and "tuning" in parts:
        found += [ALONE_TUNED, *(peer for peer in PEERS if peer.name == "hf-trainer")]
    if not dataset.shots and "speed" in parts:
        found += [ALONE_EMBEDDED, *(peer for peer in PEERS if peer.name == "sentence-transformers")]
    return list({one.name: one for one in found}.values())


def measure(
    contender: Contender, material: Material, rules: Rules, place: Path, variables: dict[str, str]
) -> tuple[Measurement, pd.DataFrame | None]:
    """One contender on one dataset; never raises for what the contender does. place: is made, and forgotten afterwards."""
    clean(place)
    place.mkdir(parents=True)
    told = Measurement(material.dataset.title, contender.name, rules.setting)
    told.when = datetime.now(UTC).isoformat(timespec="seconds")
    told.facts["code"] = code()
    try:
        if isinstance(contender, Peer):
            return _measure_peer(contender, material, rules, place, told, variables)
        minutes = rules.minutes * (TUNING_STRETCH if contender == ALONE_TUNED else 1.0)
        prepared = replace(contender, environment=rules.environment, variables=variables)
        return prepared.measure(material, minutes, place, told)
    finally:
        clean(place)


def _measure_peer(
    peer: Peer, material: Material, rules: Rules, place: Path, told: Measurement, variables: dict[str, str]
) -> tuple[Measurement, pd.DataFrame | None]:
    import pandas as pd

    job = {
        "peer": peer.name, "dataset": material.dataset.told(), "train": str(material.train),
        "questions": str(material.questions), "minutes": rules.minutes, "cores": rules.cores,
        "encoder": str(bundled_folder()), "out": str(place),
    }  # fmt: skip
    (place / "job.json").write_text(json.dumps(job), encoding="utf-8")
    limit = 60 * rules.minutes * peer.limit + START_SECONDS
    ended = carry_out([sys.executable, "-m", "bench.peers", place / "job.json"], limit, ROOT, variables)
    told.whole_seconds, told.cpu_seconds, told.peak_mb = ended.seconds, ended.cpu_seconds, ended.peak_mb
    if ended.reason is not None:
        told.status, told.reason = ("late" if ended.late else "failed"), ended.reason
        return told, None
    for name, value in json.loads((place / "told.json").read_text(encoding="utf-8")).items():
        if hasattr(told, name):
            setattr(told, name, value)
        else:
            told.facts[name] = value
    told.environment_mb = installed_mb(peer.packages)
    told.status = "done"
    return told, pd.read_parquet(place / "answers.parquet")


def variables(work: Path) -> dict[str, str]:
    """The environment of every contender: nothing fetched, nothing reported, a cache of the bench's own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FASTTRACK", "OPENAI"))}
    told = {name: value for name, value in quiet.SWITCHES.items() if name != "TOKENIZERS_PARALLELISM"}  # a peer's default
    return own | told | offline.SWITCHES | {"FASTTRACK_CACHE": str(work / "cache")}


def kept_or_measured(
    contender: Contender, material: Material, rules: Rules, store: Store, work: Path, again: Sequence[str]
) -> tuple[Measurement, bool]:
    """The kept measurement, or a new one. Gives also whether it was kept."""
    kept = store.kept(material.dataset.title, contender.name, rules.setting)
    if kept is not None and contender.name not in again:
        return kept, True
    told, answers = measure(contender, material, rules, work / "place", variables(work))
    store.keep(told, answers)
    return told, False
