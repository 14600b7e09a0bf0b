"""Does. Knows no conversation. `TOOLS` is all that a brain may call; the graph hands each its workspace."""

from __future__ import annotations

from tools.actions.inspecting import inspect_data
from tools.actions.labelling import ask_for_labels
from tools.actions.proposing import propose_plan
from tools.actions.recording import record_task
from tools.actions.running import explain_results, run_plan, run_status
from tools.actions.trying import export_prototype, try_prototype

TOOLS = (
    inspect_data,
    record_task,
    propose_plan,
    run_plan,
    run_status,
    explain_results,
    try_prototype,
    export_prototype,
    ask_for_labels,
)
