"""Numbers in a brain's words: scores and decimals must come from tools, the plan, the profile or the person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.workspace import Workspace

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

NUMBER = r"[-+−]?\d+(?:[.,]\d+)*"
PERCENT = re.compile(
    rf"({NUMBER})\s*(?:%|٪|(?:percent|per cent|pct|prozent|pour\s?cent|por ciento|percentage points?|prozentpunkte?)\b)",
    re.IGNORECASE,
)
DECIMAL = re.compile(r"(?<![\w.,])[-+−]?(?:\d+[.,]\d+|[.,]\d+)(?![\w]|[.,]\d)")
SHARE = re.compile(r"\b(\d+)\s*(?:out of|of every|von|sur|de cada)\s*(10|100|1000)\b", re.IGNORECASE)
METRIC_WORDS = (
    r"accuracy|accurate|precision|recall|f1|f-1|auc|r2|r²|rmse|mae|mape|mcc|score|kappa|log[ -]loss|"
    r"genauigkeit|trefferquote|treffergenauigkeit|exactitude|précision|rappel|exactitud|precisión|exhaustividad|puntuación"
)
NEAR_METRIC = re.compile(
    rf"(?:\b(?:{METRIC_WORDS})\b[^.!?\n\d]{{0,30}}?({NUMBER}))|(?:({NUMBER})[^.!?\n\d]{{0,12}}?\b(?:{METRIC_WORDS})\b)",
    re.IGNORECASE,
)
TENS = (
    r"(?:ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|zehn|zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|"
    r"achtzig|neunzig|hundert|dix|vingt|trente|quarante|cinquante|soixante|cent|diez|veinte|treinta|cuarenta|cincuenta|sesenta|"
    r"setenta|ochenta|noventa|cien)"
)
SPELLED = re.compile(rf"\b\w*{TENS}[\w-]*\s+(?:percent|per cent|prozent|pour\s?cent|por ciento)\b", re.IGNORECASE)
INTERVAL = re.compile(r"(?:95|95[.,]0)\s*(?:%|percent|prozent|pour\s?cent|por ciento)", re.IGNORECASE)
UNSURE = frozenset({"confidence", "candidate_target"})  # numbers of ours that measure nothing
SCORING_TOOLS = frozenset({"explain_results", "try_prototype"})
EXACT_WORDS = re.compile(r"\bv?\d+(?:\.\d+){2,}\b")  # versions and dates


@dataclass
class Known:
    """measured: scores from results, and what the person said. other: all numbers of tools, plan and profile."""

    measured: set[float] = field(default_factory=set)
    other: set[float] = field(default_factory=set)


def known(workspace: Workspace, messages: Sequence[BaseMessage]) -> Known:
    """Every number that was computed or said in this conversation."""
    found = Known()
    for message in messages:
        text = str(message.text)
        if message.type == "human":
            found.measured |= _in_text(text)
        elif message.type == "tool" and text.startswith("{"):
            numbers = set(_in_json(json.loads(text)))
            found.other |= numbers
            if message.name in SCORING_TOOLS:
                found.measured |= numbers
        elif message.type == "ai" and "brain" not in message.additional_kwargs:
            found.measured |= _in_text(text)  # told by code
    found.other |= set(_in_json(workspace.model_dump(mode="json", exclude={"attachments", "usage"})))
    if workspace.plan is not None:
        estimates = [candidate.estimate for candidate in workspace.plan.selected]
        found.other |= {sum(one.minutes for one in estimates), sum(one.dollars for one in estimates)}
    found.other |= set(_in_json(workspace.profile().model_dump(mode="json")))
    return found


def invented(words: str, known: Known) -> list[str]:
    """Scores, percentages and decimals in the words that nothing which was computed or said rounds to."""
    text = EXACT_WORDS.sub(" ", INTERVAL.sub(" ", words))
    made_up = [match.group() for match in SPELLED.finditer(text)]
    made_up += [one.group() for one in PERCENT.finditer(text) if not _is_known(one[1], known.measured, percent=True)]
    text = PERCENT.sub(" ", text)
    for match in NEAR_METRIC.finditer(text):
        number = match[1] or match[2]
        if not _is_known(number, known.measured, percent=True):
            made_up.append(number)
    made_up += [match.group() for match in SHARE.finditer(text) if not _share_is_known(match, known)]
    made_up += [match.group() for match in DECIMAL.finditer(text) if not _is_known(match.group(), known.measured | known.other)]
    return list(dict.fromkeys(part.strip() for part in made_up))


def _share_is_known(match: re.Match[str], known: Known) -> bool:
    """`9 out of 10`: a known share, or both numbers as they were counted."""
    part, whole = float(match[1]), float(match[2])
    return _is_known(str(100 * part / whole), known.measured, percent=True) or {part, whole} <= known.measured


def _is_known(text: str, numbers: Iterable[float], percent: bool = False) -> bool:
    """Whether a known number, rounded as the text is, reads like it; as a percentage also a share of 1."""
    for value, digits in _readings(text):
        for number in numbers:
            if round(abs(number), digits) == value or (percent and round(abs(number) * 100, digits) == value):
                return True
    return False


def _readings(text: str) -> list[tuple[float, int]]:
    """(value, decimals) for both habits of writing numbers: 1,234.5 and 1.234,5."""
    plain = text.strip("+-− ")
    found: list[tuple[float, int]] = []
    for decimal, thousands in ((".", ","), (",", ".")):
        parts = plain.replace(thousands, "").split(decimal)
        if len(parts) <= 2 and all(part.isdigit() for part in parts if part):
            digits = len(parts[1]) if len(parts) == 2 else 0
            found.append((round(float(".".join(part or "0" for part in parts)), digits), digits))
    return found


def _in_text(text: str) -> set[float]:
    return {value for match in re.finditer(rf"{NUMBER}|[.,]\d+", text) for value, _ in _readings(match.group())}


def _in_json(value: Any) -> Iterable[float]:
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, str):
        yield from _in_text(value)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if name not in UNSURE:
                yield from _in_json(part)
    elif isinstance(value, Sequence):
        for part in value:
            yield from _in_json(part)
