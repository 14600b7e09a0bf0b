"""`fasttrack build`: plan, approval by `--yes`, the run watched to its end, the prototype put where it was asked for."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any

from agent.session import Session
from agent.view import SessionState
from tools.core.errors import FasttrackError, Interrupted, PersonDecides, PersonMustMend
from tools.core.plan import Plan
from ui.briefing import ANSWERED_BY, Brief, problem_of
from ui.output import err, out, print_json, quiet_stdout
from ui.progress import watch
from ui.tables import leaderboard, plan_table


def carry_out(brief: Brief, approved: bool, out: Path | None, as_json: bool) -> None:
    """Build what the brief leads to. Raises PersonDecides where an answer or the approval is missing."""
    with quiet_stdout(as_json):
        session, state = brief.carry()
        outcome = approve_and_watch(session, state, approved, out)
    report(outcome, as_json)


def approve_and_watch(
    session: Session, state: SessionState, approved: bool, out: Path | None, approval: str = ""
) -> dict[str, Any]:
    """From the first turn to the outcome (the contract's `build --json`). approval: words shown where it is given."""
    check_answered(state)
    show_plan(state)
    if not approved or state.card is None:
        raise PersonDecides(
            code="needs-approval",
            expected="your approval of the plan",
            found="no --yes",
            remedy="Look at it with `fasttrack plan`, then build it with --yes.",
        )
    assert state.plan is not None
    if approval:
        err().print(approval, markup=False)
    try:
        decided = session.decide(state.card, approve=True)
        if decided.run_id is None:
            raise as_raised(decided)
        watch_run(decided.run_id)
    except KeyboardInterrupt:
        raise called_off(session.conversation, state.plan) from None
    return finished(decided.run_id, out)


def called_off(conversation: str, plan: Plan) -> Interrupted:
    """Cancel the run of this approval, also where the interruption came before its start was noted; what is then raised."""
    from tools.jobs import runner

    run_id = runner.run_id(conversation, plan)
    with contextlib.suppress(PersonMustMend):  # it had not been started
        runner.cancel(run_id)
    return Interrupted(
        expected="to finish",
        found="an interruption by you",
        remedy=f"The run is cancelled; what is finished is kept. Go on with `fasttrack resume {run_id}`.",
    )


def show_plan(state: SessionState) -> None:
    """The plan, on stderr: it is approved in the same command."""
    console = err()
    console.print(state.reply, markup=False)
    if state.plan is not None:
        console.print(plan_table(state.plan))


def check_answered(state: SessionState) -> None:
    """Raises PersonDecides naming the options that answer what is open, PersonMustMend where the task cannot be done."""
    if state.workspace.verdict in ("not-ml", "not-supported"):
        raise PersonMustMend(
            code=str(state.workspace.verdict),
            expected="a task of text classification (one label or several), tabular classification or regression, forecasting",
            found=str(state.workspace.task.kind or state.workspace.verdict),
            remedy=state.reply,
        )
    if state.plan is None:
        asked = [f"{question.text} ({ANSWERED_BY[question.field]})" for question in state.questions]
        options = ", ".join(dict.fromkeys(ANSWERED_BY[question.field] for question in state.questions)) or "--task"
        raise PersonDecides(
            expected="everything that a plan needs",
            found=f"open questions: {' '.join(asked)}" if asked else f"no plan: {state.reply}",
            remedy=f"Answer with {options}.",
        )


def as_raised(state: SessionState) -> FasttrackError:
    """What kept the approved plan from starting."""
    return problem_of(
        state.error or {"code": "internal", "expected": "the run to start", "found": state.reply, "remedy": "Try again."}
    )


def watch_run(run_id: str) -> None:
    """Show a run until it ends."""
    from tools.jobs import runner

    watch(runner.follow(run_id))


def finished(run_id: str, out: Path | None) -> dict[str, Any]:
    """The outcome of an ended run, its prototype copied to `out`. Raises what `tools.jobs.outcome` says where there is none."""
    from tools.jobs import runner

    outcome = runner.outcome(run_id)
    if out is not None and outcome["prototype"]:
        outcome["prototype"] = str(copied(Path(outcome["prototype"]), out))
    return outcome


def copied(prototype: Path, folder: Path) -> Path:
    """The zip in that folder, made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy2(prototype, folder / prototype.name)).resolve()


def report(outcome: dict[str, Any], as_json: bool) -> None:
    """The outcome for programs or for people."""
    if as_json:
        print_json(outcome)
        return
    console = out()
    console.print(leaderboard(outcome))
    console.print(outcome["why"], markup=False)
    if not outcome["recommended"]:
        console.print("I do not recommend using it: nothing beats the trivial answer.", markup=False)
    if outcome["prototype"]:
        console.print(f"Prototype: {outcome['prototype']}", markup=False)
    if outcome["proof_seconds"] is not None:
        console.print(
            f"Proved in {outcome['proof_seconds']:.0f} s: in a fresh environment it gave the same predictions.", markup=False
        )
    else:
        console.print("The prototype is not proved.", markup=False)
    console.print(f"Report and logs: fasttrack show {outcome['run_id']}", markup=False)
