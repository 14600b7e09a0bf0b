"""The terminal: every command with its options. What a command does stands in the file of its noun."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.exceptions

from ui import options as opt

INTERRUPTED = 130

app = typer.Typer(
    name="fasttrack",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Entry point of `fasttrack`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Carry out one command and give its exit code. Every error becomes one message (with --json one JSON object)."""
    as_json = "--json" in arguments
    try:
        code = app(args=arguments or ["--help"], prog_name="fasttrack", standalone_mode=False)
    except typer.exceptions.TyperException as problem:
        return _misused(problem, as_json)
    except typer.Abort:
        return _interrupted(as_json)
    except Exception as problem:  # noqa: BLE001 the last door: a defect gets one message and a log, not a traceback
        from ui.output import failed

        return failed(problem, as_json)
    if code == INTERRUPTED:  # what typer makes of a KeyboardInterrupt
        return _interrupted(as_json)
    return code if isinstance(code, int) else 0


@app.callback()
def before() -> None:
    """Describe a task in words, approve a plan, download a working prototype."""
    from ui.output import log_to_home

    log_to_home()


def _misused(problem: typer.exceptions.TyperException, as_json: bool) -> int:
    from tools.core.errors import PersonMustMend
    from ui.output import failed

    context = getattr(problem, "ctx", None)
    command = context.command_path if context else "fasttrack"
    found = problem.format_message().rstrip(".")
    return failed(
        PersonMustMend(code="usage", expected="arguments as in the help", found=found, remedy=f"See `{command} --help`."),
        as_json,
    )


def _interrupted(as_json: bool) -> int:
    from tools.core.errors import Interrupted
    from ui.output import failed

    return failed(
        Interrupted(expected="to finish", found="an interruption by you", remedy="Start again whenever you like."), as_json
    )


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Where the prototype is put.")] = Path("demo"),
    brain: opt.Brain = "builtin",
) -> None:
    """The whole job on a shipped sample: no key, no network, unless you name another brain."""
    from ui.demo import show

    opt.go_offline(brain in ("builtin", "auto"))
    show(out, brain)


@app.command()
def chat(
    files: opt.Files = None,
    brain: opt.Brain = "auto",
    offline: opt.Offline = False,
    conversation: Annotated[str | None, typer.Option("--conversation", help="Go on with this conversation.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Start a new conversation even if one is unfinished.")] = False,
) -> None:
    """Talk about a task, approve a plan, watch it being built, try it. Without FILES the unfinished conversation goes on."""
    from ui.chat import talk

    talk(files or [], brain=brain, offline=opt.go_offline(offline), conversation=conversation, new=new)


@app.command()
@opt.briefed
def plan(given: dict[str, Any], as_json: opt.Json = False) -> None:
    """What would be built, with estimates and reasons. Nothing is built."""
    from ui.briefing import Brief
    from ui.planning import show

    given["offline"] = opt.go_offline(given["offline"])
    show(Brief.read(**given), as_json)


@app.command()
@opt.briefed
def build(
    given: dict[str, Any],
    yes: Annotated[bool, typer.Option("--yes", help="I approve the plan; look at it first with `fasttrack plan`.")] = False,
    out: opt.Out = None,
    as_json: opt.Json = False,
) -> None:
    """Plan, build, measure, and pack the prototype. Ctrl-C cancels."""
    from ui.briefing import Brief
    from ui.building import carry_out

    given["offline"] = opt.go_offline(given["offline"])
    carry_out(Brief.read(**given), approved=yes, out=out, as_json=as_json)


@app.command()
def runs(as_json: opt.Json = False) -> None:
    """All runs, the latest first."""
    from ui.runs import list_all

    list_all(as_json)


@app.command()
def show(run: str, as_json: opt.Json = False) -> None:
    """How a run stands, or its results."""
    from ui.runs import show_one

    show_one(run, as_json)


@app.command()
def resume(run: str, as_json: opt.Json = False, out: opt.Out = None) -> None:
    """Go on with an interrupted run; where it is still being built, watch it. Ctrl-C only stops watching."""
    from ui.runs import go_on

    opt.go_offline(False)
    go_on(run, out, as_json)


@app.command()
def cancel(run: str, as_json: opt.Json = False) -> None:
    """Stop a run. What is finished stays."""
    from ui.runs import call_off

    call_off(run, as_json)


@app.command()
def export(run: str, out: opt.Out = None, as_json: opt.Json = False) -> None:
    """Pack the chosen model of a run as a prototype."""
    from ui.runs import pack

    opt.go_offline(False)
    pack(run, out, as_json)


@app.command()
def doctor(
    brain: opt.Brain = "auto",
    fetch: Annotated[bool, typer.Option("--fetch", help="Fetch the recommended small language model, after a yes.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Fetch it without asking.")] = False,
    as_json: opt.Json = False,
) -> None:
    """What works on this machine, and what to do about the rest."""
    from ui.doctor import examine, fetch_model

    opt.go_offline(False)
    if fetch:
        fetch_model(yes, as_json)
    else:
        examine(brain, as_json)


@app.command()
def ui(
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="The port on 127.0.0.1; else a free one.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    offline: opt.Offline = False,
) -> None:
    """The chat in the browser, on this machine alone."""
    from ui.browser import serve

    opt.go_offline(offline)
    serve(port, open_browser=not no_browser)
