"""What a token costs, by the table and by the person."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tools.core.errors import TaskError
from tools.llm.prices import TABLE, checked, price_of

OPENAI = "https://api.openai.com/v1"


@pytest.fixture(autouse=True)
def none_of_one_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FASTTRACK_PRICES", raising=False)


def test_the_table_holds_at_the_vendor_s_own_place_and_for_dated_versions() -> None:
    assert price_of("gpt-4o-mini", OPENAI) == (0.15, 0.6)
    assert price_of("gpt-4o-mini-2024-07-18", OPENAI) == (0.15, 0.6)
    assert price_of("gpt-4o-mini", "https://resold.example.com/v1") is None
    assert price_of("gpt-4o-mini", None) is None
    assert price_of("unheard-of", OPENAI) is None


def test_every_price_is_sound_and_dated() -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    assert re.fullmatch(r"20\d\d-\d\d", checked())
    for host, names in table.items():
        if isinstance(names, dict):
            assert all(len(pair) == 2 and 0 < pair[0] < pair[1] < 1000 for pair in names.values()), host


def test_one_s_own_prices_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FASTTRACK_PRICES", "gpt-4o-mini=1/2, org/model:free=0/0")
    assert price_of("gpt-4o-mini", OPENAI) == (1.0, 2.0)
    assert price_of("gpt-4o-mini-2024-07-18", "https://anywhere.example") == (1.0, 2.0)
    assert price_of("org/model:free", None) == (0.0, 0.0)
    assert price_of("gpt-4o", OPENAI) == (2.5, 10.0)
    file = tmp_path / "prices.toml"
    file.write_text('"m" = [3, 4.5]\n["llm.example.com"]\nother = [5, 6]\n')
    monkeypatch.setenv("FASTTRACK_PRICES", str(file))
    assert (price_of("m", None), price_of("other", None)) == ((3.0, 4.5), (5.0, 6.0))


@pytest.mark.parametrize("said", ["m=1", "m=a/b", "m=-1/2", "m=nan/1", "m=1/inf", "/no/such/file.toml"])
def test_prices_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("FASTTRACK_PRICES", said)
    with pytest.raises(TaskError) as caught:
        price_of("m", None)
    assert caught.value.code == "bad-prices"
    assert caught.value.remedy == "For example FASTTRACK_PRICES=gpt-4o-mini=0.15/0.60."


def test_a_file_that_is_no_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    monkeypatch.setenv("FASTTRACK_PRICES", str(file))
    for text in ("m = [", "m = [1]", 'm = ["a", 2]'):
        file.write_text(text)
        with pytest.raises(TaskError, match="Expected FASTTRACK_PRICES as NAME=IN/OUT"):
            price_of("m", None)
