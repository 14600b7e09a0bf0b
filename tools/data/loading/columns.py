"""How the texts of one column become values: numbers, dates or text. Decided on a sample, proved on every row."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["integer", "number", "date", "text"]
TEXT_MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL", "Null", "\\N", "#NULL!", "(null)")
NUMBER_MISSING = (
    *TEXT_MISSING,
    "-",
    "--",
    "---",
    ".",
    "..",
    "...",
    "None",
    "none",
    "NONE",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "#NUM!",
)
ENOUGH = 0.95  # share of the values that must fit for a column to be numbers or dates; the rest becomes missing, and is said
MOSTLY = 0.7  # share of numbers that is enough where everything else is one of a few words
QUOTED = r"^'.*'$"
ZONE = r"(\s*(?:Z|[+-]\d{2}:?\d{2}))$"
CURRENCY = "$€£¥₹%"

# (decimal, thousands, pattern): the ways in which people write numbers, plain ones first
NUMBER_STYLES: tuple[tuple[str, str, str], ...] = (
    (".", "", r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"),
    (".", ",", r"^[+-]?\d{1,3}(,\d{3})*(\.\d+)?$"),
    (",", "", r"^[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?$"),
    (",", ".", r"^[+-]?\d{1,3}(\.\d{3})*(,\d+)?$"),
    (".", " ", r"^[+-]?\d{1,3}([ \u00a0\u202f]\d{3})*(\.\d+)?$"),
    (",", " ", r"^[+-]?\d{1,3}([ \u00a0\u202f]\d{3})*(,\d+)?$"),
    (".", "'", r"^[+-]?\d{1,3}(['\u2019]\d{3})*(\.\d+)?$"),
)
DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%m/%d/%y", "%d/%m/%y",
    "%d.%m.%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y", "%b %d %Y",
)  # fmt: skip
TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", "T%H:%M:%S", "T%H:%M", " %H:%M:%S.%f", "T%H:%M:%S.%f")
MONTHS = ("%Y-%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y", "%Y/%m")
CLOCKS = ("%H:%M:%S", "%H:%M")
DATE_LIKE = (
    r"^\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?([T ].*)?$|^\d{1,2}[- /][A-Za-z]{3,9}[- /,]*\d{2,4}|"
    r"^[A-Za-z]{3,9}[- ]\d{1,4}|^\d{1,2}:\d{2}(:\d{2})?$"
)


@dataclass(frozen=True)
class Reading:
    """How to read one column. The same for Fasttrack and for an exported prototype.

    decimal, thousands: "" where there is none. strip: characters taken away before a number is read (currency, percent).
    quotes: values are wrapped in single quotes, which are not part of them. date_format: as for `strptime`. zone: a time zone
    stands behind each time and is not read; suffix: this zone as it is written (`Z`, `+01:00`), "" where rows differ in it.
    """

    name: str
    kind: Kind
    decimal: str = "."
    thousands: str = ""
    strip: str = ""
    quotes: bool = False
    date_format: str | None = None
    zone: bool = False
    suffix: str = ""
    missing_tokens: tuple[str, ...] = TEXT_MISSING

    def schema(self) -> dict[str, Any]:
        """The JSON form, for `schema()`."""
        return {**asdict(self), "missing_tokens": list(self.missing_tokens)}

    def as_text(self) -> Reading:
        """The same column left as text, for when values turn up that do not fit."""
        return replace(
            self, kind="text", decimal=".", thousands="", strip="", date_format=None, zone=False, missing_tokens=TEXT_MISSING
        )


def decide(name: str, sample: pl.Series, comma_decimals: bool) -> Reading:
    """Look at a sample of raw texts. comma_decimals: whether other columns of the file write 1,5 for one and a half."""
    values = cleaned(sample)
    quoted = len(values) > 0 and share(values, QUOTED) == 1.0
    if quoted:
        values = values.str.slice(1, values.str.len_chars() - 2).str.strip_chars()
    bare = values.filter(~values.is_in(list(NUMBER_MISSING)))
    reading = Reading(name=name, kind="text", quotes=quoted)
    if len(bare) == 0:
        return reading
    return _number(reading, bare, comma_decimals) or _date(reading, bare) or reading


def cleaned(raw: pl.Series) -> pl.Series:
    """Values that are there: stripped of spaces, without missing tokens and nulls."""
    values = raw.str.strip_chars().drop_nulls()
    return values.filter(~values.is_in(list(TEXT_MISSING)))


def text_of(reading: Reading) -> pl.Expr:
    """The raw text of a column with spaces, quotes and missing tokens taken care of."""
    import polars as pl

    value = pl.col(reading.name).str.strip_chars()
    if reading.quotes:
        value = value.str.replace(r"^'(.*)'$", "${1}").str.strip_chars()
    return pl.when(value.is_in(list(reading.missing_tokens))).then(None).otherwise(value).alias(reading.name)


def share(values: pl.Series, pattern: str) -> float:
    """Share of the texts in which a pattern is found, 0..1; 0 where there are none."""
    return int(values.str.contains(pattern).sum()) / len(values) if len(values) else 0.0


def cast(reading: Reading) -> pl.Expr:
    """The typed value of a column of raw texts; what does not fit is null."""
    return typed(text_of(reading), reading)


def typed(value: pl.Expr, reading: Reading) -> pl.Expr:
    """The same for what `text_of` has made of the raw texts."""
    import polars as pl

    if reading.kind == "text":
        return value.alias(reading.name)
    if reading.kind == "date":
        return _as_date(value, reading).alias(reading.name)
    for mark in reading.strip:
        value = value.str.replace_all(mark, "", literal=True)
    if reading.strip:
        value = value.str.strip_chars()
    if reading.thousands:
        value = value.str.replace_all(_thousands_pattern(reading.thousands), "")
    if reading.decimal != ".":
        value = value.str.replace(reading.decimal, ".", literal=True)
    number = value.cast(pl.Float64, strict=False)
    number = pl.when(number.is_finite()).then(number).otherwise(None)
    if reading.kind == "integer":
        number = pl.when(number == number.floor()).then(number).otherwise(None)
        return number.cast(pl.Int64, strict=False).alias(reading.name)
    return number.alias(reading.name)


def written_as_comma_decimal(sample: pl.Series) -> bool:
    """Whether a column can only be meant as numbers with a decimal comma (some value has not three digits after it)."""
    values = cleaned(sample)
    if len(values) == 0 or share(values, NUMBER_STYLES[0][2]) == 1.0:
        return False
    fits = values.str.contains(NUMBER_STYLES[2][2]) | values.str.contains(NUMBER_STYLES[3][2])
    return bool(fits.sum() >= ENOUGH * len(fits) and values.str.contains(r",(\d{1,2}|\d{4,})$|^[+-]?0,").any())


def _number(reading: Reading, bare: pl.Series, comma_decimals: bool) -> Reading | None:
    if share(bare, r"^[+-]?0\d{2,}$") > 0 or (share(bare, r"^0\d$") > 0.05 and not _two_digits(bare)):
        return None  # 00123 is a code; reading it as a number would lose the zeros
    if bare.str.contains(r"^\d{16,}$").any():
        return None  # beyond what a float64 holds exactly: numbers of cards, accounts, parcels
    strip = ""
    if share(bare, f"[{re.escape(CURRENCY)}]") >= ENOUGH / 2:
        strip = "".join(mark for mark in CURRENCY if bare.str.contains(mark, literal=True).any())
        for mark in strip:
            bare = bare.str.replace_all(mark, "", literal=True)
        bare = bare.str.strip_chars()
    shares = [(share(bare, pattern), decimal, thousands) for decimal, thousands, pattern in NUMBER_STYLES]
    best = max(fits for fits, _, _ in shares)
    words: tuple[str, ...] = ()
    if best < ENOUGH:
        words = _words_among(bare)
        if not words:
            return None
    fitting = [(decimal, thousands) for fits, decimal, thousands in shares if fits == best]
    decimal, thousands = fitting[0]
    if decimal == "." and thousands == "," and comma_decimals and (",", "") in fitting:
        decimal, thousands = ",", ""  # 1,234 alone is ambiguous; the other columns of the file settle it
    pattern = next(p for d, t, p in NUMBER_STYLES if (d, t) == (decimal, thousands))
    whole = not bare.filter(bare.str.contains(pattern)).str.contains(f"[{re.escape(decimal)}eE]|\\d{{16,}}").any()
    return replace(
        reading,
        kind="integer" if whole else "number",
        decimal=decimal,
        thousands=thousands,
        strip=strip,
        missing_tokens=(*NUMBER_MISSING, *words),
    )


def _words_among(bare: pl.Series) -> tuple[str, ...]:
    """Up to five words without digits that stand where numbers should ("on request"); empty where it is otherwise."""
    words = bare.filter(~bare.str.contains(r"\d")).unique(maintain_order=True).to_list()
    numbers = bare.filter(bare.str.contains(NUMBER_STYLES[0][2]))
    few = 0 < len(words) <= 5 and len(numbers) >= MOSTLY * len(bare) and numbers.n_unique() >= 10
    fits = bare.str.contains(NUMBER_STYLES[0][2]) | bare.is_in(words)
    return tuple(words) if few and bool(fits.all()) else ()


def _two_digits(bare: pl.Series) -> bool:
    """01 to 12, or 00 to 59: numbers that were padded to two digits, such as months."""
    return bool((bare.str.len_chars() <= 2).all())


def _date(reading: Reading, bare: pl.Series) -> Reading | None:
    if share(bare.head(200), DATE_LIKE) < ENOUGH:
        return None
    distinct = bare.unique(maintain_order=True).head(2000)
    zone = bool(share(distinct, ZONE) == 1.0 and distinct.str.contains(r"\d:\d").all())
    best: tuple[float, str] = (0.0, "")
    for date_format in _formats(str(distinct[0]), share(distinct, r"\d{4}") >= ENOUGH):
        candidate = replace(reading, kind="date", date_format=date_format, zone=zone, missing_tokens=NUMBER_MISSING)
        parsed = _parsed(distinct, candidate)
        fits = 1.0 - parsed.null_count() / len(parsed)
        if fits > best[0] + 1e-9:
            best = (fits, date_format)
        if fits == 1.0:
            break
    if best[0] < ENOUGH:
        return None
    return replace(reading, kind="date", date_format=best[1], zone=zone, missing_tokens=NUMBER_MISSING)


def _parsed(values: pl.Series, reading: Reading) -> pl.Series:
    return values.alias(reading.name).to_frame().select(cast(reading)).to_series()


def _formats(first: str, full_years: bool) -> list[str]:
    """The formats to try on values like this. full_years: years have four digits (14 must not be read as the year 14)."""
    if re.match(r"^\d{1,2}:\d{2}", first):
        return list(CLOCKS)
    days = [day + time for day in DAYS for time in TIMES]
    fitting = [*days, *MONTHS] if len(first) > 8 else [*MONTHS, *days]
    return [each for each in fitting if ("%Y" in each) == full_years]


def _as_date(value: pl.Expr, reading: Reading) -> pl.Expr:
    import polars as pl

    date_format = reading.date_format or "%Y-%m-%d"
    if reading.zone:
        value = value.str.replace(ZONE, "")
    if date_format in CLOCKS:  # a time alone: on the day that strptime gives it
        value, date_format = pl.lit("1900-01-01 ") + value, f"%Y-%m-%d {date_format}"
    elif date_format in MONTHS:
        value, date_format = value + pl.lit(" 1"), f"{date_format} %d"
    if "%H" not in date_format and "%I" not in date_format:
        return value.str.to_date(date_format, strict=False).cast(pl.Datetime("us"))
    return value.str.to_datetime(date_format.replace(".%f", "%.f"), time_unit="us", strict=False)


def _thousands_pattern(thousands: str) -> str:
    return {" ": "[ \u00a0\u202f]", "'": "['\u2019]"}.get(thousands, re.escape(thousands))
