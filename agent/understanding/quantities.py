"""Numbers, durations and money in everyday words: "half a year", "zwei Tage", "a tenner", "une dizaine"."""

from __future__ import annotations

import re
from dataclasses import dataclass

NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fourteen": 14,
    "fifteen": 15,
    "eighteen": 18,
    "twenty": 20,
    "twentyfour": 24,
    "twenty-four": 24,
    "thirty": 30,
    "forty": 40,
    "forty-eight": 48,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
    "hundred": 100,
    "couple": 2,
    "dozen": 12,
    "ein": 1,
    "eine": 1,
    "einen": 1,
    "einem": 1,
    "einer": 1,
    "zwei": 2,
    "drei": 3,
    "vier": 4,
    "funf": 5,
    "sechs": 6,
    "sieben": 7,
    "acht": 8,
    "neun": 9,
    "zehn": 10,
    "elf": 11,
    "zwolf": 12,
    "vierzehn": 14,
    "fuenf": 5,
    "zwanzig": 20,
    "dreissig": 30,
    "hundert": 100,
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
    "onze": 11,
    "douze": 12,
    "quinze": 15,
    "vingt": 20,
    "trente": 30,
    "cent": 100,
    "quinzaine": 15,
    "dizaine": 10,
    "una": 1,
    "uno": 1,
    "dos": 2,
    "tres": 3,
    "cuatro": 4,
    "cinco": 5,
    "seis": 6,
    "siete": 7,
    "ocho": 8,
    "nueve": 9,
    "diez": 10,
    "once": 11,
    "doce": 12,
    "quince": 15,
    "veinte": 20,
    "treinta": 30,
    "cien": 100,
    "par": 2,
}
HALVES = {"half", "halbe", "halbes", "halben", "demi", "demie", "medio", "media", "halb"}
UNITS: dict[str, float] = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
    "month": 2629746,
    "quarter": 7889238,
    "year": 31556952,
}
UNIT_WORDS = {
    "second": "seconds?|secs?|sekunden?|secondes?|segundos?",
    "minute": "minutes?|mins?|minuten?|minutos?",
    "hour": "hours?|hrs?|stunden?|std|heures?|horas?",
    "day": "days?|tage?n?|jours?|dias?",
    "week": "weeks?|wks?|wochen?|semaines?|semanas?",
    "month": "months?|monate?n?|mois|mes|meses",
    "quarter": "quarters?|quartale?s?|trimestres?",
    "year": "years?|yrs?|jahre?n?|ans?|annees?|anos?",
}
NUMBER = rf"(?:\d+(?:[.,]\d+)?|{'|'.join(sorted(NUMBERS, key=len, reverse=True))}|{'|'.join(HALVES)})"
UNIT = "|".join(f"(?P<{unit}>{words})" for unit, words in UNIT_WORDS.items())
DURATION = re.compile(
    rf"\b(?:(?P<half>{'|'.join(HALVES)})[- ]?(?:an?[- ])?|(?P<number>{NUMBER})[- ]+(?:(?P<half2>{'|'.join(HALVES)}) )?"
    rf"(?:of |de |more |weitere[nr]? |"
    rf"next |coming |full |whole |nachste[nr]? |kommende[nr]? |prochain\w* |proxim\w* |calendar )*)?(?:{UNIT})\b"
)
COMPOUND = re.compile(r"\b(?P<half>halb|viertel)?(?P<what>jahr|stunde)e?s?\b")
MONEY_SLANG = {"tenner": 10.0, "fiver": 5.0, "zehner": 10.0, "fuffi": 50.0, "hunni": 100.0, "grand": 1000.0}
CURRENCY = r"(?:€|\$|£|euros?|eur|dollars?|usd|bucks|pounds?|quid|gbp|chf|franken|francs?|pesos?)"
MONEY = re.compile(
    rf"(?:{CURRENCY}\s?(?P<after>\d+(?:[.,]\d+)?))|(?P<before>{NUMBER})\s?(?:{CURRENCY})|\b(?P<slang>{'|'.join(MONEY_SLANG)})s?\b|"
    r"\b(?P<zero>(?:zero|no|null|kein|aucun|cero|sin) (?:money|budget|geld|argent|dinero|presupuesto)|"
    r"(?:budget|presupuesto|cost|kosten)\w* (?:is |ist |est |es )?(?:basically |practically |quasi |praktisch |"
    r"pratiquement |basicamente )?(?:zero|nothing|nil|null|0|cero|nul|nichts)|"
    r"(?:cost|spend|pay|kosten|ausgeben|gastar|depenser|couter) (?:us |me |uns |mich )?(?:nothing|anything|nichts|nada|rien))\b"
)


@dataclass
class Duration:
    """seconds of the span, the count and unit as said, and where it stands in the text."""

    count: float
    unit: str
    start: int
    end: int

    @property
    def seconds(self) -> float:
        """Length of the span in seconds."""
        return self.count * UNITS[self.unit]


def number(word: str | None) -> float | None:
    """A number written in digits or as a word; None where it is neither."""
    if not word:
        return None
    if word in HALVES:
        return 0.5
    if word in NUMBERS:
        return float(NUMBERS[word])
    try:
        return float(word.replace(",", "."))
    except ValueError:
        return None


def durations(folded: str) -> list[Duration]:
    """All spans of time named in folded text. Without a number a plural (`months`) counts for nothing, a singular for one."""
    found = []
    text = re.sub(r"\bhalbjahr\w*|\bsemestre?\w*|\bsemester\b", "half year ", folded)
    text = re.sub(r"\bvierteljahr\w*", "quarter ", text)
    text = re.sub(r"\bfortnight\b", "14 days", text)
    for match in DURATION.finditer(text):
        unit = next(name for name in UNIT_WORDS if match[name])
        count = number(match["number"])
        if match["half"]:
            count = (count or 1.0) * 0.5
        elif match["half2"] and count is not None:
            count = 0.5 if count == 1.0 else count + 0.5  # `ein halbes Jahr` is half of one
        if count is None:
            count = 1.0 if not match[unit].endswith(("s", "en")) or match[unit] in ("mois", "mes") else 0.0
        ordinal = unit == "second" and count == 1 and re.match(r"\s+(?!at |or |max|is |per |to )[a-z]", text[match.end() :])
        if count > 0 and not ordinal and (unit != "second" or match["number"] or match["half"]):  # `the second one` is no time
            found.append(Duration(count, unit, match.start(), match.end()))
    return found


def dollars(folded: str) -> float | None:
    """The smallest amount of money named, 0 for "no budget"; None where there is none. Currencies count alike."""
    amounts = []
    for match in MONEY.finditer(folded):
        if match["zero"]:
            amounts.append(0.0)
        elif match["slang"]:
            amounts.append(MONEY_SLANG[match["slang"]])
        elif (value := number(match["after"] or match["before"])) is not None:
            amounts.append(value)
    return min(amounts) if amounts else None
