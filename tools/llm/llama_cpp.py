"""A GGUF file as a chat model in this process, for brains: it answers in form because its grammar lets it say nothing else.

The file is loaded when it first speaks, once for the process; one conversation speaks to it at a time.
"""

from __future__ import annotations

import codecs
import functools
import json
import re
import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.exceptions import ContextOverflowError, ModelTimeoutError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, SystemMessage, ToolMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_core.utils.utils import LC_ID_PREFIX

from prompts import render
from tools.core.errors import MachineError
from tools.core.language_model import LanguageModel
from tools.llm import waiting
from tools.llm.answer_schema import answer_schema, arguments_of, bounded

CONTEXT = 8192  # tokens; more costs memory: about 0.15 MB each for a model of 4 billion weights
ANSWER = 2048  # tokens of an answer at most
SAYING = re.compile(r'\s*\{\s*"say"\s*:\s*"((?:[^"\\]|\\.?)*)', re.DOTALL)
UNFINISHED = re.compile(r"(?<!\\)(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)$")  # an escape whose end has not come
ROLES = {"system": "system", "human": "user", "tool": "user", "ai": "assistant"}

_loading, _naming = threading.Lock(), threading.Lock()
_locks: dict[str, threading.Lock] = {}


class LlamaCppChat(BaseChatModel):
    """language_model: its path is the GGUF. Raises MachineError where it cannot be loaded."""

    language_model: LanguageModel

    @property
    def _llm_type(self) -> str:
        return "fasttrack-llama-cpp"

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Never written anywhere."""
        return False

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """The tools become a part of the prompt and of the grammar."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools])

    def body(self, messages: Sequence[BaseMessage], tools: Sequence[BaseTool]) -> dict[str, Any]:
        """What the model is given: the messages of its chat template."""
        return {
            "model": self.language_model.name,
            "messages": _turns(messages, [convert_to_openai_tool(tool) for tool in tools]),
        }

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> ChatResult:
        """Words are told to the run manager as they come."""
        path = str(self.language_model.path)
        with _alone(path):
            llama = loaded(path)
            whole = _completion(llama, _turns(messages, tools), tools, run_manager)
        choice, used = whole["choices"][0], whole["usage"]
        written = choice["text"]
        message = AIMessage(
            _words(written) if tools else written,
            tool_calls=_calls(written, tools),
            usage_metadata=UsageMetadata(
                input_tokens=used["prompt_tokens"], output_tokens=used["completion_tokens"], total_tokens=used["total_tokens"]
            ),
            response_metadata={"finish_reason": choice["finish_reason"]},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


class _Listener:
    """Called after each token (llama.cpp's stopping criterion): passes words on, and ends what takes too long.

    The library's own streaming decodes the whole answer again for each token.
    """

    def __init__(self, llama: Any, prompt: int, run_manager: CallbackManagerForLLMRun | None) -> None:
        self.llama, self.heard, self.run_manager = llama, prompt, run_manager
        self.decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self.written, self.said, self.late = "", "", False

    def __call__(self, tokens: Any, scores: Any) -> bool:
        """tokens: of the prompt and of the answer so far. Gives whether to stop."""
        new = [int(token) for token in tokens[self.heard :]]
        before = [int(token) for token in tokens[: self.heard]][-1:]
        self.heard = len(tokens)
        self.written += self.decoder.decode(self.llama.detokenize(new, prev_tokens=before) if new else b"")
        words = _words(self.written)
        if self.run_manager and len(words) > len(self.said):
            piece = AIMessageChunk(content=words[len(self.said) :], id=f"{LC_ID_PREFIX}-{self.run_manager.run_id}")
            self.run_manager.on_llm_new_token(str(piece.content), chunk=ChatGenerationChunk(message=piece))
            self.said = words
        self.late = not waiting.left()
        return self.late


@functools.lru_cache(maxsize=2)
def loaded(path: str) -> Any:
    """The model of that file. Raises MachineError where llama-cpp-python is missing or cannot load it."""
    with _loading:
        try:
            import llama_cpp
        except ImportError:
            raise MachineError(
                code="no-llama-cpp",
                expected="llama-cpp-python, to speak with a GGUF file",
                found="it is not installed",
                remedy="Install it with `make setup EXTRAS=dev,local-llm`, or use another brain.",
            ) from None
        try:
            return llama_cpp.Llama(model_path=path, n_ctx=CONTEXT, seed=0, verbose=False)
        except (ValueError, OSError) as problem:
            raise MachineError(
                code="bad-gguf",
                expected=f"a GGUF that llama.cpp can load at {path}",
                found=str(problem),
                remedy="Fetch the file again, or name another.",
            ) from None


class _alone:
    """One conversation at a time; who waits gives up when the person has waited long enough."""

    def __init__(self, path: str) -> None:
        with _naming:
            self.lock = _locks.setdefault(path, threading.Lock())

    def __enter__(self) -> None:
        if not self.lock.acquire(timeout=min(waiting.left(), threading.TIMEOUT_MAX)):
            raise ModelTimeoutError("another conversation is still speaking with this model")

    def __exit__(self, *problem: object) -> None:
        self.lock.release()


def _completion(
    llama: Any,
    turns: list[dict[str, str]],
    tools: Sequence[Mapping[str, Any]],
    run_manager: CallbackManagerForLLMRun | None,
) -> Any:
    """The answer. Raises ContextOverflowError and ModelTimeoutError."""
    from llama_cpp import StoppingCriteriaList

    prompt = _prompt(llama, turns)
    if len(prompt) + ANSWER > llama.n_ctx():
        raise ContextOverflowError(f"{len(prompt)} tokens and an answer do not fit into {llama.n_ctx()}")
    listener = _Listener(llama, len(prompt), run_manager)
    whole = llama.create_completion(
        prompt,
        temperature=0.0,
        max_tokens=ANSWER,
        stopping_criteria=StoppingCriteriaList([listener]),
        grammar=_grammar(json.dumps(answer_schema(tools), sort_keys=True)) if tools else None,
    )
    if listener.late:
        raise ModelTimeoutError("the model on this machine did not answer in time")
    return whole


def _prompt(llama: Any, turns: list[dict[str, str]]) -> list[int]:
    """The tokens of the chat, by the template in the file (ChatML where it has none).

    A template that knows no system role gets its text with the first words.
    """
    from jinja2 import TemplateError
    from llama_cpp.llama_chat_format import CHATML_CHAT_TEMPLATE, Jinja2ChatFormatter

    template = llama.metadata.get("tokenizer.chat_template") or CHATML_CHAT_TEMPLATE
    begin, end = (
        llama.detokenize([token], special=True).decode("utf-8", "ignore") for token in (llama.token_bos(), llama.token_eos())
    )
    formatted: Any = Jinja2ChatFormatter(template=template, eos_token=end, bos_token=begin)
    try:
        made = formatted(messages=turns)
    except (ValueError, TemplateError):
        first, second, *rest = turns
        made = formatted(messages=[{**second, "content": f"{first['content']}\n\n{second['content']}"}, *rest])
    tokens: list[int] = llama.tokenize(made.prompt.encode("utf-8"), add_bos=not made.added_special, special=True)
    return tokens


@functools.lru_cache(maxsize=8)
def _grammar(schema: str) -> Any:
    from llama_cpp.llama_grammar import LlamaGrammar

    return LlamaGrammar.from_json_schema(schema, verbose=False)


def _turns(messages: Sequence[BaseMessage], tools: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The messages as a chat template takes them: a system prompt, then user and assistant in turn."""
    turns: list[dict[str, str]] = []
    for message in messages:
        role, text = ROLES[message.type], _text(message)
        if isinstance(message, SystemMessage) and tools:
            text = f"{text}\n\n{render('brain/form', tools=_described(tools))}"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += f"\n\n{text}"
        else:
            turns.append({"role": role, "content": text})
    return turns


def _text(message: BaseMessage) -> str:
    """A message in the form in which the model answers."""
    if isinstance(message, ToolMessage):
        return f"{message.name} answered: {message.text}"
    if not isinstance(message, AIMessage):
        return str(message.text)
    if message.tool_calls:
        call = message.tool_calls[0]
        return json.dumps({"tool": call["name"], "arguments": call["args"]}, ensure_ascii=False)
    return json.dumps({"say": str(message.text)}, ensure_ascii=False)


def _described(tools: Sequence[Mapping[str, Any]]) -> str:
    """A line for each tool: name, what it does, its arguments."""
    lines = []
    for tool in tools:
        function = tool["function"]
        arguments = bounded(function.get("parameters", {})).get("properties", {})
        summary = str(function.get("description", "")).split("\n\n")[0]
        lines.append(f"- {function['name']}: {summary} Arguments: {json.dumps(_short(arguments))}")
    return "\n".join(lines)


def _short(schema: Any) -> Any:
    """A schema as an example of itself: what a reader needs, and no more."""
    if "properties" in schema:
        return {name: _short(part) for name, part in schema["properties"].items()}
    if "enum" in schema:
        return "|".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return [_short(schema["items"])]
    if "type" in schema and isinstance(schema["type"], str):
        return schema["type"]
    return {name: _short(part) for name, part in schema.items()} if isinstance(schema, dict) else "any"


def _words(written: str) -> str:
    """The words for the person in an answer that may still be under way."""
    found = SAYING.match(written)
    if found is None:
        return ""
    text = found[1]
    if begun := UNFINISHED.search(text):
        text = text[: begun.start(1)]
    said = json.loads(f'"{text}"', strict=False)
    return str(said).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")  # half of a character is not said yet


def _calls(written: str, tools: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The tool call of a whole answer; none where it is words, or broke off."""
    try:
        answer = json.loads(written, strict=False)
    except ValueError:
        return []
    if not isinstance(answer, dict) or "tool" not in answer:
        return []
    by_name = {tool["function"]["name"]: tool["function"].get("parameters", {}) for tool in tools}
    arguments = arguments_of(answer.get("arguments", {}), by_name.get(answer["tool"], {}))
    return [tool_call(name=answer["tool"], args=arguments, id=f"call_{uuid.uuid4().hex[:12]}")]
