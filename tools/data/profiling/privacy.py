"""Personal data in cells: mail addresses, phone numbers, names, postal addresses, cards, accounts, talk about health."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tools.core.data import ColumnProfile, FileProfile, Problem
from tools.data.loading.columns import share
from tools.data.profiling.looking import sample

if TYPE_CHECKING:
    import polars as pl

ROWS = 5_000
FEWEST = 3  # cells; one alone is an accident
MAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
PHONE = (
    r"(^|[^\w./-])(\+\d{1,3}[ ().-]*\d[\d ().-]{6,13}\d|\(\d{3}\)\s?\d{3}[-. ]\d{4}|\d{3}[-.]\d{3}[-.]\d{4}|"
    r"0\d{2,4}[ /-]?\d{3,4}[ -]?\d{3,5})($|[^\w./-])"
)
IBAN = r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"
CARD = r"\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b"
STREET = (
    r"(?i)^\s*\d+[\w-]*\s+(\S+\s+){1,4}(street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|way|terrace)\b|"
    r"\b\S+(straße|strasse|str\.|weg|gasse|platz)\s+\d+|\b(rue|avenue|calle|avenida|plaza|via)\s+(\S+\s+){0,4}\S+,?\s+\d+|"
    r"^\s*\d+,?\s+(rue|avenue|boulevard)\s"
)
PERSON_NAME = re.compile(
    r"(customer|client|patient|employee|contact|guest|member|owner|person|passenger|student|applicant|caller|user|sender|"
    r"author|kunden?|mitarbeiter|cliente|paciente)[\s_.-]*(name|nombre|nom)|(first|last|full|given|family|sur|maiden|middle)[\s_.-]*name|"
    r"^(vorname|nachname|familienname|prenom|prénom|nom|apellidos?|surname|forename|nombre completo|ansprechpartner)$",
    re.I,
)
BARE_NAME = re.compile(r"^(name|names|nombre|nom)$", re.I)
ADDRESS_NAME = re.compile(r"(^|[\s_.-])(address|adresse|anschrift|direccion|dirección|home_address)($|[\s_.-])", re.I)
PHONE_NAME = re.compile(r"phone|telefon|téléphone|telefono|teléfono|mobile|handy|(^|[\s_.-])(tel|fax)($|[\s_.-])", re.I)
BORN_NAME = re.compile(
    r"birth[\s_.-]*(day|date)|date[\s_.-]*of[\s_.-]*birth|^dob$|geburts(tag|datum)|fecha de nacimiento|date de naissance", re.I
)
SECRET_NAME = re.compile(
    r"^(ssn|social[\s_.-]*security.*|passport.*|tax[\s_.-]*id|national[\s_.-]*id|steuer-?id|iban|credit[\s_.-]*card.*number)$",
    re.I,
)
PEOPLE = r"^[^\W\d_][\w'’.-]*,?(\s+(\([^)]*\)|[A-Z][\w'’.-]*|van|von|de|da|del|der|la|bin|al))+$"
CARE = (
    r"(?i)\b(patients?|doctor|physician|nurse|paciente|patientin|arzt|ärztin|médecin|docteur|doctora|hospital|clinic|surgery|"
    r"ward)\b"
)
ILL = (
    r"(?i)\b(symptoms?|diagnos\w+|medications?|prescri\w+|allerg\w+|pain|fever|blood pressure|surgical|history of|tablets?|mg|"
    r"chronic|disease|treatment|injur\w+|bleeding|nausea|therapy|asthma|diabet\w+|cancer|schmerz\w*|fieber|douleurs?|fièvre|dolor|fiebre)\b"
)


def personal_data(file: FileProfile) -> list[Problem]:
    """One problem that lists what was found where, or none. Looks at up to 5,000 rows."""
    texts = [column for column in file.columns if column.dtype == "text" and column.role != "constant"]
    table = sample(file.attachment, [column.name for column in texts], ROWS) if texts else None
    found: list[tuple[str, str, int]] = []  # what, column, cells
    for column in texts:
        assert table is not None
        found += _in_cells(column, table[column.name].drop_nulls())
    found += [(what, column.name, column.rows - column.missing) for column in file.columns if (what := _by_name(column))]
    if not found:
        return []
    looked = table.height if table is not None else file.rows or 0
    kinds = list(dict.fromkeys(what for what, _, _ in found))
    found = list({(what, name): (what, name, cells) for what, name, cells in found}.values())
    columns = list(dict.fromkeys(name for _, name, _ in found))
    evidence = "; ".join(f"{what} in {cells:,} cells of {name}" for what, name, cells in found[:6])
    return [
        Problem(
            code="personal-data",
            message=f"{file.file} holds {_and(kinds)} ({', '.join(columns[:5])}). Think before anything leaves this machine.",
            evidence=f"{evidence} (of {looked:,} rows looked at)",
        )
    ]


def _in_cells(column: ColumnProfile, cells: pl.Series) -> list[tuple[str, str, int]]:
    found = []
    if len(cells) == 0:
        return []
    for what, count in PATTERNS.items():
        hits = count(cells)
        if hits >= max(FEWEST, 0.001 * len(cells)):
            found.append((what, column.name, hits))
    if ADDRESS_NAME.search(column.name) and share(cells, r"[^\W\d_]{3}") > 0.5 < share(cells, r"\d"):
        found.append(("postal addresses", column.name, len(cells)))
    if PERSON_NAME.search(column.name) or (BARE_NAME.match(column.name) and _are_people(cells)):
        found.append(("names of people", column.name, len(cells)))
    return found


def _are_people(cells: pl.Series) -> bool:
    """Two or more capitalised words in nearly every cell, seldom the same ones."""
    return share(cells, PEOPLE) > 0.7 and cells.n_unique() > 0.7 * len(cells)


def _by_name(column: ColumnProfile) -> str | None:
    if column.role in ("constant", "empty") or column.unique < 3:
        return None
    if BORN_NAME.search(column.name):
        return "dates of birth"
    if SECRET_NAME.search(column.name):
        return "numbers of documents"
    if PHONE_NAME.search(column.name) and column.unique > 0.5 * (column.rows - column.missing) and column.dtype == "integer":
        return "phone numbers"
    return None


def _matches(pattern: str) -> Callable[[pl.Series], int]:
    return lambda cells: int(cells.str.contains(pattern).sum())


def _phones(cells: pl.Series) -> int:
    others = f"{IBAN}|{CARD}"
    return int(cells.str.replace_all(others, " ").str.contains(PHONE).sum())


def _cards(cells: pl.Series) -> int:
    candidates = cells.filter(cells.str.contains(CARD)).head(500)
    hits = sum(any(_luhn(match) for match in re.findall(CARD, cell)) for cell in candidates)
    return hits if hits > 0.5 * len(candidates) else 0  # one of ten other long numbers passes by luck


def _ibans(cells: pl.Series) -> int:
    candidates = cells.filter(cells.str.contains(IBAN)).head(500)
    return sum(any(_mod97(match) for match in re.findall(IBAN, cell)) for cell in candidates)


def _luhn(card: str) -> bool:
    digits = [int(sign) for sign in card if sign.isdigit()][::-1]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _mod97(iban: str) -> bool:
    bare = iban.replace(" ", "")
    return 15 <= len(bare) <= 34 and int("".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])) % 97 == 1


def _addresses(cells: pl.Series) -> int:
    """Street and number in a cell; in long texts one is too often something else, so most cells must have them."""
    hits = int(cells.str.contains(STREET).sum())
    return hits if hits >= 0.2 * len(cells) else 0


def _health(cells: pl.Series) -> int:
    """Texts that speak of care and of an illness or treatment."""
    hits = int((cells.str.contains(CARE) & cells.str.contains(ILL)).sum())
    return hits if hits >= 0.15 * len(cells) else 0


PATTERNS: dict[str, Callable[[pl.Series], int]] = {
    "mail addresses": _matches(MAIL),
    "phone numbers": _phones,
    "card numbers": _cards,
    "bank accounts (IBAN)": _ibans,
    "postal addresses": _addresses,
    "talk about people's health": _health,
}


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
