"""Options that several commands share, and what they mean together."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

# nothing of tools is imported here: pydantic alone would double the time of `fasttrack --help`

METRIC_HELP = (
    "How to judge: a metric's name, with a label where it is about one, and a number after @: "
    "accuracy, macro-f1, recall:spam, recall:spam@0.9 (recall of spam at 90 % precision or better), fbeta:spam@2, "
    "precision-at-k:yes@200, rmse, mae, r2."
)
TEST_HELP = "A file of rows that is used for nothing but the final test."
APPROACHES_HELP = "Rungs (baseline, zero-shot, prompting, fine-tuning, automl) or candidate names, separated by commas."
BRAIN_HELP = (
    "Who drives the conversation: builtin (no key, no network), openai:MODEL (any OpenAI-compatible endpoint), "
    "llamacpp:PATH (a GGUF on this machine), or auto: what FASTTRACK_MODEL or the settings name, where it is ready."
)

Files = Annotated[list[Path] | None, typer.Argument(help="Files or folders with the data; none is fine to begin with.")]
Task = Annotated[str, typer.Option("--task", help="What you want, in your own words.")]
Target = Annotated[str | None, typer.Option("--target", help="The column to predict.")]
Labels = Annotated[str | None, typer.Option("--labels", help="The groups to sort into, separated by commas.")]
Horizon = Annotated[int | None, typer.Option("--horizon", min=1, help="How many steps ahead to forecast.")]
Metric = Annotated[str | None, typer.Option("--metric", help=METRIC_HELP)]
Test = Annotated[Path | None, typer.Option("--test", help=TEST_HELP)]
PriorityOption = Annotated[Literal["quality", "speed", "cost"] | None, typer.Option("--priority", help="What matters most.")]
Minutes = Annotated[float | None, typer.Option("--minutes", min=0.1, help="What the whole build may take.")]
Dollars = Annotated[float | None, typer.Option("--dollars", min=0.0, help="What the whole build may cost.")]
Approaches = Annotated[str | None, typer.Option("--approaches", help=APPROACHES_HELP)]
Offline = Annotated[bool, typer.Option("--offline", help="Refuse every connection but loopback.")]
Brain = Annotated[str, typer.Option("--brain", help=BRAIN_HELP)]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]
Out = Annotated[Path | None, typer.Option("--out", help="The folder for the prototype's zip.")]


def brief(
    files: Files = None,
    task: Task = "",
    target: Target = None,
    labels: Labels = None,
    horizon: Horizon = None,
    metric: Metric = None,
    test: Test = None,
    priority: PriorityOption = None,
    minutes: Minutes = None,
    dollars: Dollars = None,
    approaches: Approaches = None,
    offline: Offline = False,
    brain: Brain = "auto",
) -> dict[str, Any]:
    """What a person gives to `plan` and `build` alike, as `Brief.read` takes it."""
    return dict(locals())


def briefed(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of `brief` before its own; it gets them as its first argument."""
    shared = inspect.signature(brief, eval_str=True).parameters
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    def carry_out(**given: Any) -> None:
        command(brief(**{name: given.pop(name) for name in shared}), **given)

    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*shared.values(), *own)]
    carry_out.__name__, carry_out.__doc__ = command.__name__, command.__doc__
    carry_out.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    vars(carry_out)["__signature__"] = inspect.Signature(parameters)  # what typer reads
    return carry_out


def go_offline(offline: bool) -> bool:
    """Enforce what `--offline`, FASTTRACK_OFFLINE=1 or the settings ask for, in this process and its children.

    Gives whether it is so. Settings that cannot be read are told.
    """
    from tools import offline as network
    from tools import quiet, settings

    quiet.enforce()
    saved = settings.load()
    if saved.problem:
        from ui.output import err

        err().print(saved.problem, markup=False)
    if offline or saved.offline:
        os.environ[network.VARIABLE] = "1"
    network.enforce()
    return network.asked()
