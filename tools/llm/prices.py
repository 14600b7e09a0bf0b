"""What a token costs: a small table of list prices, and what the person says in FASTTRACK_PRICES."""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools.core.errors import TaskError

VARIABLE = "FASTTRACK_PRICES"
TABLE = Path(__file__).with_name("prices.toml")
DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
Price = tuple[float, float]


def price_of(name: str, base_url: str | None) -> Price | None:
    """Dollars for a million tokens in and out, or None where neither the person nor the table tells.

    The table is asked for the vendor's own host only: the same name elsewhere may cost something else.
    Raises TaskError where FASTTRACK_PRICES cannot be read.
    """
    own = _own_prices(os.environ.get(VARIABLE, "").strip())
    for known in (name, DATED.sub("", name)):
        if known in own:
            return own[known]
    vendor = _table().get(urlsplit(base_url or "").hostname or "", {})
    return vendor.get(name) or vendor.get(DATED.sub("", name))


def checked() -> str:
    """When the table was made, as year and month."""
    return str(tomllib.loads(TABLE.read_text(encoding="utf-8"))["checked"])


@cache
def _table() -> dict[str, dict[str, Price]]:
    """Host -> name -> price."""
    raw = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {host: _prices(names) for host, names in raw.items() if isinstance(names, dict)}


def _own_prices(said: str) -> dict[str, Price]:
    """`NAME=IN/OUT[,NAME=IN/OUT]`, or the path of a TOML file with lines of the form "NAME" = [IN, OUT]."""
    if not said:
        return {}
    if "=" in said:
        return {
            name.strip(): _pair(price) for name, _, price in (part.rpartition("=") for part in said.split(",") if part.strip())
        }
    try:
        raw = tomllib.loads(Path(said).expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise _unreadable(f"{said!r} ({type(problem).__name__})") from problem
    flat = {name: pair for name, pair in raw.items() if isinstance(pair, list)}
    nested = [names for names in raw.values() if isinstance(names, dict)]
    return _prices({**{name: pair for names in nested for name, pair in names.items()}, **flat})


def _prices(raw: Mapping[str, Any]) -> dict[str, Price]:
    try:
        return {name: _sound((float(pair[0]), float(pair[1])), pair) for name, pair in raw.items()}
    except (TypeError, ValueError, IndexError, KeyError) as problem:
        raise _unreadable(repr(dict(raw))) from problem


def _pair(text: str) -> Price:
    given, _, made = text.partition("/")
    try:
        return _sound((float(given), float(made)), text)
    except ValueError as problem:
        raise _unreadable(repr(text)) from problem


def _sound(price: Price, found: object) -> Price:
    if not all(math.isfinite(part) and part >= 0 for part in price):
        raise _unreadable(repr(found))
    return price


def _unreadable(found: str) -> TaskError:
    return TaskError(
        code="bad-prices",
        expected=f"{VARIABLE} as NAME=IN/OUT (dollars for a million tokens) with commas between, or the path of a TOML file",
        found=found,
        remedy=f"For example {VARIABLE}=gpt-4o-mini=0.15/0.60.",
    )
