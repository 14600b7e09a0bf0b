"""The agent: one LangChain agent, the tools, an approval gate, a checkpointer."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_type_hints

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ExtendedModelResponse,
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    ModelRequest,
    ModelResponse,
    ToolErrorMiddleware,
)
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.prebuilt import ToolRuntime
from langgraph.types import Command
from pydantic import create_model

from agent.builtin import BuiltinBrain
from agent.rows import attached_rows
from agent.state import State, difference, workspace_of
from tools import TOOLS
from tools.core.errors import FasttrackError

if TYPE_CHECKING:
    from langchain.agents.middleware import ToolCallRequest
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.runtime import Runtime


MODEL_CALLS_A_TURN = 12  # a turn of the built-in brain needs at most 6: inspect, record, propose, run, and words
GATED = "run_plan"
PASTED = "pasted_in_chat.jsonl"
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

    def call(runtime: ToolRuntime[Any, Any], **arguments: Any) -> Command[Any]:
        before = workspace_of(runtime.state)
        after = before.model_copy(deep=True)
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
    return json.dumps({"error": _defect(f"{name} to answer", problem)}, ensure_ascii=False)


class Turn(AgentMiddleware[State, Any, Any]):
    """What happens around each call of the brain."""

    state_schema = State

    def before_model(self, state: State, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Words that came while a plan was pending stand after its rejection, as what they are: the person's message."""
        said = state.get("said")
        return {"messages": [HumanMessage(said)], "said": None} if said else None

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
        """Hand the state to the built-in brain; note which question it asked; a brain that breaks is told in words."""
        if isinstance(request.model, BuiltinBrain):
            state = {name: value for name, value in request.state.items() if name != "messages"}
            request = request.override(model_settings={**request.model_settings, "state": state})
        try:
            response = handler(request)
        except FasttrackError as problem:
            response = _broken(str(problem), problem.as_dict())
        except Exception as problem:
            log.exception("the brain failed")
            error = _defect("the brain to answer", problem)
            response = _broken(
                f"Something went wrong inside me ({error['found']}). Nothing is lost; please say it again.", error
            )
        message, state = response.result[-1], dict(request.state)
        return ExtendedModelResponse(response, Command(update=_noted(message, state) | _with_pasted(message, state)))


def _with_pasted(message: BaseMessage, state: dict[str, Any]) -> dict[str, Any]:
    """Examples that the person pasted and the built-in brain noticed become an attachment, before they are recorded."""
    pasted = message.additional_kwargs.get("pasted") if isinstance(message, AIMessage) else None
    if not pasted:
        return {}
    workspace = workspace_of(state)
    attachment = attached_rows(pasted, PASTED)
    if attachment.id in {known.id for known in workspace.attachments}:
        return {}
    changed = {"attachments": [*workspace.attachments, attachment], "inspected": [*workspace.inspected, attachment.id]}
    return {"workspace": workspace.model_copy(update=changed).model_dump(mode="json", include=set(changed))}


def _defect(expected: str, problem: Exception) -> dict[str, str]:
    """A failure that nobody foresaw, in the form of the contract's error."""
    found = f"{type(problem).__name__}: {problem}"
    return {
        "code": "internal",
        "expected": expected,
        "found": found,
        "remedy": "Nothing is lost. Try again, or say it otherwise.",
    }


def _broken(words: str, error: dict[str, str]) -> ModelResponse[Any]:
    """What a brain says that could not think."""
    return ModelResponse(result=[AIMessage(words, additional_kwargs={"error": error})])


def _noted(message: BaseMessage, state: dict[str, Any]) -> dict[str, Any]:
    """Which question is open after this message: unchanged while the brain works or broke, none after a plan or plain words."""
    if not isinstance(message, AIMessage) or any(call["name"] != GATED for call in message.tool_calls):
        return {}
    if "error" in message.additional_kwargs:
        return {}
    question = message.additional_kwargs.get("question")
    if not question:
        return {"asked": None}
    return {"asked": question["field"], "questions_asked": state.get("questions_asked", 0) + 1}
