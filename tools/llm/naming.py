"""From the name of a brain to the language model that it means: `openai:MODEL` or `llamacpp:PATH`."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from urllib.parse import urlsplit

from tools.core.errors import MachineError, TaskError
from tools.core.language_model import LanguageModel
from tools.llm.prices import price_of
from tools.runtime.endpoint import is_loopback, is_private

OPENAI = "https://api.openai.com/v1"
URL_VARIABLES = ("FASTTRACK_BASE_URL", "OPENAI_BASE_URL")
MAGIC = b"GGUF"


def language_model(brain: str) -> LanguageModel:
    """The model of that name. Nothing is loaded and nothing is asked.

    Raises TaskError for an unknown form, a URL that is none or holds a secret, a GGUF that is not there or is none;
    MachineError where llama-cpp-python is not installed.
    """
    kind, _, what = brain.partition(":")
    if kind == "openai" and what.strip():
        return _at_endpoint(what.strip())
    if kind == "llamacpp" and what.strip():
        return _from_file(what.strip())
    raise TaskError(
        code="unknown-brain",
        expected="openai:MODEL or llamacpp:PATH",
        found=repr(brain),
        remedy="Name the model after the colon: openai:gpt-4o-mini, or llamacpp:models/some.gguf.",
    )


def _at_endpoint(name: str) -> LanguageModel:
    url = _base_url()
    price = price_of(name, url)
    if price is None and is_private(url):
        price = (0.0, 0.0)
    return LanguageModel(
        kind="openai",
        name=name,
        base_url=url,
        remote=not is_loopback(url),
        input_price=price[0] if price else None,
        output_price=price[1] if price else None,
    )


def _base_url() -> str:
    for variable in URL_VARIABLES:
        url = os.environ.get(variable, "").strip()
        if url:
            return _checked(url, variable)
    return OPENAI


def _checked(url: str, variable: str) -> str:
    """The URL without a slash at its end. Raises TaskError; what may be a secret is not repeated."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        parts, sound = urlsplit(""), False
    if sound and (parts.username is not None or parts.password is not None or parts.query or parts.fragment):
        raise TaskError(
            code="bad-url",
            expected=f"a URL without a name, a password or a query in {variable}",
            found=f"one for {parts.hostname} that holds more than a place",
            remedy=f"Give the key in OPENAI_API_KEY, and only the place in {variable}: {parts.scheme}://{parts.hostname}/v1.",
        )
    if not sound:
        raise TaskError(
            code="bad-url",
            expected=f"an http or https URL in {variable}",
            found=repr(url) if "@" not in url else "something else",
            remedy="For example http://127.0.0.1:8080/v1.",
        )
    return url.rstrip("/")


def _from_file(path: str) -> LanguageModel:
    file = Path(path).expanduser()
    if not file.is_file():
        raise TaskError(
            code="no-model-file",
            expected="a GGUF file",
            found=f"no file at {path}",
            remedy="Check the path. `fasttrack doctor` recommends a model and fetches it.",
        )
    with file.open("rb") as opened:
        magic = opened.read(len(MAGIC))
    if magic != MAGIC:
        raise TaskError(
            code="not-a-gguf",
            expected=f"a GGUF file (its first bytes are {MAGIC.decode()})",
            found=f"{path}, which begins with {magic!r}",
            remedy="Name a model file that ends in .gguf; a page or a pointer may have been saved in its place.",
        )
    if importlib.util.find_spec("llama_cpp") is None:
        raise MachineError(
            code="no-llama-cpp",
            expected="llama-cpp-python, which runs a GGUF on this machine",
            found="it is not installed",
            remedy="Install it: make setup EXTRAS=dev,local-llm (it compiles for some minutes).",
        )
    return LanguageModel(kind="llamacpp", name=file.name, path=str(file.resolve()), input_price=0.0, output_price=0.0)
