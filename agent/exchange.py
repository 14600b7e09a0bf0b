"""One question to a language model and what becomes of its answer: used, mended once, or left to the built-in brain."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from langchain.agents.middleware import ExtendedModelResponse, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, RemoveMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.types import Command
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from agent import builtin, checking, closing, limits, looking, narration, outgoing
from agent.checking import Problem
from agent.sight import Sight
from agent.state import WRITTEN_BY, workspace_of
from agent.understanding import language
from prompts import render
from tools.core.language_model import LanguageModel, Usage
from tools.core.task import Language
from tools.llm import failures, waiting
from tools.llm.masking import masked

ATTEMPTS = 3
PAUSE = wait_random_exponential(multiplier=0.5, max=8)  # seconds between attempts
TELLING_TOOLS = frozenset({"run_plan", "run_status", "explain_results", "try_prototype", "export_prototype", "ask_for_labels"})


Handler = Callable[[ModelRequest[Any]], ModelResponse[Any]]
log = logging.getLogger(__name__)


class NoAnswer(Exception):
    """The model gave nothing that can be used. code: for the words that the person gets."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.text)


class Exchange:
    """One call of a language model inside a turn. response() always is a message for the conversation."""

    def __init__(self, request: ModelRequest[Any], handler: Handler) -> None:
        self.request, self.handler = request, handler
        self.state: dict[str, Any] = dict(request.state)
        self.messages: list[BaseMessage] = list(request.messages)
        self.model: LanguageModel | None = getattr(request.model, "language_model", None)
        self.workspace = workspace_of(self.state)
        self.spent = limits.spent(self.state, self.messages)
        self.record = limits.record(self.state)
        self.usage = Usage()

    def response(self) -> ExtendedModelResponse[Any]:
        """The model's message, or the built-in brain's."""
        self.spent.handed |= self._is_told_by_code() or builtin.is_command(self.situation.words)
        if self.spent.fallen or self.spent.handed:
            return self._given([self._told(self._quietly(self._built_in(self.messages, self.state)))], {})
        if looking.is_needed(self.workspace):
            return self._given([looking.call(self.workspace)], {})
        words = self.situation.words
        why = limits.reached(self.workspace, self.model, self.spent, self.record, words)
        if why is not None:
            return self._fallen(Problem(why, why))
        try:
            return self._used(self._asked())
        except NoAnswer as given_up:
            problem = given_up.problem
            log.warning("the brain gave no answer: %s (%s)", problem.code, masked(problem.text))
        except Exception as defect:
            log.exception("what goes to the brain or comes from it could not be handled")
            problem = Problem("broken", f"{type(defect).__name__}: {defect}")
        return self._fallen(problem)

    @property
    def situation(self) -> builtin.Situation:
        """The state as the built-in brain sees it."""
        return builtin.Situation.of(self.messages, self.state)

    def _asked(self) -> AIMessage:
        """An answer that can be used, after one repair at most in a turn. Raises NoAnswer."""
        if failed := _failed_call(self.messages):
            self._mend(Problem("arguments", failed))  # the model has its error; this call is its repair
        mending: list[BaseMessage] = []
        tokens: int | None = None
        while True:
            answer, problem = self._once(mending, tokens)
            if problem is None:
                assert answer is not None
                return answer
            self._mend(problem)
            tokens = outgoing.FEW_TOKENS if problem.code == "long" else tokens
            words = str(answer.text).strip() if answer is not None else ""
            note = HumanMessage(render("brain/mend", problem=masked(problem.text)).strip())
            mending = [AIMessage(words), note] if words else [note]

    def _mend(self, problem: Problem) -> None:
        if self.spent.mended >= limits.MENDS_A_TURN:
            raise NoAnswer(problem)
        self.spent.mended += 1

    def _once(self, mending: Sequence[BaseMessage], tokens: int | None) -> tuple[AIMessage | None, Problem | None]:
        """One question. Raises NoAnswer where asking the same again would not help."""
        system, sent = outgoing.request(self.state, self.messages, self.model, tokens)
        asking = _asking(self.request, [*sent, *mending], system_message=system)
        began = time.monotonic()
        try:
            with waiting.at_most(limits.seconds_left(self.model, self.spent, self.record)):
                answer = self._retried(asking)
        except Exception as problem:
            kind = failures.kind_of(problem)
            found = Problem(
                kind, f"it could not be read ({type(problem).__name__}: {problem})" if kind == "form" else str(problem)
            )
            if kind in ("form", "long"):
                return None, found
            raise NoAnswer(found) from problem
        finally:
            self.spent.seconds += time.monotonic() - began
        self.usage += _usage(answer, self.model)
        streamed = self.model is not None and self.model.kind == "openai"
        return answer, checking.problem(answer, _tools(self.request), self.workspace, self.messages, streamed)

    def _retried(self, asking: ModelRequest[Any]) -> AIMessage:
        """Asked again after a pause where the endpoint was busy or failed, while the person can wait."""
        for attempt in Retrying(
            retry=retry_if_exception(_is_worth_it), stop=stop_after_attempt(ATTEMPTS), wait=_pause, reraise=True
        ):
            with attempt:
                self.spent.calls += 1
                self.record.calls += 1
                answer = self.handler(asking).result[-1]
        if not isinstance(answer, AIMessage):
            raise TypeError(f"a message of the assistant was expected, and {type(answer).__name__} came")
        return answer

    def _used(self, answer: AIMessage) -> ExtendedModelResponse[Any]:
        message = checking.cleaned(answer, {str(known.id) for known in self.messages})
        sight = Sight.of(self.workspace, self.model, self.messages)
        written = {WRITTEN_BY: self.model.brain if self.model else "other", outgoing.SAW_VALUES: sight.values}
        message.additional_kwargs = {**written}
        if message.tool_calls:
            if pasted := closing.pasted_in(message, self.situation):
                message.additional_kwargs["pasted"] = pasted
        else:
            message, self.spent.handed = closing.closed(message, self.situation)
            if _failed_call(self.messages) and self.messages[-1].name != looking.TOOL:
                message.additional_kwargs["error"] = None  # the model's own mistake is not the person's to mend
        if not self.spent.handed and (not message.tool_calls or message.tool_calls[0]["name"] == checking.GATED):
            limits.held(self.record)
        return self._given([message], {})

    def _told(self, message: BaseMessage) -> BaseMessage:
        """The built-in brain's first words begin with why it is the one that answers."""
        if self.spent.note is None or not message.text:
            return message
        words, self.spent.note = f"{self.spent.note}\n\n{message.text}", None
        return message.model_copy(update={"content": words})

    def _quietly(self, message: BaseMessage) -> BaseMessage:
        """Code's question without its words where the model has just asked in its own."""
        turn = self.messages[limits.beginning(self.messages) :]
        asked = any(WRITTEN_BY in one.additional_kwargs and "?" in str(one.text) for one in turn)
        if self.spent.handed and asked and message.additional_kwargs.get("question"):
            return message.model_copy(update={"content": ""})
        return message

    def _is_told_by_code(self) -> bool:
        """Whether what a tool just gave is told in code's words: where it lies, or values that the model may not see."""
        last = self.messages[-1]
        if not isinstance(last, ToolMessage) or _failed_call(self.messages):
            return False
        values = Sight.of(self.workspace, self.model, self.messages).values
        return last.name == "export_prototype" or (last.name == "try_prototype" and not values)

    def _fallen(self, problem: Problem) -> ExtendedModelResponse[Any]:
        """The built-in brain answers this turn: from the person's words anew, or from what cannot be undone."""
        told = limits.fell(self.record, problem.code)
        self.spent.fallen = problem.code
        begun = self.messages[: limits.beginning(self.messages) + 1]
        last = self.messages[-1]
        goes_on = isinstance(last, ToolMessage) and last.name in TELLING_TOOLS and not _failed_call(self.messages)
        dropped = [] if goes_on else self.messages[len(begun) :]
        restored = {} if goes_on else self._restored()
        state = {**self.state, "workspace": {**self.state["workspace"], **restored}}
        said: list[BaseMessage] = [RemoveMessage(id=str(message.id)) for message in dropped]
        if told:
            resting = self.record.resting_until > time.time() and problem.code not in limits.LASTING
            brain = self.model.brain if self.model else ""
            self.spent.note = narration.fell(self._language(), brain, problem.code, resting)
        said.append(self._told(self._built_in(self.messages if goes_on else begun, state)))
        return self._given(said, restored)

    def _restored(self) -> dict[str, Any]:
        """The workspace as it was when the turn began; what a run was started with is never taken back."""
        if self.state["workspace"].get("run_id") != self.spent.workspace.get("run_id"):
            return {}
        return self.spent.workspace

    def _language(self) -> Language:
        """The language of the conversation; of the person's first words where nothing was understood yet."""
        task = self.workspace.task
        return language.detect(self.situation.words, task.language if task.words else None)

    def _built_in(self, messages: Sequence[BaseMessage], state: dict[str, Any]) -> BaseMessage:
        """What the built-in brain does next."""
        known = {name: value for name, value in state.items() if name != "messages"}
        asking = _asking(self.request, messages, model=builtin.BuiltinBrain(), model_settings={"state": known})
        return self.handler(asking).result[-1]

    def _given(self, messages: list[BaseMessage], workspace: dict[str, Any]) -> ExtendedModelResponse[Any]:
        usage = (self.workspace.usage + self.usage).model_dump(mode="json")
        update = {
            "turn": self.spent.model_dump(mode="json"),
            "record": self.record.model_dump(mode="json"),
            "workspace": {**workspace, "usage": usage},
        }
        return ExtendedModelResponse(ModelResponse(result=messages), Command(update=update))


def _asking(request: ModelRequest[Any], messages: Sequence[Any], **changes: Any) -> ModelRequest[Any]:
    """The request with other messages."""
    return request.override(messages=list(messages), **changes)


def _tools(request: ModelRequest[Any]) -> list[BaseTool]:
    return [tool for tool in request.tools if isinstance(tool, BaseTool)]


def _failed_call(messages: Sequence[BaseMessage]) -> str | None:
    """The error that the last tool answered with; None where it did its work or the person turned a plan down."""
    last = messages[-1]
    if not isinstance(last, ToolMessage):
        return None
    text = str(last.text)
    if text.startswith("{"):
        error = json.loads(text).get("error")
        return f"{last.name}: expected {error['expected']}, found {error['found']}" if error else None
    return text if last.status == "error" and last.name != checking.GATED else None


def _usage(answer: AIMessage, model: LanguageModel | None) -> Usage:
    """What one answer cost; dollars only where the price is known."""
    counted = answer.usage_metadata
    given, made = (counted["input_tokens"], counted["output_tokens"]) if counted else (0, 0)
    try:
        dollars = model.dollars(given, made) if model else 0.0
    except ValueError:
        dollars = 0.0
    return Usage(calls=1, input_tokens=given, output_tokens=made, dollars=dollars)


def _is_worth_it(problem: BaseException) -> bool:
    """Whether asking the same again may help, and the person can wait for it."""
    if not isinstance(problem, Exception) or failures.kind_of(problem) not in failures.AGAIN:
        return False
    return failures.retry_after(problem) < waiting.left()


def _pause(state: RetryCallState) -> float:
    """Seconds until the next attempt: as the endpoint asks, else longer each time, never past the person's patience."""
    problem = state.outcome.exception() if state.outcome else None
    return min(max(PAUSE(state), failures.retry_after(problem)), waiting.left())
