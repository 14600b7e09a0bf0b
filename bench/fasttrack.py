"""Fasttrack as a person uses it: `fasttrack build`, then the prototype that was downloaded."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.machine import ROOT
from bench.measurement import Measurement
from bench.process import carry_out
from bench.prototype import Environment, Prototype, PrototypeError
from tools.approaches.averaging import NAME as AVERAGE

if TYPE_CHECKING:
    import pandas as pd

    from bench.material import Material

COMMAND = (sys.executable, "-P", "-c", "from ui.cli import main; main()")
GRACE_SECONDS = 240.0  # beyond the minutes: reading, the report, packing and the proof are not what the minutes limit
LIMIT = 1.5


@dataclass(frozen=True)
class Fasttrack:
    """One way to use it. approaches: what `--approaches` says; empty: nothing, as most people would."""

    name: str = "fasttrack"
    approaches: str = ""
    environment: Environment = "assembled"
    variables: dict[str, str] = field(default_factory=dict)

    def measure(
        self, material: Material, minutes: float, place: Path, told: Measurement
    ) -> tuple[Measurement, pd.DataFrame | None]:
        """Build, unzip, answer, look. place: an empty folder; home and files lie in it. Fills `told`."""
        home, out = place / "home", place / "out"
        home.mkdir(parents=True)
        known = self.variables | {"FASTTRACK_HOME": str(home)}
        limit = LIMIT * 60 * minutes + GRACE_SECONDS
        ended = carry_out(self.command(material, minutes, out), limit, ROOT, known)
        told.whole_seconds, told.cpu_seconds, told.peak_mb = ended.seconds, ended.cpu_seconds, ended.peak_mb
        outcome = _outcome(ended.out)
        if ended.late or outcome.get("prototype") is None:
            told.status, told.reason = ("late" if ended.late else "failed"), _why(outcome) or ended.reason
            return told, None
        told.facts |= facts(outcome, home)
        told.fit_seconds = fit_seconds(outcome)
        try:
            prototype = Prototype.unzipped(Path(outcome["prototype"]), place, self.environment)
            answers, _ = prototype.answers(material)
            self._look(prototype, material, told)
        except PrototypeError as error:
            told.reason = str(error)
            return told, None
        told.status = "done"
        return told, answers

    def _look(self, prototype: Prototype, material: Material, told: Measurement) -> None:
        for name, value in {**prototype.speed(material), **prototype.sizes()}.items():
            if hasattr(told, name) and name != "peak_mb":
                setattr(told, name, value)
            else:
                told.facts[f"prototype_{name}"] = value
        told.facts["prototype_zip_mb"] = (
            sum(one.stat().st_size for one in prototype.folder.parents[1].glob("out/*.zip")) / 2**20
        )

    def command(self, material: Material, minutes: float, out: Path) -> list[str]:
        """What is typed."""
        dataset = material.dataset
        words = [*COMMAND, "build", str(material.train), "--task", dataset.words, "--target", dataset.target]
        words += ["--metric", dataset.metric, "--minutes", f"{minutes:g}", "--yes", "--offline", "--json", "--out", str(out)]
        words += ["--horizon", str(dataset.horizon)] if dataset.horizon else []
        return words + (["--approaches", self.approaches] if self.approaches else [])


def fit_seconds(outcome: dict[str, Any]) -> float | None:
    """Of the chosen candidate. An average took what all took that it may be made of."""
    taken = {row["name"]: row["fit_seconds"] or 0.0 for row in outcome["candidates"] if row["status"] == "done"}
    return sum(taken.values()) if outcome["chosen"] == AVERAGE else taken.get(outcome["chosen"])


def _outcome(text: str) -> dict[str, Any]:
    """The JSON object of `build --json`; empty where there is none."""
    try:
        told: dict[str, Any] = json.loads(text)
    except ValueError:
        return {}
    return told


def _why(outcome: dict[str, Any]) -> str | None:
    if error := outcome.get("error"):
        return f"{error['code']}: expected {error['expected']}; found {error['found']}"
    return f"no prototype: {outcome['why']}" if outcome.get("why") else None


def facts(outcome: dict[str, Any], home: Path) -> dict[str, Any]:
    """What is kept of a run: the candidates and their scores on locked rows, the estimates, the choice."""
    kept = {name: outcome[name] for name in ("chosen", "recommended", "why", "seconds", "proof_seconds", "candidates")}
    run = home / "runs" / outcome["run_id"]
    locked = len(json.loads((run / "split.json").read_text(encoding="utf-8"))["test"])
    return kept | {"estimates": estimates(run / "events.jsonl"), "locked_rows": locked}


def estimates(journal: Path) -> list[dict[str, Any]]:
    """For each candidate that was finished: the estimated, the true and the allowed seconds."""
    events = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines() if line.strip()]
    begun = {event["name"]: event for event in events if event["event"] == "candidate-started"}
    found = []
    for event in events:
        if event["event"] == "candidate-finished" and event["name"] in begun and event.get("fit_seconds") is not None:
            start = begun[event["name"]]
            found.append({
                "name": event["name"],
                "status": event["status"],
                "estimated": 60 * start["estimate_minutes"],
                "true": event["fit_seconds"] + (event.get("score_seconds") or 0.0),
                "allowed": 60 * start["limit_minutes"],
            })  # fmt: skip
    return found


def clean(place: Path) -> None:
    """Forget what a measurement wrote."""
    shutil.rmtree(place, ignore_errors=True)
