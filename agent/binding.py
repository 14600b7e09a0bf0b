"""Tools as a brain is given them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool, InjectedToolArg, StructuredTool
from langgraph.prebuilt import ToolRuntime
from langgraph.types import Command
from pydantic import create_model

from agent import limits, reading
from agent.state import WRITTEN_BY, difference, workspace_of


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


def _is_written_by_a_model(state: Any) -> bool:
    """Whether a language model wrote the tool call that is carried out, not the built-in brain."""
    wrote = next(message for message in reversed(state["messages"]) if isinstance(message, AIMessage) and message.tool_calls)
    return WRITTEN_BY in wrote.additional_kwargs and "intent" not in wrote.additional_kwargs
