"""The results: a line for every measurement as it ends, and RESULTS.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.checks import all_checks, few_shot, whole
from bench.contender import Rules
from bench.peers import PEERS
from bench.scoring import ERRORS
from bench.standing import Entry, Standing, is_fasttrack
from bench.verdicts import in_time, is_within, judged_estimates

COLUMNS = (
    "contender", "score", "95 % interval", "fit s", "whole s", "CPU s", "rows/s", "p50 ms", "cold s", "model MB", "packages MB",
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """All that is written. million: None where it was not measured. missing: what belongs to the set and was not measured."""

    machine: dict[str, str]
    rules: Rules
    standings: tuple[Standing, ...]
    million: dict[str, Any] | None
    missing: tuple[str, ...] = ()


def figure(value: float | None, digits: int = 3) -> str:
    """Significant digits, thousands parted; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def score(entry: Entry) -> str:
    """`0.873`, with `owa 0.82` where there is one."""
    if entry.judged is None:
        return "none"
    more = "".join(f"; {name} {value:.3f}" for name, value in entry.others.items())
    return f"{entry.judged.value:.4f}{more}"


def line(entry: Entry) -> str:
    """What is printed when a measurement ends."""
    one = entry.measurement
    if entry.judged is None or entry.interval is None:
        return f"  {one.contender:<28} {one.status}: {entry.reason}"
    low, high = entry.interval
    seconds = f"fit {figure(one.fit_seconds)} s, whole {figure(one.whole_seconds)} s"
    chosen = f", chose {one.facts['chosen']}" if "chosen" in one.facts else ""
    size = f"{figure(one.model_mb)} + {figure(one.environment_mb)} MB"
    return (
        f"  {one.contender:<28} {score(entry)} ({low:.4f} to {high:.4f}), {seconds}, "
        f"{figure(one.rows_per_second)} rows/s, {size}{chosen}"
    )


def summary(standings: Sequence[Standing]) -> str:
    """A line for each dataset."""
    lines = []
    for one in standings:
        said, found, peer = one.verdict, one.difference, one.best_peer
        if said is not None:
            points = f"{found.value:+.2f} ({found.low:+.2f} to {found.high:+.2f})" if found else "no score"
            against = peer.measurement.contender if peer else "nobody"
            mark = "kept" if said.kept else "MISSED"
            lines.append(f"{one.dataset.title:<28} {said.word:<7} {points:<26} against {against:<24} {mark}: {said.why}")
    return "\n".join(lines) or "Fasttrack itself was not measured."


def write(path: Path, found: Found) -> None:
    """RESULTS.md, whole or not at all."""
    parts = [_head(found), _checks(found), _verdicts(found.standings), _details(found.standings)]
    parts += [
        _choices(found.standings),
        _estimates(found.standings),
        _million(found.million),
        _missing(found.missing),
        _settings(),
    ]
    draft = path.with_suffix(".tmp")
    draft.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")
    draft.replace(path)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}", *(f"| {' | '.join(row)} |" for row in cells)]
    return "\n".join(lines)


def _head(found: Found) -> str:
    rules = found.rules
    said = [f"- {name}: {value}" for name, value in found.machine.items()]
    entries = [entry.measurement for one in found.standings for entry in one.entries if is_fasttrack(entry.measurement)]
    if len(codes := list(dict.fromkeys(str(one.facts.get("code")) for one in sorted(entries, key=lambda one: one.when)))) > 1:
        said.append(f"- Fasttrack was measured while it changed, at: {', '.join(codes)}")
    minutes = f"{rules.minutes:g} minute{'' if rules.minutes == 1 else 's'}"
    less = f" **With at most {rules.rows:,} rows a dataset: a trial of the bench, no result.**" if rules.rows else ""
    return "\n".join([
        "# Results of the benchmark",
        "",
        f"`make {'bench-small' if rules.small else 'bench'}`, {minutes} for every build and every peer.{less} "
        "Fasttrack is built through its command line and sees no test row; what is scored is its unzipped prototype, whose "
        f"`predict.py` answers in an environment of its own ({rules.environment}). Peers learn from the same rows with the "
        "same minutes and cores. Scores and intervals are the bench's own (scikit-learn's metrics, 500 resamples). "
        "Imports are not part of a peer's fit seconds; of Fasttrack's they are.",
        "",
        *said,
    ])  # fmt: skip


def _checks(found: Found) -> str:
    mark = {True: "kept", False: "**missed**", None: "not measured"}
    rows = [(one.rule, one.found, mark[one.kept]) for one in all_checks(found.standings, found.million)]
    return f"## What holds\n\n{table(('rule', 'found', ''), rows)}"


def _verdicts(standings: Sequence[Standing]) -> str:
    parts = []
    for title, chosen in (("Against the best peer", whole(standings)), ("With 8 rows a class", few_shot(standings))):
        rows = [_verdict(one) for one in chosen if one.verdict is not None]
        if rows:
            columns = ("dataset", "test rows", "metric", "Fasttrack", "best peer", "its score", "points ahead", "", "rule")
            parts.append(f"## {title}\n\n{table(columns, rows)}")
    if parts:
        parts.append(f"Of errors ({', '.join(sorted(ERRORS))}), a point is one percent of the peer's error.")
    return "\n\n".join(parts)


def _verdict(one: Standing) -> tuple[str, ...]:
    said, found, ours, peer = one.verdict, one.difference, one.ours, one.best_peer
    assert said is not None
    assert ours is not None
    points = f"{found.value:+.2f} ({found.low:+.2f} to {found.high:+.2f})" if found else "–"
    word = said.word if said.word in ("ahead", "level") else f"**{said.word}**"
    return (
        one.dataset.title, f"{one.units:,}", one.dataset.metric, score(ours), peer.measurement.contender if peer else "–",
        score(peer) if peer else "–", points, word, f"{'kept' if said.kept else '**missed**'}: {said.why}",
    )  # fmt: skip


def _details(standings: Sequence[Standing]) -> str:
    parts = ["## Every contender"]
    for one in standings:
        rows = [_detail(entry, one.minutes) for entry in one.entries]
        parts.append(f"### {one.dataset.title} ({one.dataset.metric})\n\n{table(COLUMNS, rows)}")
    return "\n\n".join(parts)


def _detail(entry: Entry, minutes: float) -> tuple[str, ...]:
    one = entry.measurement
    if entry.judged is None or entry.interval is None:
        return (one.contender, f"{one.status}: {entry.reason}", *["–"] * (len(COLUMNS) - 2))
    slow = "" if is_fasttrack(one) or in_time(one, minutes) else " (beyond the minutes: not counted)"
    sizes = (figure(one.model_mb), figure(one.environment_mb))
    seconds = (figure(one.fit_seconds), figure(one.whole_seconds), figure(one.cpu_seconds))
    speed = (figure(one.rows_per_second), figure(one.single_p50_ms), figure(one.cold_seconds))
    chosen = f" ({one.facts['chosen']})" if "chosen" in one.facts else ""
    interval = f"{entry.interval[0]:.4f} to {entry.interval[1]:.4f}"
    return (one.contender + chosen, score(entry) + slow, interval, *seconds, *speed, *sizes)


def _choices(standings: Sequence[Standing]) -> str:
    rows = []
    for one in standings:
        for told in one.ours.measurement.facts.get("candidates", []) if one.ours else []:
            mark = "chosen" if one.ours and told["name"] == one.ours.measurement.facts.get("chosen") else told["status"]
            parts = [
                f"{told[part]['metric']} {told[part]['value']:.4f}" if told[part] else "–" for part in ("validation", "test")
            ]
            seconds = (told["fit_seconds"] or 0.0) + (told["score_seconds"] or 0.0)
            rows.append((one.dataset.title, told["name"], *parts, figure(seconds), f"{mark}{_because(told)}"))
    if not rows:
        return ""
    columns = ("dataset", "candidate", "validation", "test (rows that Fasttrack locked away itself)", "seconds", "")
    return f"## Fasttrack's own candidates\n\n{table(columns, rows)}"


def _because(told: dict[str, Any]) -> str:
    return f": {told['reason']}" if told["reason"] and told["status"] != "done" else ""


def _estimates(standings: Sequence[Standing]) -> str:
    judged = judged_estimates([one.ours.measurement for one in standings if one.ours is not None])
    if not judged:
        return ""
    rows = [
        (str(one["dataset"]), str(one["name"]), figure(float(one["estimated"])), figure(float(one["true"])),
         "within" if is_within(one) else "**beyond**")
        for one in judged
    ]  # fmt: skip
    return (
        f"## Estimates of candidates over 10 s\n\n{table(('dataset', 'candidate', 'estimated s', 'true s', '1.5 times'), rows)}"
    )


def _million(told: dict[str, Any] | None) -> str:
    if told is None:
        return ""
    if "failed" in told:
        return f"## A million rows\n\nFailed: {told['failed']}"
    profile = told["profile"]
    rows = [
        (f"predict.py of {one['rows']:,} rows", figure(one["seconds"]), figure(one["peak_mb"]), figure(one["rows_per_second"]))
        for one in told["predict"]
    ]
    rows.insert(0, (f"copying {profile['rows']:,} rows in", figure(profile["attach_seconds"]), "–", "–"))
    rows.insert(1, ("profiling them", figure(profile["profile_seconds"]), figure(profile["peak_mb"]), "–"))
    return f"## A million rows\n\n{table(('what', 'seconds', 'peak MB', 'rows/s'), rows)}"


def _missing(names: Sequence[str]) -> str:
    """What a report of kept measurements lacks, so that nobody takes it for the whole set."""
    return f"## Not measured\n\n{'; '.join(names)}." if names else ""


def _settings() -> str:
    rows = [(peer.name, peer.title, peer.setting) for peer in PEERS]
    return f"## How peers are used\n\n{table(('name', 'peer', 'setting'), rows)}"
