"""Whether a language model's answer can be used: one known tool call that fits, or words that are whole and honest."""

from __future__ import annotations

import json
import re
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage
from pydantic import BaseModel, ValidationError

from agent import figures, limits
from tools.workspace import Workspace

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_core.tools import BaseTool

BROKEN = frozenset({None, "", "error", "insufficient_system_resource"})  # how an answer ends that is not whole
GATED = "run_plan"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # would steer a terminal
THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
CALL_AS_WORDS = re.compile(
    r"<\|?tool_call|\[TOOL_CALLS\]|<function=|^\s*(?:```(?:json)?\s*)?\{\s*\"(?:name|tool|function)\"", re.IGNORECASE
)
REFUSAL = re.compile(
    r"^\W*(?:i(?:'|’)?m (?:very |really )?sorry,?|sorry,?|i apologi[sz]e\b|unfortunately,?|as an ai\b.{0,40}?|"
    r"es tut mir leid,?|tut mir leid,?|je suis désolée?,?|désolée?,?|lo siento,?)?\W*(?:but |aber |mais |pero )?"
    r"(?:i (?:cannot|can(?:'|’)t|can not|won(?:'|’)t|am (?:not able|unable)|must decline)\b.{0,30}?"
    r"\b(?:assist|help|comply|fulfil|fulfill|continue|do that|discuss|with (?:that|this)|request)|"
    r"(?:dabei )?(?:kann|darf) ich (?:dabei |damit |ihnen |dir )?(?:leider )?nicht (?:helfen|weiterhelfen)|"
    r"je ne peux pas (?:vous |t(?:'|’))?aider|no puedo (?:ayudar|ayudarte|ayudarle))",
    re.IGNORECASE | re.DOTALL,
)
REFUSAL_AT_MOST = 400  # characters; a longer answer says more than no
MALFORMED = "malformed"
LONG = 200  # characters
REPETITIVE = 7  # times shorter when packed; prose gets two or three times shorter


@dataclass(frozen=True)
class Problem:
    """Why an answer cannot be used. code: for the words that the person gets; text: exact, for the model that mends it."""

    code: str
    text: str


def cleaned(message: AIMessage, taken: set[str]) -> AIMessage:
    """The answer reduced to what is used: words without thoughts, and one tool call with an id of its own.

    taken: message ids of the conversation, which some endpoints give again.
    """
    words = CONTROL.sub("", THOUGHTS.sub("", str(message.text))).strip()
    calls = [{**call, "id": f"call_{uuid.uuid4().hex[:12]}"} for call in message.tool_calls[:1]]
    return AIMessage(
        words, tool_calls=calls, id=None if message.id in taken else message.id, usage_metadata=message.usage_metadata
    )


def problem(
    answer: AIMessage,
    tools: Sequence[BaseTool],
    workspace: Workspace,
    messages: Sequence[BaseMessage],
    streamed: bool,
) -> Problem | None:
    """What is wrong with an answer as it came; None where it can be used. streamed: a whole answer says how it ended."""
    finish = answer.response_metadata.get("finish_reason")
    words = THOUGHTS.sub("", str(answer.text)).strip()
    if finish == "length":
        return Problem("cut", "it was cut off at the limit of tokens; be shorter")
    if finish == "content_filter":
        return Problem("refusal", "it was stopped by a content filter")
    if answer.additional_kwargs.get("refusal"):
        return Problem("refusal", "it was a refusal; the task is harmless unless record_task says otherwise")
    if malformed := answer.additional_kwargs.get(MALFORMED):
        return Problem("form", str(malformed))
    if streamed and finish in BROKEN:
        return Problem("cut", "it stopped half way")
    if answer.invalid_tool_calls and not answer.tool_calls:
        call = answer.invalid_tool_calls[0]
        return Problem(
            "form", f"the arguments of {call.get('name')} are no JSON object ({call.get('error') or 'they cannot be read'})"
        )
    if answer.tool_calls:
        return _call_problem(answer.tool_calls[0], tools, workspace, messages) or _words_problem(words, workspace, messages)
    if not words:
        return Problem("empty", "it was empty; call one tool, or say something to the person")
    return _words_problem(words, workspace, messages)


def _call_problem(
    call: Any, tools: Sequence[BaseTool], workspace: Workspace, messages: Sequence[BaseMessage]
) -> Problem | None:
    by_name = {tool.name: tool for tool in tools}
    name, arguments = call["name"], call["args"]
    if name not in by_name:
        return Problem("unknown-tool", f"there is no tool {name!r}; the tools are {', '.join(by_name)}")
    schema = by_name[name].tool_call_schema
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        strange = sorted(set(arguments) - set(schema.model_fields))
        if strange:
            return Problem(
                "arguments", f"{name} takes {', '.join(schema.model_fields) or 'no arguments'}, not {', '.join(strange)}"
            )
        try:
            schema.model_validate(arguments)
        except ValidationError as error:
            return Problem("arguments", f"the arguments of {name} do not fit: {_listed(error)}")
    return _gate_problem(arguments, workspace, messages) if name == GATED else None


def _gate_problem(arguments: Mapping[str, Any], workspace: Workspace, messages: Sequence[BaseMessage]) -> Problem | None:
    """Only the plan that waits is shown to the person for approval, under its own hash."""
    plan = workspace.plan
    if plan is None:
        return Problem("arguments", "run_plan needs a plan, and there is none; call propose_plan first")
    if arguments.get("plan_hash") != plan.hash:
        return Problem("arguments", f"run_plan needs the hash of the plan that was proposed last ({plan.hash})")
    if limits.is_turned_down(messages):
        return Problem("arguments", "the person has just turned this plan down; ask what should be different")
    if workspace.run_id is not None and not workspace.plan_waits:
        return Problem(
            "arguments", "this plan was approved already and its run was started; call run_status to see how it goes"
        )
    return None


def _words_problem(words: str, workspace: Workspace, messages: Sequence[BaseMessage]) -> Problem | None:
    if len(words) >= LONG and len(zlib.compress(words.encode())) * REPETITIVE < len(words.encode()):
        return Problem("form", "it repeated itself without end; say it once")
    if CALL_AS_WORDS.search(words):
        return Problem("form", "a tool call stood in the words; use the form of a tool call")
    if len(words) <= REFUSAL_AT_MOST and REFUSAL.search(words):
        return Problem(
            "refusal", "it was a refusal; where a task must be refused, call record_task with the verdict not-ml and a reason"
        )
    made_up = figures.invented(words, figures.known(workspace, messages)) if re.search(r"\d|[a-z]", words) else []
    if made_up:
        return Problem(
            "score", f"no tool gave {', '.join(made_up[:5])}; state no score, percentage or decimal that no tool gave"
        )
    return None


def _listed(error: ValidationError) -> str:
    """Where and what, in a line."""
    found = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors(include_url=False)[:4]]
    return "; ".join(found) or json.dumps(str(error))
