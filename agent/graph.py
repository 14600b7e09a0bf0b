"""The agent: one LangChain agent, the tools, an approval gate, a checkpointer."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    ToolErrorMiddleware,
)
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool, InjectedToolArg, StructuredTool
from langgraph.prebuilt import ToolRuntime
from langgraph.types import Command
from pydantic import create_model

from agent import limits, outgoing, reading
from agent.state import difference, workspace_of
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


def bound(tool: Callable[..., dict[str, Any]]) -> BaseTool:
    """The tool for a brain: its schema without the workspace, which comes from the state and goes back into it."""
    hints = get_type_hints(tool)
    parameters = list(inspect.signature(tool).parameters.values())[1:]
    fields: dict[str, Any] = {
        parameter.name: (hints[parameter.name], ... if parameter.default is parameter.empty else parameter.default)
        for parameter in parameters
    }

    # the library calls a tool whose schema is empty without anything, so the schema holds what the model is not shown
    fields |= {"runtime": (Annotated[Any, InjectedToolArg()], None)} if not fields else {}

    def call(runtime: ToolRuntime[Any, Any], **arguments: Any) -> Command[Any]:
        before = workspace_of(runtime.state)
        after = before.model_copy(deep=True)
        if tool.__name__ == "record_task" and _is_written_by_a_model(runtime.state):
            words = limits.words_of(runtime.state["messages"])
            arguments["patch"] = reading.completed(arguments["patch"], words, before, runtime.state.get("asked"))
        answer = ToolMessage(json.dumps(tool(after, **arguments), ensure_ascii=False), tool_call_id=runtime.tool_call_id or "")
        return Command(update={"workspace": difference(before, after), "messages": [answer]})

    return StructuredTool(
        name=tool.__name__, description=inspect.getdoc(tool) or "", func=call, args_schema=create_model(tool.__name__, **fields)
    )


def in_words(problem: Exception, request: ToolCallRequest) -> str:
    """What a tool's failure looks like to the brain; the conversation goes on."""
    if isinstance(problem, FasttrackError):
        return json.dumps({"error": problem.as_dict()}, ensure_ascii=False)
    name = request.tool_call["name"]
    log.error("tool %s failed", name, exc_info=problem)
    return json.dumps({"error": defect(f"{name} to answer", problem)}, ensure_ascii=False)


def _is_written_by_a_model(state: Any) -> bool:
    """Whether a language model wrote the tool call that is carried out, not the built-in brain."""
    wrote = next(message for message in reversed(state["messages"]) if isinstance(message, AIMessage) and message.tool_calls)
    return outgoing.WRITTEN_BY in wrote.additional_kwargs and "intent" not in wrote.additional_kwargs
