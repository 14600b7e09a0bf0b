"""Prototypes that ask a language model: what is in them, what they need, and that nothing is asked to make them."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asked_runs
import pytest
from chat_server import ChatServer

from tools.core.errors import NothingBuilt, PersonMustMend
from tools.core.language_model import LanguageModel
from tools.core.prototype import Proof
from tools.export import packing
from tools.export.exporter import export
from tools.export.verify import no_network, prove

SECRET = "sk-secret-of-this-test-0123456789abcdefghij"


@dataclass
class Asked:
    """A run, the zip of its prototype and that unzipped. server: closed by now. questions: that the run asked."""

    run: Path
    zip: Path
    folder: Path
    server: ChatServer
    questions: int


AskedRuns = Callable[[str], Asked]


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> AskedRuns:
    """asked("mails"): a run at an endpoint that wants a key, exported when the endpoint was gone; made once a session."""
    made: dict[str, Asked] = {}

    def make(data: str) -> Asked:
        if data not in made:
            place = tmp_path_factory.mktemp("asked")
            with ChatServer(asked_runs.knowing, seconds=0.002, key=SECRET) as server:
                model = LanguageModel(
                    kind="openai", name="small-model", base_url=server.url, remote=True, input_price=0.15, output_price=0.6
                )
                run = asked_runs.build(place, data, model, SECRET)
            made[data] = _exported(place, run, server)
        return made[data]

    return make


def _exported(place: Path, run: Path, server: ChatServer) -> Asked:
    questions = len(server.requests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROMPT_CACHE", str(place / "answers.sqlite"))
        patch.delenv("OPENAI_API_KEY", raising=False)
        archive = export(run, place)
        prove(run, archive, offline=True)
    return Asked(run, archive, packing.unpack(archive, place / "unzipped"), server, questions)


@pytest.fixture(autouse=True)
def home_of_the_runs(shared_cache: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs outlive a test; and no key is there."""
    monkeypatch.setenv("FASTTRACK_HOME", str(shared_cache / "home-of-session-fixtures"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def proof_of(asked: Asked) -> Proof:
    return Proof.model_validate_json((asked.folder / "PROOF.json").read_text(encoding="utf-8"))


def run(folder: Path, *command: object, before: tuple[str, ...] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    """A script of the prototype, as a person runs it."""
    import os

    known = {**os.environ, **variables}
    whole = [*before, sys.executable, *map(str, command)]
    return subprocess.run(whole, cwd=folder, env=known, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("data", ["mails", "topics", "customers", "spending"])
def test_every_kind_is_proved_by_a_replay_and_nothing_is_asked_for_it(asked: AskedRuns, data: str) -> None:
    found = asked(data)
    proof = proof_of(found)
    assert (proof.how, proof.network, proof.same_predictions) == ("assembled", "replayed", True)
    assert proof.rows == 32
    assert proof.largest_difference <= proof.tolerance
    assert found.questions == len(found.server.requests) > 100
    pins = {name.partition("==")[0] for name in proof.distributions}
    assert {"openai", "tenacity", "numpy"} <= pins
    assert not pins & {"pandas", "polars", "torch", "langchain", "httpx", "llama_cpp_python", "fasttrack"}


def test_no_secret_and_no_place_of_this_machine_is_in_it(asked: AskedRuns, shared_cache: Path) -> None:
    found = asked("mails")
    for path in found.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert SECRET.encode() not in content, path
            assert str(shared_cache.parent).encode() not in content, path
    assert found.server.requests[0]["model"] == "small-model"
    assert found.server.heard[0].headers["authorization"] == f"Bearer {SECRET}"  # it was really used


def test_it_carries_its_prompt_its_answers_and_a_replay(asked: AskedRuns) -> None:
    found = asked("mails")
    manifest = json.loads((found.folder / "model" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["language_model"]["base_url_variable"] == "PROMPT_BASE_URL"
    assert manifest["language_model"]["form"]["mode"] == "json_schema"
    assert "- billing" in (found.folder / "model" / "prompt" / "system.md").read_text(encoding="utf-8")
    golden = (found.folder / "tests" / "golden.jsonl").read_text(encoding="utf-8").splitlines()
    recorded = (found.folder / "tests" / "recorded.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(golden) == len(recorded) == 6
    assert "order 1" not in "".join(recorded)


def test_readme_and_card_say_what_is_asked_what_it_costs_and_what_leaves(asked: AskedRuns) -> None:
    found = asked("mails")
    for name in ("README.md", "MODEL_CARD.md"):
        page = (found.folder / name).read_text(encoding="utf-8")
        assert f"the language model `small-model` at {found.server.url}" in page
        assert "`OPENAI_API_KEY`; no file here holds one" in page
        assert "tokens to read and" in page
        assert "for a thousand rows)" in page
        assert "| what leaves this machine | with each row: its values" in page
        assert "`PROMPT_CACHE=answers.sqlite`" in page
    readme = (found.folder / "README.md").read_text(encoding="utf-8")
    assert "and no network" not in readme
    assert "export OPENAI_API_KEY=..." in readme
    assert "with no network but a replay" in readme


def test_its_own_tests_pass_without_key_and_network_and_can_fail(asked: AskedRuns, tmp_path: Path) -> None:
    folder = packing.unpack(asked("mails").zip, tmp_path)
    done = run(folder, "tests/test_prototype.py", before=no_network())
    assert (done.returncode, done.stdout) == (0, "All well.\n"), done.stderr
    prompt = folder / "model" / "prompt" / "system.md"
    prompt.write_text(prompt.read_text(encoding="utf-8") + "Be quick.", encoding="utf-8")
    done = run(folder, "tests/test_prototype.py", before=no_network())
    assert done.returncode == 1
    assert "Expected a question that was recorded. Found another one; 6 answers are known here." in done.stderr


def test_another_prompt_than_the_runs_is_not_proved(asked: AskedRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked("mails")
    monkeypatch.setenv("PROMPT_CACHE", str(found.zip.parent / "answers.sqlite"))
    folder = packing.unpack(found.zip, tmp_path)
    (folder / "model" / "prompt" / "system.md").write_text("Answer.", encoding="utf-8")
    archive = packing.pack(folder, tmp_path / "changed.zip")
    with pytest.raises(NothingBuilt, match="Expected a question that was recorded"):
        prove(found.run, archive, offline=True)


def test_where_the_answers_are_gone_exporting_says_so_and_asks_nothing(
    asked: AskedRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPT_CACHE", str(tmp_path / "none.sqlite"))
    with pytest.raises(PersonMustMend) as caught:
        export(asked("mails").run, tmp_path)
    assert caught.value.code == "no-recorded-answers"
    assert str(caught.value) == (
        f"Expected what small-model answered in run {asked('mails').run.name}, kept in {tmp_path / 'none.sqlite'}. "
        "Found none of it. Build again; exporting asks no language model anything new."
    )


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> tuple[Path, Path]:
    """(run, place) of a run with a tiny model in a file."""
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make setup EXTRAS=dev,local-llm)")
    import tiny_gguf

    place = tmp_path_factory.mktemp("local")
    path = tiny_gguf.write(place / "tiny.gguf")
    model = LanguageModel(kind="llamacpp", name="tiny.gguf", path=str(path), input_price=0.0, output_price=0.0)
    return asked_runs.build(place, "customers", model), place


@pytest.fixture
def unpacked(local: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Proof]:
    """(unzipped prototype, proof) of a model in a file that is too big for the zip."""
    from tools.export import asks

    run_folder, place = local
    monkeypatch.setattr(asks, "PACKED_MB", 0.01)
    monkeypatch.setenv("PROMPT_CACHE", str(place / "answers.sqlite"))
    archive = export(run_folder, tmp_path)
    return packing.unpack(archive, tmp_path / "unzipped"), prove(run_folder, archive, offline=False)


def test_a_small_file_is_packed_and_proved_without_a_network(
    local: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_folder, place = local
    monkeypatch.setenv("PROMPT_CACHE", str(place / "answers.sqlite"))
    archive = export(run_folder, tmp_path)
    proof = prove(run_folder, archive, offline=False)
    assert (proof.how, proof.network, proof.same_predictions) == ("assembled", "refused", True)
    with zipfile.ZipFile(archive) as file:
        names = {name.partition("/")[2] for name in file.namelist()}
    assert "model/tiny.gguf" in names
    assert not names & {"tests/replay.py", "tests/recorded.jsonl"}


def test_a_big_file_is_named_and_looked_for(unpacked: tuple[Path, Proof], local: tuple[Path, Path], tmp_path: Path) -> None:
    folder, proof = unpacked
    assert (proof.network, proof.same_predictions) == ("refused", True)
    model = local[1] / "tiny.gguf"
    manifest = json.loads((folder / "model" / "manifest.json").read_text(encoding="utf-8"))["language_model"]
    assert (manifest["path"], manifest["size"]) == ("tiny.gguf", model.stat().st_size)
    assert f"sha256 `{manifest['sha256']}`" in (folder / "README.md").read_text(encoding="utf-8")
    source = asked_runs.write(tmp_path / "in.csv", "customers", rows=3)
    command = ("predict.py", source, "-o", tmp_path / "out.csv")
    done = run(folder, *command)
    assert done.returncode == 2
    assert done.stderr == (
        f"Expected the language model tiny.gguf (0.2 MB, sha256 {manifest['sha256'][:16]}…). Found no file at "
        f"{folder / 'model' / 'tiny.gguf'}. Put it into {folder / 'model'}, or name its path: PROMPT_GGUF=/path/to/tiny.gguf\n"
    )
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(model.read_bytes() + b"more")
    assert f"Found another file at {wrong} (0.2 MB)." in run(folder, *command, PROMPT_GGUF=str(wrong)).stderr
    assert run(folder, *command, PROMPT_GGUF=str(model)).returncode == 0
    (folder / "model" / "tiny.gguf").write_bytes(model.read_bytes())
    done = run(folder, *command, before=no_network())
    assert (done.returncode, done.stderr) == (0, f"3 rows answered in {tmp_path / 'out.csv'}\n")
