"""The state of a conversation: plain JSON, so that a checkpoint of today can be read tomorrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

from langchain.agents import AgentState

from tools.workspace import Workspace

WRITTEN_BY = "brain"  # in additional_kwargs of a message that a language model wrote: which one


def merged(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Any]:
    """Fields of the new over fields of the old, so that two tools of one step do not undo each other."""
    return {**(old or {}), **(new or {})}


class State(AgentState[Any]):
    """workspace: a Workspace as JSON. asked: the field of the question that is open. questions_asked: so far, of three.

    said: words that a person sent while a plan was pending; they follow the rejection as a message of their own.
    announced: id of the run whose end was told, with how and after how many working seconds it ended.
    turn, record: what a language model has taken of this turn, and how it did in this conversation (`limits.Spent`, `Record`).
    consents: brain and endpoint -> whether the person wants it to speak here.
    """

    workspace: Annotated[dict[str, Any], merged]
    asked: NotRequired[str | None]
    questions_asked: NotRequired[int]
    said: NotRequired[str | None]
    announced: NotRequired[str | None]
    turn: NotRequired[dict[str, Any] | None]
    record: NotRequired[dict[str, Any] | None]
    consents: NotRequired[dict[str, bool]]


def workspace_of(state: Mapping[str, Any]) -> Workspace:
    """The workspace, opened."""
    return Workspace.model_validate(state["workspace"])


def difference(before: Workspace, after: Workspace) -> dict[str, Any]:
    """The fields that a tool changed, as JSON."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {name: value for name, value in new.items() if old[name] != value}
