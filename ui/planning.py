"""`fasttrack plan`: what was understood and what would be built."""

from __future__ import annotations

from agent.contract import plan_contract
from ui.briefing import ANSWERED_BY, Brief
from ui.output import out, print_json, quiet_stdout
from ui.tables import plan_table, warning_lines


def show(brief: Brief, as_json: bool) -> None:
    """Print the contract, or the same for people. Open questions are no error here: they are what was asked for."""
    with quiet_stdout(as_json):
        _, state = brief.carry()
        contract = plan_contract(state)
    if as_json:
        print_json(contract)
        return
    console = out()
    console.print(state.reply, markup=False)
    if state.plan is not None:  # its words tell what is wrong with the data
        console.print(plan_table(state.plan))
    else:
        for line in warning_lines(state.profile.problems):
            console.print(line, markup=False)
    for question in state.questions:
        console.print(f"Open: {question.text} Answer with {ANSWERED_BY[question.field]}.", markup=False)
