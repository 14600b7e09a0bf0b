"""What happens around each call of a brain."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from langchain.agents.middleware import AgentMiddleware, ExtendedModelResponse, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import Command

from agent.builtin import BuiltinBrain
from agent.exchange import Exchange
from agent.rows import attached_rows
from agent.state import State, workspace_of
from tools.core.errors import FasttrackError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langgraph.runtime import Runtime

GATED = "run_plan"
PASTED = "pasted_in_chat.jsonl"

log = logging.getLogger(__name__)


class Turn(AgentMiddleware[State, Any, Any]):
    """Hands the state to the built-in brain, and language models to `Exchange`; notes which question is open."""

    state_schema = State

    def before_model(self, state: State, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Words that came while a plan was pending stand after its rejection, as what they are: the person's message."""
        said = state.get("said")
        return {"messages": [HumanMessage(said)], "said": None} if said else None

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
        """The brain's message, whatever happens; a brain that breaks is told in words."""
        update: dict[str, Any] = {}
        try:
            if isinstance(request.model, BuiltinBrain):
                response = handler(_with_state(request))
            else:
                extended = Exchange(request, handler).response()
                response, update = extended.model_response, _update(extended)
        except FasttrackError as problem:
            response = _broken(str(problem), problem.as_dict())
        except Exception as problem:
            log.exception("the brain failed")
            error = defect("the brain to answer", problem)
            response = _broken(
                f"Something went wrong inside me ({error['found']}). Nothing is lost; please say it again.", error
            )
        message = response.result[-1]
        state: dict[str, Any] = {**request.state}
        changed: dict[str, Any] = dict(update.get("workspace", {}))
        changed |= _with_pasted(message, {**state, "workspace": state["workspace"] | changed})
        noted: dict[str, Any] = _noted(message, state)
        return ExtendedModelResponse(response, Command(update={**update, **noted, "workspace": changed}))


def _update(extended: ExtendedModelResponse[Any]) -> dict[str, Any]:
    found = extended.command.update if extended.command else None
    return dict(found) if isinstance(found, dict) else {}


def defect(expected: str, problem: Exception) -> dict[str, str]:
    """A failure that nobody foresaw, in the form of the contract's error."""
    found = f"{type(problem).__name__}: {problem}"
    return {
        "code": "internal",
        "expected": expected,
        "found": found,
        "remedy": "Nothing is lost. Try again, or say it otherwise.",
    }


def _with_state(request: ModelRequest[Any]) -> ModelRequest[Any]:
    state = {name: value for name, value in request.state.items() if name != "messages"}
    return request.override(model_settings={**request.model_settings, "state": state})


def _with_pasted(message: BaseMessage, state: dict[str, Any]) -> dict[str, Any]:
    """Examples that the person pasted become an attachment, before they are recorded: the workspace's fields that change."""
    pasted = message.additional_kwargs.get("pasted") if isinstance(message, AIMessage) else None
    if not pasted:
        return {}
    workspace = workspace_of(state)
    attachment = attached_rows(pasted, PASTED)
    if attachment.id in {known.id for known in workspace.attachments}:
        return {}
    changed = {"attachments": [*workspace.attachments, attachment], "inspected": [*workspace.inspected, attachment.id]}
    return workspace.model_copy(update=changed).model_dump(mode="json", include=set(changed))


def _broken(words: str, error: dict[str, str]) -> ModelResponse[Any]:
    """What a brain says that could not think."""
    return ModelResponse(result=[AIMessage(words, additional_kwargs={"error": error})])


def _noted(message: BaseMessage, state: dict[str, Any]) -> dict[str, Any]:
    """Which question is open after this message: unchanged while the brain works or broke, none after a plan or plain words."""
    if not isinstance(message, AIMessage) or any(call["name"] != GATED for call in message.tool_calls):
        return {}
    if message.additional_kwargs.get("error"):
        return {}
    question = message.additional_kwargs.get("question")
    if not question:
        return {"asked": None}
    return {"asked": question["field"], "questions_asked": state.get("questions_asked", 0) + 1}
