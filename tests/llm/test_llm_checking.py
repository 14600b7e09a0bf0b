"""Whether a language model works here: each way in which it may not is told apart, within seconds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import tiny_gguf
from chat_server import ChatServer, Said

from tools.core.errors import MachineError
from tools.core.language_model import LanguageModel
from tools.llm.checking import check
from tools.llm.keys import held
from tools.llm.recommended import RECOMMENDED, fetch

TRY = "Check that it runs, or try again."


def at(url: str, name: str = "test-model", *, price: float | None = 0.0, remote: bool = False) -> LanguageModel:
    return LanguageModel(kind="openai", name=name, base_url=url, remote=remote, input_price=price, output_price=price)


def of(path: Path) -> LanguageModel:
    return LanguageModel(kind="llamacpp", name=path.name, path=str(path), input_price=0.0, output_price=0.0)


def test_a_free_endpoint_on_this_machine_is_asked() -> None:
    with ChatServer() as server:
        works, found, remedy = check(at(server.url))
        assert (works, remedy, found[:10]) == (True, "", "answers in")
        assert len(server.requests) == 1


def test_one_that_may_cost_money_is_not_asked() -> None:
    with ChatServer() as server:
        for model in (at(server.url, price=1.0), at(server.url, price=None), at(server.url, remote=True)):
            with pytest.MonkeyPatch.context() as patch:
                patch.delenv("FASTTRACK_OFFLINE", raising=False)
                assert check(model) == (True, f"{server.url} lists it; it was not asked, for that may cost money", "")
        assert server.requests == []


@pytest.mark.parametrize(
    ("names", "name", "found"),
    [
        (["test-model", "big-model"], "test-modell", "no model called test-modell; there is test-model, big-model"),
        (["a", "b"], "something", "no model called something; there are 2, such as a, b"),
        ([], "something", "no model called something; it lists none"),
    ],
)
def test_a_name_that_is_not_listed(names: list[str], name: str, found: str) -> None:
    with ChatServer(models=names) as server:
        assert check(at(server.url, name)) == (False, found, "Name one of them, or make it available there.")


def test_names_with_the_latest_tag_count() -> None:
    with ChatServer(models=["qwen:latest"]) as server:
        assert check(at(server.url, "qwen"))[0]


def test_an_endpoint_without_a_list_is_asked() -> None:
    with ChatServer(models=Said(status=404)) as server:
        assert check(at(server.url))[0]
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("options", "found", "remedy"),
    [
        (
            {"key": "right"},
            "a key that was refused (status 401: Incorrect API key provided: [key] invalid_api_key)",
            "Check OPENAI_API_KEY, and that the key may use test-model.",
        ),
        ({"models": Said(fault="hang")}, "no answer from {url} within 1 s", TRY),
        (
            {"models": Said(fault="drop")},
            "no connection to {url} (RemoteProtocolError)",
            "Start the server, or check the address in FASTTRACK_BASE_URL.",
        ),
        (
            {"models": Said(body="<html>a web page</html>")},
            "something at {url} that is no OpenAI-compatible endpoint",
            "Check the address in FASTTRACK_BASE_URL; it often ends in /v1.",
        ),
        ({"models": Said(status=500)}, "status 500: Internal Server Error, says the test. 500", "Try again later."),
        (
            {"script": ["the weather is nice"]},
            "it answers, but not in form: no answer of the form that was asked for: 'the weather is nice'",
            "Use a model that was made for instructions.",
        ),
        (
            {"script": [Said(status=500)]},
            "status 500: Internal Server Error, says the test. 500, 1 times in a row",
            "Try again later, or use another model.",
        ),
    ],
)
def test_what_is_wrong_is_told_apart(options: dict[str, Any], found: str, remedy: str) -> None:
    with ChatServer(**options) as server, held({"OPENAI_API_KEY": "sk-wrong-key"}):
        assert check(at(server.url), seconds=1) == (False, found.format(url=server.url), remedy)


def test_no_server() -> None:
    with ChatServer() as server:
        url = server.url
    works, found, _ = check(at(url))
    assert (works, found) == (False, f"no connection to {url} (ConnectError)")


def test_no_key_and_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    model = at("https://api.example.com/v1", remote=True)
    assert check(model) == (
        False,
        "no connection beyond this machine is allowed (--offline)",
        "Leave out --offline, or use a local model.",
    )
    monkeypatch.delenv("FASTTRACK_OFFLINE", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert check(model) == (False, "no key in OPENAI_API_KEY", "Set OPENAI_API_KEY; it is read from the environment only.")


def test_a_gguf_that_loads(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (extra local-llm)")
    works, found, remedy = check(of(tiny_gguf.write(tmp_path / "tiny.gguf")))
    assert (works, remedy, found[:20]) == (True, "", "loads and answers in")


def test_ggufs_that_do_not_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (extra local-llm)")
    assert check(of(tmp_path / "none.gguf"))[1] == f"no file at {tmp_path}/none.gguf"
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF" + bytes(100))
    works, found, _ = check(of(bad))
    assert not works
    assert found.startswith("bad.gguf (0 MB): Failed to load model")
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 100}))
    works, found, remedy = check(of(bad))
    assert (works, found) == (False, "about 0.0 GB of memory are needed, 0.0 GB are free")
    assert RECOMMENDED.file in remedy


def test_a_check_never_raises_and_keeps_to_its_time() -> None:
    begun = time.monotonic()
    with ChatServer([Said(fault="stall")]) as server:
        works, found, _ = check(at(server.url), seconds=1)
    assert not works
    assert found.startswith("no answer within ")
    assert time.monotonic() - begun < 15
    broken = LanguageModel(kind="openai", name="m", base_url="no url", input_price=0.0, output_price=0.0)
    assert not check(broken)[0]


def test_the_recommended_model_is_fetched_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FASTTRACK_CACHE", str(tmp_path))
    asked: list[tuple[str, str]] = []

    def download(repo: str, file: str, local_dir: Path) -> str:
        asked.append((repo, file))
        local_dir.mkdir()
        (local_dir / file).write_bytes(b"GGUF")
        return str(local_dir / file)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    assert fetch() == fetch() == RECOMMENDED.path == tmp_path / "models" / RECOMMENDED.file
    assert asked == [(RECOMMENDED.repo, RECOMMENDED.file)]
    assert RECOMMENDED.licence == "Apache-2.0"


def test_a_hub_that_cannot_be_reached_is_an_ordinary_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FASTTRACK_CACHE", str(tmp_path))
    with pytest.raises(MachineError) as caught:
        fetch()  # tests are offline
    assert caught.value.code == "hub-unreachable"
    assert caught.value.expected == (
        "qwen2.5-1.5b-instruct-q4_k_m.gguf (about 1,100 MB) from Qwen/Qwen2.5-1.5B-Instruct-GGUF on the Hugging Face hub"
    )
    assert caught.value.remedy == (
        f"Connect to the network and try again, or fetch the file elsewhere and put it to {RECOMMENDED.path}."
    )


def test_a_full_disk_is_said_before_the_download(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FASTTRACK_CACHE", str(tmp_path))
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Disk", (), {"free": 10**9}))
    with pytest.raises(MachineError) as caught:
        fetch()
    assert (caught.value.code, caught.value.found) == ("disk-full", f"1,000 MB at {tmp_path}")
