"""A language model that does its work: it records the task, proposes the plan, shows it, and answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from chat_server import ChatServer, call
from chat_wire import Said

BRAIN = "openai:test-model"
Answer = Callable[[dict[str, Any]], "str | Said"]
Answers = Iterator[str | Said]
Serve = Callable[[Answer], ChatServer]  # what the fixture `served` gives


def tools_called(request: dict[str, Any]) -> list[str]:
    """Names of the tools whose calls stand in the request since the person's last words."""
    messages = request["messages"]
    last = max(number for number, message in enumerate(messages) if message["role"] == "user")
    return [one["function"]["name"] for message in messages[last:] for one in message.get("tool_calls") or []]


def plan_hash(request: dict[str, Any]) -> str:
    return str(re.findall(r"plan_hash\W+([0-9a-f]{16})", json.dumps(request["messages"]))[-1])


def good(request: dict[str, Any]) -> str | Said:
    """A model that does its work: record, propose, show the plan, and then says what it was asked."""
    done = tools_called(request)
    if str(request["messages"][-1]["content"]).startswith("The person did not approve"):
        return "What should be different?"
    if "record_task" not in done and "run_plan" not in json.dumps(request["messages"][1:]):
        patch = {
            "kind": "text-classification",
            "target": "team",
            "inputs": ["message"],
            "instruction": "Read the mail, pick the team.",
        }
        return call("record_task", patch=patch)
    if "propose_plan" not in done and done:
        return call("propose_plan")
    if done:
        return Said(text="Here is what I suggest.", calls=[("run_plan", {"plan_hash": plan_hash(request)})])
    return "Nothing is built before you approve it."


def bodies(server: ChatServer) -> str:
    return json.dumps(server.requests, ensure_ascii=False)
