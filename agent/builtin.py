"""The built-in brain: no language model; the same tool calls, chosen by code from the state of the conversation."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable

from agent import narration
from agent.interview import questions
from agent.preferences import preferences_in
from agent.understanding import Understanding, understand
from tools.core.task import Question, QuestionField
from tools.overrides import apply
from tools.workspace import Workspace

QUESTIONS_AT_MOST = 3
FINAL_VERDICTS = ("not-ml", "not-supported")
COMMANDS = {"/try": "try_prototype", "/download": "export_prototype", "/label": "ask_for_labels", "/results": "explain_results"}


class BuiltinBrain(BaseChatModel):
    """A chat model for LangChain's agent. The middleware hands it the state; without it there is nothing to decide from."""

    @property
    def _llm_type(self) -> str:
        return "fasttrack-builtin"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """It knows the tools by name already; only the state is kept for the call."""
        return cast("Runnable[Any, AIMessage]", self.bind(**{name: kwargs[name] for name in ("state",) if name in kwargs}))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = next_move(Situation.of(messages, kwargs["state"]))
        return ChatResult(generations=[ChatGeneration(message=message)])


@dataclass(frozen=True)
class Situation:
    """What a move is chosen from. intent: of the person's last words, once they were understood."""

    messages: Sequence[BaseMessage]
    workspace: Workspace
    asked: QuestionField | None
    questions_asked: int

    @classmethod
    def of(cls, messages: Sequence[BaseMessage], state: Mapping[str, Any]) -> Situation:
        """From the graph's messages and state."""
        workspace = Workspace.model_validate(state["workspace"])
        return cls(messages, workspace, state.get("asked"), state.get("questions_asked") or 0)

    @property
    def last(self) -> BaseMessage:
        """What just happened: the person's words, or a tool's answer."""
        return self.messages[-1]

    @property
    def words(self) -> str:
        """The person's last words."""
        return next((str(message.text) for message in reversed(self.messages) if isinstance(message, HumanMessage)), "")

    @property
    def intent(self) -> str:
        """What the person meant, as noted at the last `record_task`."""
        calls = (message for message in reversed(self.messages) if isinstance(message, AIMessage))
        return next((str(call.additional_kwargs["intent"]) for call in calls if "intent" in call.additional_kwargs), "task")

    @property
    def data_are_told(self) -> bool:
        """Whether a plan was shown since data were looked at last: what was read need not be said again."""
        for message in reversed(self.messages):
            if isinstance(message, AIMessage) and any(one["name"] == "run_plan" for one in message.tool_calls):
                return True
            if isinstance(message, ToolMessage) and message.name == "inspect_data":
                return False
        return False

    def understood(self) -> Understanding:
        """The person's last words, read against what is known."""
        workspace, profile = self.workspace, self.workspace.profile()
        return understand(self.words, apply(workspace.task, workspace.overrides, profile), profile, self.asked)

    def open_questions(self) -> list[Question]:
        """What a plan still needs, most needed first."""
        workspace = self.workspace
        return questions(workspace.task, workspace.profile(), workspace.verdict or "needs-answer")


def next_move(situation: Situation) -> AIMessage:
    """Words, or one tool call."""
    last = situation.last
    if not isinstance(last, ToolMessage):
        return heard(situation)
    answer = _answer(last)
    if "error" in answer:
        return say(narration.error(situation.workspace.task, answer["error"]))
    return AFTER[str(last.name)](situation, answer)


def heard(situation: Situation) -> AIMessage:
    """The person said something (or attached something and said it): look first, then understand, then record."""
    workspace = situation.workspace
    if {attachment.id for attachment in workspace.attachments} - set(workspace.inspected):
        return call("inspect_data")
    if workspace.labelled_column and workspace.labelled_column != workspace.task.target:
        sure = {**workspace.task.confidence, "target": 1.0, "kind": 1.0}
        return call("record_task", {"patch": {"target": workspace.labelled_column, "confidence": sure}}, intent="change")
    command, _, rest = situation.words.strip().partition(" ")
    if command.lower() in COMMANDS:
        return _commanded(COMMANDS[command.lower()], rest.strip())
    found = situation.understood()
    before, after = workspace.task.model_dump(mode="json"), found.task.model_dump(mode="json")
    patch = {name: value for name, value in after.items() if before[name] != value}
    patch |= {"verdict": found.status, "reason": found.reason}
    return call("record_task", {"patch": patch}, intent=found.intent, pasted=found.pasted)


def looked(situation: Situation, answer: Mapping[str, Any]) -> AIMessage:
    """After `inspect_data`: the words that came with the file."""
    return heard(situation)


def recorded(situation: Situation, answer: Mapping[str, Any]) -> AIMessage:
    """After `record_task`: refuse, chat, ask, or plan."""
    workspace, intent = situation.workspace, situation.intent
    open_questions = situation.open_questions()
    if workspace.verdict in FINAL_VERDICTS:
        words = narration.refusal(workspace.task, workspace.profile(), workspace.verdict, workspace.reason)
        return say(words, open_questions, asking=False)
    if intent == "results" and workspace.run_id:
        return call("run_status")
    if intent in ("greeting", "about", "smalltalk") or (intent == "approve-words" and workspace.plan_waits):
        words = narration.smalltalk(workspace.task, intent)
        return _show_plan_again(workspace, words) if workspace.plan_waits else say(words, open_questions)
    if not open_questions:
        preferences = preferences_in(situation.words, workspace.plan)
        if workspace.plan and not preferences:  # the words changed nothing, so it is the same plan that waits, or that runs
            if not workspace.plan_waits:
                return call("run_status")
            return _show_plan_again(workspace, narration.smalltalk(workspace.task, "approve-words"))
        return call("propose_plan", {"preferences": preferences} if preferences else {})
    question = open_questions[0]
    if situation.questions_asked >= QUESTIONS_AT_MOST and question.recommended is not None:
        found = understand(question.recommended, workspace.task, workspace.profile(), question.field)
        patch = {**found.task.model_dump(mode="json"), "verdict": found.status, "reason": found.reason}
        return call("record_task", {"patch": patch}, intent=intent)
    return say(narration.asking(workspace.task, workspace.profile(), question), open_questions)


def proposed(situation: Situation, answer: Mapping[str, Any]) -> AIMessage:
    """After `propose_plan`: show it and ask for approval, which only the person can give."""
    workspace = situation.workspace
    if workspace.plan is None:
        return say(narration.smalltalk(workspace.task, "about"))
    profile = workspace.profile(workspace.task)
    words = narration.plan(workspace.task, profile, workspace.plan, again=situation.data_are_told)
    return call("run_plan", {"plan_hash": workspace.plan.hash}, words)


def started(situation: Situation, answer: Mapping[str, Any]) -> AIMessage:
    """After `run_plan`: it runs, or the person turned the plan down without a word."""
    workspace = situation.workspace
    if cast(ToolMessage, situation.last).status == "error":
        return say(narration.turned_down(workspace.task))
    return say(narration.started(workspace.task, float(answer["minutes"])))


def asked_how_it_goes(situation: Situation, answer: Mapping[str, Any]) -> AIMessage:
    """After `run_status`: the results where it is finished, else how far it is."""
    if answer.get("finished"):
        return call("explain_results")
    return say(narration.progress(situation.workspace.task, dict(answer)))


def explained(situation: Situation, answer: Mapping[str, Any]) -> AIMessage:
    """After `explain_results`."""
    return say(narration.results(situation.workspace.task, dict(answer)))


def tried(situation: Situation, answer: Mapping[str, Any]) -> AIMessage:
    """After `try_prototype`."""
    return say(narration.tried(situation.workspace.task, answer["answer"]))


def exported(situation: Situation, answer: Mapping[str, Any]) -> AIMessage:
    """After `export_prototype`."""
    return say(narration.exported(situation.workspace.task, answer["prototype"], answer["size_mb"]))


def handed_out(situation: Situation, answer: Mapping[str, Any]) -> AIMessage:
    """After `ask_for_labels`."""
    return say(narration.labelling(situation.workspace.task, answer["rows"]))


AFTER: dict[str, Callable[[Situation, Mapping[str, Any]], AIMessage]] = {
    "inspect_data": looked,
    "record_task": recorded,
    "propose_plan": proposed,
    "run_plan": started,
    "run_status": asked_how_it_goes,
    "explain_results": explained,
    "try_prototype": tried,
    "export_prototype": exported,
    "ask_for_labels": handed_out,
}


def say(words: str, open_questions: Sequence[Question] = (), asking: bool = True) -> AIMessage:
    """Words for the person; the first open question is the one that is asked."""
    listed = [question.model_dump(mode="json") for question in open_questions]
    extra: dict[str, Any] = {"questions": listed}
    if asking and listed:
        extra["question"] = listed[0]
    return AIMessage(words, additional_kwargs=extra)


def call(tool: str, arguments: dict[str, Any] | None = None, words: str = "", **noted: Any) -> AIMessage:
    """One tool call, with words that are shown before it."""
    return AIMessage(
        words,
        tool_calls=[{"name": tool, "args": arguments or {}, "id": f"call_{uuid.uuid4().hex[:12]}"}],
        additional_kwargs=noted,
    )


def is_command(words: str) -> bool:
    """Whether the words are a slash command, which every brain leaves to code."""
    return words.strip().partition(" ")[0].lower() in COMMANDS


def _commanded(tool: str, rest: str) -> AIMessage:
    """A slash command. `/try a=1, b=2` gives a row, other text is the text itself."""
    if tool != "try_prototype":
        return call(tool)
    pairs = [part.partition("=") for part in rest.split(",")]
    if rest and all(sign for _, sign, _ in pairs):
        return call(tool, {"row": {name.strip(): value.strip() for name, _, value in pairs}})
    return call(tool, {"text": rest})


def _show_plan_again(workspace: Workspace, words: str) -> AIMessage:
    """The same plan, the same hash, a new card."""
    return call("run_plan", {"plan_hash": workspace.plan.hash if workspace.plan else ""}, words)


def _answer(message: ToolMessage) -> dict[str, Any]:
    """The JSON object that a tool answered; empty for the library's own words (a rejection, an interruption)."""
    text = str(message.text)
    return cast("dict[str, Any]", json.loads(text)) if text.startswith("{") else {}
