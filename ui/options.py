"""Options that several commands share, and what they mean together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

# nothing of tools is imported here: pydantic alone would double the time of `fasttrack --help`

METRIC_HELP = (
    "How to judge: a metric's name, with a label where it is about one, and a number after @: "
    "accuracy, macro-f1, recall:spam, recall:spam@0.9 (recall of spam at 90 % precision or better), fbeta:spam@2, "
    "precision-at-k:yes@200, rmse, mae, r2."
)
TEST_HELP = "A file of rows that is used for nothing but the final test."
APPROACHES_HELP = "Rungs (baseline, zero-shot, prompting, fine-tuning, automl) or candidate names, separated by commas."

Files = Annotated[list[Path] | None, typer.Argument(help="Files or folders with the data; none is fine to begin with.")]
Task = Annotated[str, typer.Option("--task", help="What you want, in your own words.")]
Target = Annotated[str | None, typer.Option("--target", help="The column to predict.")]
Labels = Annotated[str | None, typer.Option("--labels", help="The groups to sort into, separated by commas.")]
Horizon = Annotated[int | None, typer.Option("--horizon", min=1, help="How many steps ahead to forecast.")]
Metric = Annotated[str | None, typer.Option("--metric", help=METRIC_HELP)]
Test = Annotated[Path | None, typer.Option("--test", help=TEST_HELP)]
PriorityOption = Annotated[Literal["quality", "speed", "cost"] | None, typer.Option("--priority", help="What matters most.")]
Minutes = Annotated[float | None, typer.Option("--minutes", min=0.1, help="What the whole build may take.")]
Approaches = Annotated[str | None, typer.Option("--approaches", help=APPROACHES_HELP)]
Offline = Annotated[bool, typer.Option("--offline", help="Refuse every connection but loopback.")]
Brain = Annotated[str, typer.Option("--brain", help="Who drives the conversation: builtin (no key, no network) or auto.")]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]
Out = Annotated[Path | None, typer.Option("--out", help="The folder for the prototype's zip.")]


def go_offline(offline: bool) -> bool:
    """Enforce what `--offline` or FASTTRACK_OFFLINE=1 asks for, in this process and its children. Gives whether it is so."""
    from tools import offline as network
    from tools import quiet

    quiet.enforce()
    if offline:
        os.environ[network.VARIABLE] = "1"
    network.enforce()
    return network.asked()
