"""`python -m bench DATA`: measure everything, print a table as it goes, write bench/RESULTS.md."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.contender import Rules
from bench.datasets import DescriptionError, discover
from bench.peers import PEERS
from bench.round import PARTS, Round, Wanted

DEFAULT_WORK = Path("build") / "bench"
FULL_MINUTES, SMALL_MINUTES = 10.0, 1.0
FULL_SEEDS, SMALL_SEEDS = 3, 1
SHOTS = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """0: measured, whatever came out. 2: something to mend, said in one line."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended in any way, it ends its children first
    given.minutes = given.minutes or (SMALL_MINUTES if given.small else FULL_MINUTES)
    if given.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.cores])
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    rules = Rules(given.minutes, cores, given.rows, given.environment, given.small)
    wanted = Wanted(
        datasets=tuple(given.datasets or ()),
        contenders=tuple(given.contenders or ()),
        parts=tuple(given.parts or PARTS),
        seeds=given.seeds or (SMALL_SEEDS if given.small else FULL_SEEDS),
        shots=SHOTS,
        again=tuple(given.again or ()),
        kept_alone=given.report,
    )
    work = (given.work or DEFAULT_WORK / ("small" if given.small else "full")).resolve()
    try:
        datasets, undescribed = discover(given.data, given.describe or ())
        Round(datasets, undescribed, rules, wanted, work, given.results.resolve()).carry_out()
    except DescriptionError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"Stopped. What was measured is kept in {work}; the same command goes on from there.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    add = parser.add_argument
    add("data", type=Path, help="a folder with a folder for each dataset (train.csv and test.csv)")
    add("--small", action="store_true", help="the small set: under 20 minutes on two cores")
    add("--minutes", type=float, help=f"of every build and of every peer (full {FULL_MINUTES:g}, small {SMALL_MINUTES:g})")
    add("--cores", type=int, help="how many cores everybody may use (all)")
    add("--datasets", nargs="+", metavar="NAME", help="only these")
    add("--contenders", nargs="+", metavar="NAME", help=f"only these: fasttrack, {', '.join(peer.name for peer in PEERS)}")
    add("--parts", nargs="+", choices=PARTS, help="only these parts")
    add("--seeds", type=int, help=f"draws of the {SHOTS}-shot part (full {FULL_SEEDS}, small {SMALL_SEEDS})")
    add("--rows", type=int, help="at most that many training and test rows: for trying the bench out, not for results")
    add("--again", nargs="+", metavar="NAME", help="contenders to measure anew although they are kept; or: failed, all")
    add("--report", action="store_true", help="measure nothing: write the results of what is kept, and what is missing")
    add("--describe", type=Path, nargs="+", metavar="FILE", help="more descriptions, in the form of bench/datasets.toml")
    add("--environment", choices=("assembled", "installed"), default="assembled",
        help="of prototypes: of the packages installed here, or by pip from an index")  # fmt: skip
    add("--work", type=Path, help=f"where measurements are kept ({DEFAULT_WORK}/small or /full)")
    add("--results", type=Path, default=Path("bench") / "RESULTS.md", help="where the results are written")
    return parser


if __name__ == "__main__":
    sys.exit(main())
