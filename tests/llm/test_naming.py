"""From a brain's name to the language model that it means."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.core.errors import FasttrackError, MachineError, TaskError
from tools.core.language_model import LanguageModel
from tools.llm.naming import language_model


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FASTTRACK_BASE_URL", "OPENAI_BASE_URL", "FASTTRACK_PRICES"):
        monkeypatch.delenv(name, raising=False)


def test_openai_itself() -> None:
    assert language_model("openai:gpt-4o-mini") == LanguageModel(
        kind="openai",
        name="gpt-4o-mini",
        base_url="https://api.openai.com/v1",
        remote=True,
        input_price=0.15,
        output_price=0.6,
    )


def test_a_model_whose_price_is_not_known() -> None:
    model = language_model("openai:some-new-model")
    assert (model.input_price, model.output_price, model.paid) == (None, None, True)


@pytest.mark.parametrize(
    ("url", "remote", "price"),
    [
        ("http://127.0.0.1:8080/v1/", False, 0.0),
        ("http://192.168.1.5:8000/v1", True, 0.0),
        ("https://llm.example.com/v1", True, None),
    ],
)
def test_an_endpoint_of_one_s_own(monkeypatch: pytest.MonkeyPatch, url: str, remote: bool, price: float | None) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.example/v1")
    monkeypatch.setenv("FASTTRACK_BASE_URL", url)
    model = language_model("openai:gpt-4o-mini")  # the name is the vendor's, the place is not: its price does not hold
    assert (model.base_url, model.remote, model.input_price) == (url.rstrip("/"), remote, price)


def test_a_price_of_one_s_own_holds_on_loopback_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    monkeypatch.setenv("FASTTRACK_PRICES", "m=1/2")
    assert (language_model("openai:m").input_price, language_model("openai:m:7b").input_price) == (1.0, 0.0)
    assert language_model("openai:m:7b").name == "m:7b"


@pytest.mark.parametrize("name", ["", "openai", "openai:", "llamacpp: ", "gpt-4o", "anthropic:claude"])
def test_unknown_forms(name: str) -> None:
    with pytest.raises(TaskError) as caught:
        language_model(name)
    assert str(caught.value) == (
        f"Expected openai:MODEL or llamacpp:PATH. Found {name!r}. "
        "Name the model after the colon: openai:gpt-4o-mini, or llamacpp:models/some.gguf."
    )


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://me:hunter2@llm.example.com/v1", "one for llm.example.com that holds more than a place"),
        ("https://llm.example.com/v1?api_key=hunter2", "one for llm.example.com that holds more than a place"),
        ("ftp://llm.example.com", "'ftp://llm.example.com'"),
        ("llm.example.com/v1", "'llm.example.com/v1'"),
        ("http://:80/v1", "'http://:80/v1'"),
        ("http://host:99999/v1", "'http://host:99999/v1'"),
        ("me:hunter2@llm.example.com", "something else"),
    ],
)
def test_urls_that_are_none_or_hold_a_secret(monkeypatch: pytest.MonkeyPatch, url: str, found: str) -> None:
    monkeypatch.setenv("FASTTRACK_BASE_URL", url)
    with pytest.raises(TaskError) as caught:
        language_model("openai:m")
    assert (caught.value.code, caught.value.found) == ("bad-url", found)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TaskError) as caught:
        language_model(f"llamacpp:{tmp_path}/none.gguf")
    assert (caught.value.code, caught.value.found) == ("no-model-file", f"no file at {tmp_path}/none.gguf")


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_text("<html>")
    with pytest.raises(TaskError) as caught:
        language_model(f"llamacpp:{tmp_path}/page.gguf")
    assert (caught.value.code, caught.value.found) == ("not-a-gguf", f"{tmp_path}/page.gguf, which begins with b'<htm'")


def test_a_gguf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + bytes(20))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object() if name == "llama_cpp" else None)
    model = language_model(f"llamacpp:{path}")
    assert (model.name, model.path, model.remote, model.paid, model.where) == (
        "m.gguf",
        str(path),
        False,
        False,
        "this machine",
    )
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MachineError) as caught:
        language_model(f"llamacpp:{path}")
    assert caught.value.code == "no-llama-cpp"
    assert caught.value.remedy == "Install it: make setup EXTRAS=dev,local-llm (it compiles for some minutes)."


def test_errors_are_the_person_s_to_mend() -> None:
    with pytest.raises(FasttrackError) as caught:
        language_model("x")
    assert caught.value.exit_code == 2
