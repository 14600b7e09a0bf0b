"""The agent: one LangChain agent, the tools, an approval gate, a checkpointer."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    ToolErrorMiddleware,
)

from agent import limits
from agent.binding import bound
from agent.turn import GATED, Turn, defect
from tools import TOOLS
from tools.core.errors import FasttrackError

if TYPE_CHECKING:
    from langchain.agents.middleware import ToolCallRequest
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph


MODEL_CALLS_A_TURN = limits.CALLS_A_TURN + 8  # the last net: what a model may take, and what the built-in brain needs after it
APPROVAL_NODE = "HumanInTheLoopMiddleware.after_model"

log = logging.getLogger(__name__)


def build(brain: BaseChatModel, checkpointer: BaseCheckpointSaver[Any]) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The agent of the design: any brain, the same tools, approval by a person before `run_plan`."""
    gate = HumanInTheLoopMiddleware({GATED: {"allowed_decisions": ["approve", "reject"]}})  # an edit could call another tool
    middleware: list[AgentMiddleware[Any, Any, Any]] = [
        ModelCallLimitMiddleware(run_limit=MODEL_CALLS_A_TURN),
        Turn(),
        ToolErrorMiddleware(in_words),
        gate,
    ]
    return create_agent(brain, [bound(tool) for tool in TOOLS], middleware=middleware, checkpointer=checkpointer)


def in_words(problem: Exception, request: ToolCallRequest) -> str:
    """What a tool's failure looks like to the brain; the conversation goes on."""
    if isinstance(problem, FasttrackError):
        return json.dumps({"error": problem.as_dict()}, ensure_ascii=False)
    name = request.tool_call["name"]
    log.error("tool %s failed", name, exc_info=problem)
    return json.dumps({"error": defect(f"{name} to answer", problem)}, ensure_ascii=False)
