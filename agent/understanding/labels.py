"""Classes: from the target column, from what was pasted, from folders and boxes, or listed in words."""

from __future__ import annotations

import re
from collections import Counter

from agent.understanding import cues
from agent.understanding.message import Message
from agent.understanding.quantities import number
from agent.understanding.shown import Shown
from agent.understanding.words import fold, stem, words
from tools.core.data import ColumnProfile
from tools.core.task import Label
from tools.data.loading.label_cells import likely_separator
from tools.runtime import label_sets

AND = r"\s*(?:,\s*(?:and|or|und|oder|et|ou|y|o|e|u)\b|[,/|;]|\bvs\.?|\bversus\b|\b(?:and|or|und|oder|et|ou|y|o|sowie|bzw)\b)\s*"
OR = r"\s+(?:or|oder|ou|o)\s+"
LEAD = re.compile(
    r"^(?:(?:the|a|an|either|it is|its|is it|is|are|as|into|in|whether|both|der|die|das|ein|eine|entweder|ob|es|"
    r"ist|sind|als|le|la|les|l|un|une|soit|est|"
    r"sont|el|los|las|una|si|es|son|just|only|simply|or|and|und|oder|ou|et|o|y|maybe|then|then just|oh|nur|"
    r"only those|nothing else than)\b[\s:]*)+",
    re.I,
)
TAIL = re.compile(
    r"\s+(?:(?:because|so that|so|from|if|when|which|that|for|before|after|but|weil|damit|wenn|aus|aber|fur|"
    r"parce|pour|mais|a partir|porque|para|pero|"
    r"by itself|by themselves|automatically|please|bitte|svp|por favor|and i|and we|i|we|they|ich|wir|je|nous|"
    r"thats|that is|c.est|"
    r"ist|war|sind|geht|soll|sortieren|einteilen|unterscheiden|zuordnen|einordnen|aufteilen|teilen|trennen|"
    r"einsortieren|according|based|using|depending)\b.*)$",
    re.I,
)
CLAUSE = re.compile(r"[.!?;\n()]|\s[-–—]\s|\.\.\.")
# After these words two names are a list of classes; after the weak ones it takes three, because they open many other phrases.
OPENERS = re.compile(
    r"(?:\b(?:into|either|one of|tell apart|distinguish between|separate)\b|\bwhether (?:it(?: i|')?s|they(?: a|"
    r"')?re|something is|an? \w+ is|the \w+ is|\w+ is)?|"
    r"\b(?:categories|classes|groups|labels|tags|topics|types|kinds|buckets|piles|drawers|teams|departments|reasons|"
    r"options|levels|moods)\b"
    r"(?: i want)?(?: are| would be| should be|:| like| such as| -| from| out of)?|"
    r"\bmarked(?: as)?\b|\b(?:entweder|unterscheiden zwischen)\b|\bob (?:es|sie|er|das|der \w+|die \w+|eine? \w+)?|"
    r"\b(?:kategorien|klassen|gruppen|themen|abteilungen|schubladen|arten|stufen)\b(?: sind| waren|:)?|"
    r"\bsoit\b|\bsi (?:c'est|il est|elle est|un \w+ est|une \w+ est|es|son|una? \w+ es|est[aá])|"
    r"\b(?:groupes|classes|services|tiroirs|motifs|th[eè]mes|[eé]tiquettes|cat[eé]gories)\b(?: sont|:)?|"
    r"\b(?:categor[ií]as|grupos|clases|temas|departamentos|etiquetas|tipos)\b(?: son|:)?)\s*:?\s*",
    re.I,
)
SORTING = re.compile(
    r"\b(?:sort|split|divid|classif|group|sortier|einteil|aufteil|unterscheid|trier|class|s[eé]par|clasific|divid)\w*", re.I
)
WEAK_OPENERS = re.compile(
    r"(?:\b(?:in|en|as|als|como|comme|between|zwischen|entre|says?|dans|about|uber|über|sobre|sur)\b|:)\s*", re.I
)
COLOURS = (
    r"(?:black|white|red|green|blue|yellow|grey|gray|schwarz|weiss|rot|grun|blau|gelb|grau|noir|blanc|"
    r"rouge|vert|bleu|jaune|gris|negro|blanco|rojo|verde|azul|amarillo)e?s?"
)
COLOURED = re.compile(
    rf"(?:^|,|\band\b|\bund\b|\bet\b|\by\b)\s*(?:the |die |der |das |les |le |la |los |las |"
    rf"el )?([a-z]+(?: [a-z]+)?) (?:is |are |in |sind |ist |en |son )?{COLOURS}\b"
)
ROLE_LINE = re.compile(
    r"^\s*(?:[-*•]\s*)?([^:=\n]{2,40}?)\s*(?::|=|\bmeans\b|\bheisst\b|\bbedeutet\b|\bveut dire\b|\bsignifica\b)\s*(\S.{3,})$",
    re.I,
)
MOST_WORDS = 4
SLASHED = re.compile(r"[^\W\d_]{2,}(?: ?/ ?[^\W\d_]{2,}){2,}")
# What follows a list but is no item of it.
CLAUSE_START = re.compile(
    r"(?:because|since|so that|if|when|which|that|but|any|weil|damit|wenn|aber|denn|parce|puisque|car|mais|quand|"
    r"porque|pero|cuando)\b"
)
FINITE = re.compile(
    r"\b(?:may|can|could|should|might|will|would|must|gets?|is|are|was|were|has|have|wants?|kann|konnen|soll|ist|sind|"
    r"hat|haben|"
    r"peut|est|sont|ont|puede|es|son|hay|tiene)\b"
)
GENERIC = frozenset(
    {"it", "them", "this", "that", "these", "those", "things", "stuff", "ones", "both", "all", "etc", "so on", "many", "more",
     "at once", "at the same time", "zugleich", "gleichzeitig", "a la fois", "a la vez"}
)  # fmt: skip


def of_column(column: ColumnProfile) -> list[Label]:
    """The values of a target column, most frequent first."""
    return [Label(name=value) for value, _ in column.top if value != ""]


def of_sets(column: ColumnProfile) -> tuple[list[Label], str | None]:
    """The single labels of a column whose cells hold several, most frequent first, and what parts them (None: JSON lists)."""
    if column.single_labels:
        return [Label(name=name) for name, _ in column.single_labels], column.label_separator
    separator = likely_separator([value for value, _ in column.top])
    parts: Counter[str] = Counter()
    for value, count in column.top:
        parts.update(dict.fromkeys(label_sets.read(value, separator), count))
    return [Label(name=name) for name, _ in parts.most_common()], separator


def of_files(shown: Shown) -> list[Label] | None:
    """Class folders of pictures, or the names in bounding boxes."""
    found = shown.boxes or shown.class_folders
    return [Label(name=name) for name in found] or None


def listed(message: Message, asked: bool = False, surely: bool = False) -> list[Label]:
    """Classes that the words list, the longest list; empty where there is none. asked: it answers "which groups?".

    surely: only after words that open nothing else ("into", "marked", "categories").
    """
    described = _described(message.prose)
    if len(described) >= 2:
        return described
    best: list[str] = []
    for sentence in message.standing:
        if sentence.negated and not asked:
            continue
        for start, least in _starts(sentence.text, asked, surely):
            found = _items(CLAUSE.split(sentence.text[start:], maxsplit=1)[0], asked)
            if len(found) >= least and len(found) > len(best):
                best = found
        slashed = [part.strip() for match in SLASHED.finditer(sentence.text) for part in match[0].split("/")]
        best = max(best, slashed, key=len)
        if not surely and len(best) < 3 and (alone := _alone(sentence.text)):
            best = alone
    return [Label(name=name, description=_meaning(name, message)) for name in best]


def coloured(message: Message) -> list[Label]:
    """Classes of a mask named by their colours: "roads red, houses blue"."""
    for sentence in message.standing:
        found = [match[1] for match in COLOURED.finditer(sentence.folded)]
        if len(found) >= 2:
            return [Label(name=name) for name in dict.fromkeys(_head(name, message) for name in found)]
    return []


def _head(name: str, message: Message) -> str:
    """The noun that carries a name, one of it: `cell walls` -> `wall`, `paredes celulares` -> `paredes`."""
    parts = name.split()
    head = parts[0] if message.language in ("fr", "es") else parts[-1]
    return head[:-1] if message.language == "en" and re.search(r"[^su]s$", head) else head


def claimed_count(message: Message) -> int | None:
    """The number of classes that the words claim ("77 piles")."""
    match = cues.first("labels", "claim", message.standing_folded)
    value = number(match["n"]) if match else None
    return int(value) if value and value >= 2 else None


def contradiction(message: Message, column: ColumnProfile) -> str | None:
    """Why the words and the values of the target column do not agree; None where they do."""
    values = [value for value, _ in column.top]
    said = [label.name for label in listed(message, surely=True)]
    claimed = claimed_count(message)
    matched = [name for name in said if any(_same(name, value) for value in values)]
    unmatched = len(said) - len(matched)
    if unmatched and column.unique < len(said) <= 30 and column.unique <= 30:
        return f"{', '.join(said)} | {', '.join(values[:12])}"
    if claimed and column.unique <= 300 and claimed != column.unique and abs(claimed - column.unique) > 0.05 * claimed:
        return f"{claimed} | {', '.join(values[:12])}"
    return None


def matching(message: Message, column: ColumnProfile) -> list[str]:
    """Values of the target column that the words name."""
    return [value for value, _ in column.top if any(_same(label.name, value) for label in listed(message, asked=True))]


def _same(name: str, value: str) -> bool:
    ours, theirs = (
        [stem(word) for word in words(name)],
        [stem(word) for word in words(value.replace("_", " ").replace("-", " "))],
    )
    return bool(ours) and bool(theirs) and (ours == theirs or "".join(ours) == "".join(theirs) or set(ours) == set(theirs))


def _alone(text: str) -> list[str]:
    """A sentence that is nothing but a list of three or more short names."""
    clause = text.strip(" .!?:-")
    parts = _parts(clause)
    found = _items(clause, asked=True)
    return found if len(found) >= 3 and len(found) == len(parts) and all(len(name.split()) <= 3 for name in found) else []


def _starts(text: str, asked: bool, surely: bool) -> list[tuple[int, int]]:
    """(where a list may begin, how many names it needs to count as one)."""
    found = [(match.end(), 2) for match in OPENERS.finditer(text)]
    if surely:
        return found
    found += [(match.end(), 2 if SORTING.search(text) else 3) for match in WEAK_OPENERS.finditer(text)]
    return [(0, 2), *found] if asked else found


def _parts(clause: str) -> list[str]:
    """Cut at commas and "and"; where there are commas enough, an "and" only parts the last name: `shop and cafe, staff`."""
    by_comma = [part for part in re.split(r"\s*[,;]\s*", clause) if part.strip()]
    if len(by_comma) >= 3:
        last = [part for part in re.split(AND, by_comma[-1], flags=re.I) if part.strip()]
        middle = [piece for part in by_comma[:-1] for piece in re.split(OR, part, flags=re.I) if piece.strip()]
        return [*middle, *last]
    return [part for part in re.split(AND, clause, flags=re.I) if part.strip()]


def _items(clause: str, asked: bool) -> list[str]:
    """The parts of an enumeration at the start of a clause; empty where it is none."""
    parts = _parts(clause)
    if len(parts) < 2:
        return []
    items: list[str] = []
    for position, part in enumerate(parts):
        clean = LEAD.sub("", part.strip(" \t\"'“”„«»:*")).strip()
        cut = TAIL.sub("", clean).strip(" \t\"'“”„«»:,*")
        if not cut or len(cut.split()) > MOST_WORDS or fold(cut) in GENERIC or CLAUSE_START.match(fold(cut)):
            break
        if position >= 2 and len(cut.split()) > 2 and FINITE.search(fold(cut)):
            break
        items.append(cut)
        if cut != clean and position < len(parts) - 1:
            break
    unique = list(dict.fromkeys(items))
    short = sum(len(item.split()) <= 2 for item in unique)
    return unique if len(unique) >= 2 and (asked or short >= 0.5 * len(unique)) else []


def _described(prose: str) -> list[Label]:
    """Lines such as `urgent: somebody bleeds` one a label."""
    found = [match for line in prose.splitlines() if (match := ROLE_LINE.match(line)) and len(match[1].split()) <= MOST_WORDS]
    return [Label(name=match[1].strip(), description=match[2].strip()) for match in found] if len(found) >= 2 else []


def _meaning(name: str, message: Message) -> str | None:
    """What the person says a label means, in a sentence of its own."""
    head = words(name)[:1]
    for sentence in message.standing:
        match = re.search(r"\b(\w+) (?:means|heisst|bedeutet|veut dire|significa)\b (.+)", sentence.folded)
        if match and head and (stem(match[1]) in {stem(word) for word in words(name)}):
            return sentence.text[match.start(2) :].strip()
    return None
