"""What is sent to a language model that speaks as a brain: one path makes it, for the model and for the person who looks at it.

Everything is masked (keys, cards, addresses). Where values may not leave, tool answers hold only what `disclosing` names, and
words that were written here and quote the data are left out. Data stands between marks that it cannot know, so it cannot
end them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage, trim_messages
from langchain_core.messages.utils import count_tokens_approximately

from agent import disclosing, looking
from agent.sight import Sight
from agent.state import WRITTEN_BY, workspace_of
from agent.understanding import pasted
from agent.understanding.wishes import supported
from prompts import render
from tools.core.language_model import LanguageModel
from tools.llm.masking import masked
from tools.workspace import Workspace

if TYPE_CHECKING:
    from agent.brains import Choice

SAW_VALUES = "saw_values"  # whether it had seen values then
TOKENS = {"openai": 24_000, "llamacpp": 3_000}  # of a conversation, roughly; the oldest messages are left out
FEW_TOKENS = 750  # where that was too long for the model
LANGUAGES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish"}
PLAIN_ARGUMENTS = ("attachment", "plan_hash", "preferences", "rows")
PLAIN_FIELDS = ("kind", "inputs", "target", "horizon", "excluded_columns", "group_column", "time_column", "constraints")


def request(
    state: Mapping[str, Any], messages: Sequence[BaseMessage], model: LanguageModel | None, tokens: int | None = None
) -> tuple[SystemMessage, list[BaseMessage]]:
    """The system prompt and the messages, as they are sent. tokens: how long the messages may be, roughly."""
    workspace = workspace_of(state)
    sight = Sight.of(workspace, model, messages)
    boundary = _boundary(workspace)
    sent = [_sent(message, sight, boundary) for message in messages if not _is_silent(message)]
    return _system(workspace, sight, boundary), _fitting(sent, tokens or TOKENS[model.kind if model else "openai"])


def payload(state: Mapping[str, Any], words: str, choice: Choice) -> str:
    """The exact text that these words would send as the next message: the request's JSON. Empty for the built-in brain.

    state: of the graph, with a workspace that holds what goes with the next message.
    """
    model = choice.language_model
    if model is None:
        return ""
    from agent.binding import bound
    from agent.brains import brain_named
    from tools import TOOLS

    messages = [*state.get("messages", [])]
    messages += [_rejected(call) for call in _open_calls(messages)]
    workspace, looked = looking.foretold(workspace_of(state))
    after = {**state, "workspace": workspace.model_dump(mode="json")}
    system, sent = request(after, [*messages, HumanMessage(words), *looked], model)
    brain: Any = brain_named(choice)
    return json.dumps(brain.body([system, *sent], [bound(tool) for tool in TOOLS]), ensure_ascii=False, indent=2)


def _system(workspace: Workspace, sight: Sight, boundary: str) -> SystemMessage:
    task = workspace.task
    return SystemMessage(
        render(
            "brain/system",
            language=LANGUAGES[task.language] if task.words else "the language of the person",
            supported=", ".join(sorted(supported())),
            boundary=boundary,
            sees=render("brain/sees_values" if sight.values else "brain/sees_no_values").strip(),
            state=_guarded(_standing(workspace, sight), boundary),
        )
    )


def _standing(workspace: Workspace, sight: Sight) -> str:
    """How things stand, as JSON."""
    plan = workspace.plan
    standing = {
        "task": disclosing.task(workspace.task, sight),
        "verdict": workspace.verdict,
        "missing": list(workspace.missing(sight.profile)),
        "files": [attachment.name for attachment in workspace.attachments],
        "plan": {"plan_hash": plan.hash, "waits_for_approval": workspace.plan_waits} if plan else None,
        "run": workspace.run_id,
        "labelling_card_open": workspace.labelling is not None,
    }
    return json.dumps(standing, ensure_ascii=False)


def _sent(message: BaseMessage, sight: Sight, boundary: str) -> BaseMessage:
    """One message as it is sent: nothing of it but role, words and tool calls."""
    if isinstance(message, HumanMessage):
        return HumanMessage(_guarded(_words(str(message.text), sight), boundary))
    if isinstance(message, ToolMessage):
        return ToolMessage(_answer(message, sight, boundary), tool_call_id=message.tool_call_id, name=message.name)
    if not isinstance(message, AIMessage):
        return SystemMessage("")  # there are none in a conversation
    own = sight.values or (WRITTEN_BY in message.additional_kwargs and not message.additional_kwargs.get(SAW_VALUES))
    words = str(message.text)
    if not own and words:
        words = render("brain/quoted").strip()
    calls = [{**call, "args": _arguments(call["args"], own)} for call in message.tool_calls]
    return AIMessage(_guarded(masked(words), boundary), tool_calls=calls)


def _is_silent(message: BaseMessage) -> bool:
    """A question that the model had asked in its own words: nothing was said."""
    return isinstance(message, AIMessage) and not message.text and not message.tool_calls


def _words(words: str, sight: Sight) -> str:
    """The person's words; rows that they pasted are data, and stay where data stays."""
    used = set() if sight.values else pasted.find(words).used
    if not used:
        return masked(words)
    kept = [line for number, line in enumerate(words.splitlines()) if number not in used]
    return masked("\n".join([*kept, render("brain/pasted", lines=len(used)).strip()]))


def _answer(message: ToolMessage, sight: Sight, boundary: str) -> str:
    text = str(message.text)
    if not text.startswith("{"):
        return render("brain/decided").strip() if message.name == "run_plan" else masked(text) if sight.values else "failed"
    shown = disclosing.disclosed(str(message.name), json.loads(text), sight)
    inside = _guarded(masked(json.dumps(shown, ensure_ascii=False)), boundary)
    return f"<data {boundary}>{inside}</data {boundary}>"


def _arguments(arguments: Mapping[str, Any], own: bool) -> dict[str, Any]:
    """A tool call's arguments: all of the model's own, of others only what is named here."""
    if own:
        return dict(_masked_within(arguments))
    kept = {name: value for name, value in arguments.items() if name in PLAIN_ARGUMENTS}
    if isinstance(patch := arguments.get("patch"), Mapping):
        kept["patch"] = {name: patch[name] for name in PLAIN_FIELDS if patch.get(name)}
    return kept


def _masked_within(value: Any) -> Any:
    """The same value with every text in it masked."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {name: _masked_within(part) for name, part in value.items()}
    return [_masked_within(part) for part in value] if isinstance(value, list | tuple) else value


def _guarded(text: str, boundary: str) -> str:
    """Text without the mark: nobody but code ends data."""
    return text.replace(boundary, "")


def _boundary(workspace: Workspace) -> str:
    """The conversation's own mark. Its id is random and stands in no data."""
    return hashlib.sha256(f"data of {workspace.key}".encode()).hexdigest()[:10]


def _fitting(messages: list[BaseMessage], tokens: int) -> list[BaseMessage]:
    """The latest messages that fit, from a message of the person on; that one always."""
    kept = trim_messages(
        messages, max_tokens=tokens, token_counter=count_tokens_approximately, strategy="last", start_on="human"
    )
    last = max(number for number, message in enumerate(messages) if isinstance(message, HumanMessage))
    return kept or messages[last:]


def _open_calls(messages: Sequence[BaseMessage]) -> list[Any]:
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    calls = [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
    return [call for call in calls if call["id"] not in answered]


def _rejected(call: Mapping[str, Any]) -> ToolMessage:
    """What words do to a plan that waits."""
    return ToolMessage("rejected", tool_call_id=str(call["id"]), name=call["name"], status="error")
