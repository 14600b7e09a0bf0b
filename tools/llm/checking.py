"""Whether a language model works here, found out within seconds: what is wrong, and what to do about it.

A remote endpoint is only asked which models it has: a question may cost money. What is on this machine is asked one question.
"""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools import offline
from tools.core.errors import FasttrackError
from tools.core.language_model import LanguageModel
from tools.llm.keys import KEY, keys_for
from tools.llm.recommended import RECOMMENDED, fetch
from tools.runtime.askers import opened
from tools.runtime.asking import Answer, AskingError, Question
from tools.runtime.endpoint import is_private

__all__ = ["RECOMMENDED", "check", "fetch"]

Found = tuple[bool, str, str]
SECONDS = 20.0  # for all of a check
NEAR, SHOWN = 3, 5  # names that are shown where one is not listed: like it, or any
MEMORY = 1.25  # times its size on disk, what a model takes in memory with its context
QUESTION = Question([{"role": "user", "content": "Is fire hot? Answer yes or no."}], Answer(("yes", "no")))
ALONE = "import sys; from tools.llm.checking import ask_alone; ask_alone(sys.argv[1])"


def check(model: LanguageModel, seconds: float = SECONDS) -> Found:
    """(works, what was found, what to do about it). It never raises, and takes about `seconds` at most."""
    try:
        return _file(model, seconds) if model.kind == "llamacpp" else _endpoint(model, seconds)
    except (AskingError, FasttrackError) as problem:
        return False, problem.found, problem.remedy
    except Exception as problem:  # noqa: BLE001  a check that fails is a finding, whatever the reason
        return False, f"{type(problem).__name__}: {problem}", "Please report this."


def _endpoint(model: LanguageModel, seconds: float) -> Found:
    url = str(model.base_url)
    if model.remote and offline.asked():
        return False, "no connection beyond this machine is allowed (--offline)", "Leave out --offline, or use a local model."
    if not keys_for(model) and not is_private(url):
        return False, f"no key in {KEY}", f"Set {KEY}; it is read from the environment only."
    begun = time.monotonic()
    names = _names(model, seconds)
    if names is not None and not _listed(model.name, names):
        return (
            False,
            f"no model called {model.name}; {_others(model.name, names)}",
            "Name one of them, or make it available there.",
        )
    if model.paid or model.remote:
        known = "lists it" if names is not None else "answers, but does not list its models"
        return True, f"{url} {known}; it was not asked, for that may cost money", ""
    return _asked(model, max(1.0, seconds - (time.monotonic() - begun)))


def _names(model: LanguageModel, seconds: float) -> list[str] | None:
    """The models that the endpoint lists; None where it keeps no list. Raises AskingError."""
    import httpx2

    url = f"{model.base_url}/models"
    key = keys_for(model).get(KEY)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx2.Client(timeout=seconds, trust_env=model.remote, follow_redirects=False) as client:
            response = client.get(url, headers=headers)
    except httpx2.TimeoutException:
        raise _problem(
            model, f"no answer from {model.base_url} within {seconds:g} s", "Check that it runs, or try again."
        ) from None
    except (httpx2.HTTPError, OSError) as error:
        raise _problem(
            model,
            f"no connection to {model.base_url} ({type(error).__name__})",
            "Start the server, or check the address in FASTTRACK_BASE_URL.",
        ) from None
    if response.status_code in (404, 405, 501):
        return None
    if response.status_code != 200:
        raise _refused(model, response.status_code, response.text)
    try:
        return [str(one["id"]) for one in response.json()["data"]]
    except (ValueError, KeyError, TypeError):
        raise _problem(
            model,
            f"something at {model.base_url} that is no OpenAI-compatible endpoint",
            "Check the address in FASTTRACK_BASE_URL; it often ends in /v1.",
        ) from None


def _refused(model: LanguageModel, status: int, text: str) -> AskingError:
    from tools.runtime.endpoint_errors import from_status, words_of
    from tools.runtime.endpoint_key import key_in

    found = from_status(status, words_of(text), {}, str(model.base_url), model.name, KEY, keyed=bool(key_in(KEY)))
    return found if isinstance(found, AskingError) else _problem(model, str(found), "Try again later.")


def _asked(model: LanguageModel, seconds: float) -> Found:
    """Ask one question at an endpoint that is free."""
    asker = opened(
        {"kind": "openai", "name": model.name, "base_url": model.base_url}, timeout=seconds, patience=seconds, retries=0
    )
    begun = time.monotonic()
    try:
        reply = asker.ask([QUESTION])[0]
    finally:
        asker.close()
    if reply.problem is not None:
        return False, f"it answers, but not in form: {reply.problem}", "Use a model that was made for instructions."
    return True, f"answers in {time.monotonic() - begun:.1f} s", ""


def _file(model: LanguageModel, seconds: float) -> Found:
    """Load it and ask one question, in a process of its own: a broken file may take the whole process down."""
    import psutil

    from tools.llm.naming import language_model

    path = Path(str(model.path))
    language_model(f"llamacpp:{path}")  # raises where there is no such file, or no llama.cpp
    size, free = path.stat().st_size, psutil.virtual_memory().available
    if size * MEMORY > free:
        remedy = f"Free some memory, or use a smaller model: `fasttrack doctor` recommends {RECOMMENDED.file}."
        return False, f"about {size * MEMORY / 1e9:.1f} GB of memory are needed, {free / 1e9:.1f} GB are free", remedy
    begun = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", ALONE, str(path)], capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"no answer within {seconds:g} s; it is slow on this machine", "Use a smaller model."
    said = _last(done.stdout)
    if said is None:
        return False, f"llama.cpp ended with {done.returncode} while loading it", "Fetch the file again, or use another model."
    if said.get("problem"):
        return False, said["problem"], said.get("remedy", "Use another model.")
    return True, f"loads and answers in {time.monotonic() - begun:.1f} s", ""


def ask_alone(path: str) -> None:
    """The child process: load the file, ask, and print what came of it as one line of JSON."""
    try:
        reply = opened({"kind": "llamacpp", "path": path}, context=512).ask([QUESTION])[0]
        said = {"problem": reply.problem, "answer": reply.labels}
    except AskingError as problem:
        said = {"problem": problem.found, "remedy": problem.remedy}
    sys.stdout.write(json.dumps(said) + "\n")


def _last(text: str) -> dict[str, Any] | None:
    try:
        return dict(json.loads(text.strip().splitlines()[-1]))
    except (ValueError, IndexError, TypeError):
        return None


def _listed(name: str, names: Sequence[str]) -> bool:
    return name in names or f"{name}:latest" in names  # Ollama's way of naming


def _others(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, NEAR, 0.5)
    if near:
        return f"there is {', '.join(near)}"
    return f"there are {len(names)}, such as {', '.join(names[:SHOWN])}" if names else "it lists none"


def _problem(model: LanguageModel, found: str, remedy: str) -> AskingError:
    return AskingError("endpoint-fails", expected=f"an answer from {model.base_url}", found=found, remedy=remedy)
