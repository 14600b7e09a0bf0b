"""The approval gate and what a turn survives, with a brain that plays a script: what holds here holds for every brain."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import PrivateAttr

from agent import graph
from agent.binding import bound
from tools import TOOLS
from tools.core.plan import Candidate, Estimate, Plan
from tools.core.task import MetricSpec, TaskSpec
from tools.workspace import Workspace

THREAD: Any = {"configurable": {"thread_id": "t"}}


class Scripted(BaseChatModel):
    """Says one message after the other; after the last it says `done`."""

    script: list[Any]
    _rest: Iterator[Any] = PrivateAttr()

    def model_post_init(self, context: Any) -> None:
        self._rest = iter(self.script)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        said = next(self._rest, AIMessage("done"))
        if isinstance(said, Exception):
            raise said
        return ChatResult(generations=[ChatGeneration(message=said)])


def calling(tool: str, number: int = 1, **arguments: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": f"call-{number}"}])


def a_plan() -> Plan:
    candidate = Candidate(name="majority", approach="baseline", title="-", reason="-", estimate=Estimate(minutes=0.1))
    return Plan(task=TaskSpec(), attachments={}, candidates=[candidate], metric=MetricSpec(name="accuracy"), test_rows=9)


def an_agent(*script: Any, workspace: Workspace | None = None) -> Any:
    agent = graph.build(Scripted(script=list(script)), InMemorySaver())
    given = workspace or Workspace(key="t", plan=a_plan())
    agent.invoke({"messages": [HumanMessage("go")], "workspace": given.model_dump(mode="json")}, THREAD)
    return agent


def messages_of(agent: Any) -> list[BaseMessage]:
    return list(agent.get_state(THREAD).values["messages"])


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hashes of the plans that were started; nothing is really built."""
    from tools.jobs import runner

    hashes: list[str] = []

    def start(plan: Plan, approval: dict[str, Any], key: str, **more: Any) -> str:
        hashes.append(plan.hash)
        return "run-000000000000"

    monkeypatch.setattr(runner, "start", start)
    return hashes


def test_a_brain_sees_the_nine_tools_and_no_workspace() -> None:
    names = [
        "inspect_data",
        "record_task",
        "propose_plan",
        "run_plan",
        "run_status",
        "explain_results",
        "try_prototype",
        "export_prototype",
        "ask_for_labels",
    ]
    tools = [bound(tool) for tool in TOOLS]
    assert [tool.name for tool in tools] == names
    for tool in tools:
        schema: Any = tool.tool_call_schema
        assert not {"workspace", "runtime"} & set(schema.model_json_schema()["properties"])
        assert tool.description


def test_run_plan_waits_for_a_person(started: list[str]) -> None:
    agent = an_agent(calling("run_plan", plan_hash=a_plan().hash))
    assert [request["name"] for request in agent.get_state(THREAD).interrupts[0].value["action_requests"]] == ["run_plan"]
    assert started == []


@pytest.mark.parametrize("kind", ["edit", "respond"])
def test_only_approve_and_reject_are_decisions(kind: str, started: list[str]) -> None:
    agent = an_agent(calling("run_plan", plan_hash=a_plan().hash))
    other = {"name": "export_prototype", "args": {}}
    with pytest.raises(ValueError, match=r"Expected one of \['approve', 'reject'\]"):
        agent.invoke(Command(resume={"decisions": [{"type": kind, "edited_action": other, "message": "ok"}]}), THREAD)
    assert started == []


def test_approving_the_call_is_not_enough_without_the_persons_approval_of_this_plan(started: list[str]) -> None:
    agent = an_agent(calling("run_plan", plan_hash=a_plan().hash))
    agent.invoke(Command(resume={"decisions": [{"type": "approve"}]}), THREAD)
    answer = json.loads(next(m for m in messages_of(agent) if isinstance(m, ToolMessage)).text)
    assert answer["error"]["code"] == "needs-approval"
    assert started == []


def test_an_approval_of_another_plan_starts_nothing(started: list[str]) -> None:
    workspace = Workspace(key="t", plan=a_plan(), approval={"plan_hash": "0123456789abcdef"})
    agent = an_agent(calling("run_plan", plan_hash=a_plan().hash), workspace=workspace)
    agent.invoke(Command(resume={"decisions": [{"type": "approve"}]}), THREAD)
    assert started == []


def test_the_approved_plan_is_started(started: list[str]) -> None:
    plan = a_plan()
    workspace = Workspace(key="t", plan=plan, approval={"plan_hash": plan.hash})
    agent = an_agent(calling("run_plan", plan_hash=plan.hash), workspace=workspace)
    agent.invoke(Command(resume={"decisions": [{"type": "approve"}]}), THREAD)
    assert started == [plan.hash]
    assert agent.get_state(THREAD).values["workspace"]["run_id"] == "run-000000000000"


def test_words_sent_while_a_plan_waits_follow_its_rejection_and_leave_no_call_unanswered(started: list[str]) -> None:
    agent = an_agent(calling("run_plan", plan_hash=a_plan().hash), AIMessage("I see"))
    rejection = {"decisions": [{"type": "reject", "message": "use the price"}]}
    agent.invoke(Command(resume=rejection, update={"said": "use the price"}), THREAD)
    told = [(message.type, str(message.text)) for message in messages_of(agent)]
    spoken = told.index(("human", "use the price"))
    assert (told[spoken - 1][0], told[spoken + 1]) == ("tool", ("ai", "I see"))
    assert started == []


def test_a_crash_inside_a_tool_is_answered_and_the_conversation_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_status(workspace: Workspace) -> dict[str, Any]:
        """Crashes."""
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(graph, "TOOLS", (run_status,))
    agent = an_agent(calling("run_status"), AIMessage("I could not look at it"), workspace=Workspace(key="t", plan=a_plan()))
    answer = json.loads(next(m for m in messages_of(agent) if isinstance(m, ToolMessage)).text)
    assert answer["error"]["found"] == "RuntimeError: the disk is on fire"
    assert messages_of(agent)[-1].text.startswith("I could not look at it")


def test_the_state_is_plain_json() -> None:
    agent = an_agent(calling("record_task", patch={"kind": "tabular-regression", "target": "price"}))
    workspace = agent.get_state(THREAD).values["workspace"]
    assert json.loads(json.dumps(workspace)) == workspace
    assert workspace["task"]["target"] == "price"
