"""How strongly a person's words speak of each column: by its name, place, values and meaning, and what they rule out."""

from __future__ import annotations

import functools
import re
from collections import Counter
from dataclasses import dataclass

from agent.understanding import cues
from agent.understanding.language import small_words
from agent.understanding.message import Message, Sentence, known_ahead, without_choices
from agent.understanding.shown import LABEL_NAMES, Shown
from agent.understanding.words import fold, gloss_word, name_words, stem, words
from tools.core.data import ColumnProfile
from tools.core.task import Language

ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
    "erste": 1, "zweite": 2, "dritte": 3, "vierte": 4, "premiere": 1, "premier": 1, "deuxieme": 2, "seconde": 2, "troisieme": 3,
    "primera": 1, "segunda": 2, "tercera": 3, "cuarta": 4, "ultima": -1, "last": -1, "letzte": -1, "derniere": -1,
}  # fmt: skip
COLUMN_WORD = r"(?:column|col|spalte|colonne|columna|field|feld|champ|campo)"
PLACE = re.compile(
    rf"\b(?P<word>{'|'.join(ORDINALS)})[nrs]?\b (?:\w+ )?{COLUMN_WORD}\b|\b{COLUMN_WORD} (?:number |nr |no |"
    rf"n )?(?P<number>\d{{1,3}})\b|"
    r"\bthe (?P<nth>\d{1,3})(?:st|nd|rd|th)\b|"
    rf"\b{COLUMN_WORD} (?P<after>dernier|derniere|ultima)\b|"
    r"(?P<front>\b(?:far left|right at the (?:front|start|beginning)|at the very (?:front|start|beginning)|"
    r"ganz (?:links|vorne?|am anfang)|tout (?:au debut|a gauche|devant)|al principio del todo|a la izquierda del todo)\b)|"
    r"(?P<end>\b(?:last (?:thing|number|value|entry|one)|right at the end|at the (?:very )?end|far right|"
    r"ganz (?:rechts|hinten|am ende)|"
    r"am ende|a la fin|tout a la fin|au bout|al final)\b(?= (?:of|on|in|whether|if|is|it|that|stands?|ob|steht|"
    r"s.il|si|esta|there|of each|of every|de (?:chaque|cada))|,|$|:))"
)
TARGET_BEFORE = re.compile(
    r"\b(predict\w*|forecast\w*|guess\w*|estimat\w*|target(?: column)?(?: is)?|vorher\w*|schatz\w*|"
    r"ziel(?:spalte)?(?: ist)?|predi\w*|prevoir|deviner|"
    r"estim\w*|cible(?: est)?|objetivo(?: es)?|adivin\w*|know|want|care about|interested in|"
    r"classify|label(?: is)?|answer is)\b(?: \w+){0,3}\W+$"
)
RULED_OUT = re.compile(
    r"\b(?:not from|dont use|do not use|without(?: using| looking at)?|ignore|leave out|except|not using|"
    r"never use|must not use|not based on|drop|"
    r"nicht aus|nicht anhand|ohne|nicht verwenden|ignorier\w*|lass\w*|pas (?:a partir|avec|utiliser)(?: de)?|"
    r"sans(?: utiliser)?|ignore[rz]?|"
    r"sin(?: usar| mirar)?|no (?:uses|usar|desde)|ignora\w*)\b(?P<what>.{2,80})"
)
NOT_USED = re.compile(
    r"(?P<what>[^.,;]{2,60}?) (?:should|must|may|shall|can|darf|durfen|soll|sollen|doit|doivent|peut|debe|deben|"
    r"puede)\w* ?(?:not|nicht|pas|no)? "
    r"(?:be (?:used|looked at)|play a role|verwendet werden|benutzt werden|eine rolle spielen|etre utilise\w*|usarse)"
)
INPUT_BEFORE = re.compile(
    r"\b(given|based on|depend\w* on|according to|(?:when|if|once|as) (?:i|we|you) know|knowing|using|by (?:its|"
    r"the|their)|from (?:its|the|their|his|her|age|size)|"
    r"(?:in|dans|en) (?:the|der|le|la|el) (?:list|file|table|liste|datei|tabelle|"
    r"fichier|tableau|archivo|lista|tabla)[^.:]{0,25}:|"
    r"(?:one|a|an|something|somebody|\w+) with (?:such|so|this|these|a|an)\b|mit (?:so|solch\w*|diese\w*)\b|"
    r"avec (?:tel\w*|ces)\b|"
    r"con (?:tal|tanto\w*|ciert\w*)\b|i (?:got|have) the list|miles|je nach|wenn (?:ich|wir|man)|anhand|abhangig|"
    r"mit hilfe|aus (?:den|der|dem)|"
    r"a partir d\w*|en fonction|"
    r"quand (?:je|on)|sachant|a partir de|en funcion|sabiendo|cuando se|por su)\b[^.;?!]*$"
)
LIKELY = 0.5  # candidate_target of a column whose name or place says that it is the answer
MANY_NAMED = 3  # so many columns in one sentence are a list of what is known
MEASURES = ("where", "long", "money", "many", "heavy", "far", "yield")
ONLY = re.compile(r"\b(?:only|just|mine|care about|nur|bloss|seulement|uniquement|solo|solamente)\b")
ONLY_AFTER = re.compile(r"\w+ (?:\w+ )?(?:only|alone)\b")
GENERIC_NAMES = frozenset({"id", "no", "nr", "key", "code", "name", "number", "date"})
SIMILARITY_FLOOR = 0.1  # unrelated short English texts have a cosine near 0.1 under this encoder


@dataclass
class Mention:
    """score: evidence (log scale) that the person means this column as the wanted one. named: its name is in the words."""

    score: float = 0.0
    named: float = 0.0
    given: float = 0.0
    taken_back: float = 0.0
    placed: bool = False
    directed: bool = False
    denied: bool = False


def mentions(message: Message, shown: Shown) -> dict[str, Mention]:
    """Column name -> what the words say about it."""
    found = {column.name: Mention() for column in shown.columns}
    if not found:
        return found
    placed = place(message.standing_folded, [column.name for column in shown.columns])
    frequency = Counter(word for column in shown.columns for word in set(_stems(name_words(column.name), "en")))
    similar = _similar(message, shown)
    enumerations = _enumerations(message, shown, frequency)
    for column in shown.columns:
        mention = found[column.name]
        mention.placed = column.name == placed
        for sentence in message.standing:
            named, at = _named(column.name, sentence, frequency, message.language)
            if named <= 0:
                continue
            refused = _denies(sentence, at)
            if INPUT_BEFORE.search(sentence.folded[:at]) or sentence.text in enumerations or known_ahead(sentence):
                mention.given = max(mention.given, named)
                continue
            named *= (0.4 + 0.6 * _task_share(sentence)) * (
                0.35 if cues.first("data", "introduction", sentence.folded) else 1.0
            )
            mention.denied |= refused and named > 0.3
            if not refused:
                mention.named = max(mention.named, named)
                asked = TARGET_BEFORE.search(sentence.folded[:at]) or ONLY_AFTER.match(sentence.folded[at:])
                mention.directed |= named > 0.6 and bool(asked)
        mention.taken_back = max(
            (_named(column.name, s, frequency, message.language)[0] for s in message.sentences if s.retracted), default=0.0
        )
        values = _values_named(column, message)
        mention.score = (
            2.2 * mention.named + 3.5 * mention.placed + 1.2 * mention.directed + 2.0 * values + similar[column.name]
        )
        mention.score -= 4.0 * (mention.denied and not mention.placed) + 2.5 * mention.taken_back + 1.0 * mention.given
        mention.score += 0.8 * measured(column.name, message) + 0.8 * (column.unique == 2 and _tells_outcome(column.name))
        mention.score += 0.3 * bool(LABEL_NAMES.search(column.name))
    return found


def _enumerations(message: Message, shown: Shown, frequency: Counter[str]) -> set[str]:
    """Sentences that name several columns and ask for none: they tell what is in the file."""
    found = set()
    for sentence in message.standing:
        places = [
            at for c in shown.columns for named, at in [_named(c.name, sentence, frequency, message.language)] if named > 0.6
        ]
        listed = [part for part in re.split(r"[,;/]| and | und | et | y ", sentence.text) if part.strip()]
        bare = len(listed) >= MANY_NAMED and all(len(part.split()) <= 2 for part in listed)
        if (bare or len(set(places)) >= MANY_NAMED) and not any(TARGET_BEFORE.search(sentence.folded[:at]) for at in places):
            found.add(sentence.text)
    return found


def measured(name: str, message: Message) -> bool:
    """Whether the words ask for what such a column measures: "how long" and `minutes`, "what is it worth" and `price`."""
    folded = " ".join(name_words(name))
    return any(
        cues.first("measures", f"{measure}_ask", message.asserted_folded)
        and cues.first("measures", f"{measure}_column", folded)
        for measure in MEASURES
    )


def _tells_outcome(name: str) -> bool:
    return bool(cues.first("data", "outcome_column", "_".join(name_words(name))))


def place(folded: str, names: list[str]) -> str | None:
    """The column that words such as "the second column" or "the last thing on each line" point to."""
    match = PLACE.search(folded)
    if not match:
        return None
    if match["nth"] and not match["number"]:
        position = int(match["nth"])
    elif match["number"]:
        position = int(match["number"])
    elif match["word"]:
        position = ORDINALS[match["word"]]
    else:
        position = 1 if match["front"] else -1
    if position < 0:
        return names[position] if len(names) >= -position else None
    return names[position - 1] if 0 < position <= len(names) else None


def excluded(message: Message, shown: Shown, target: str | None) -> list[str]:
    """Columns that the person ruled out ("not from who got sent", "ohne die Kundennummer")."""
    ruled = " . ".join(match["what"] for sentence in message.standing for match in RULED_OUT.finditer(sentence.folded))
    ruled += " . " + " . ".join(match["what"] for sentence in message.standing for match in NOT_USED.finditer(sentence.folded))
    if not ruled.strip(" ."):
        return []
    frequency = Counter(word for column in shown.columns for word in set(_stems(name_words(column.name), "en")))
    sentence = Sentence(ruled, ruled)
    return [
        c.name for c in shown.columns if c.name != target and _named(c.name, sentence, frequency, message.language)[0] > 0.6
    ]


def named_in(shown: Shown, sentence: Sentence, language: Language) -> set[str]:
    """The columns that a sentence names."""
    frequency = Counter(word for column in shown.columns for word in set(_stems(name_words(column.name), "en")))
    return {c.name for c in shown.columns if _named(c.name, sentence, frequency, language)[0] > 0.6}


@functools.cache
def _stop() -> frozenset[str]:
    """Words that name nothing by themselves: small words of all languages, and names that any table may have."""
    return GENERIC_NAMES | small_words()


def _stems(parts: list[str], language: Language) -> list[str]:
    glossed = [english for part in parts for english in (gloss_word(part, language) or part).split()]
    return [stem(part) for part in glossed]


def _named(name: str, sentence: Sentence, frequency: Counter[str], language: Language) -> tuple[float, int]:
    """(0..1 how much of a column's name is in a sentence, where it starts)."""
    exact = re.search(rf"(?<![\w.]){re.escape(fold(name))}(?![\w])", sentence.folded)
    if exact and (len(name) > 2 or re.search(rf"['\"]{re.escape(fold(name))}['\"]", sentence.folded)):
        telling = fold(name) not in _stop() or bool(re.search(rf"['\"]{re.escape(fold(name))}['\"]", sentence.folded))
        return (1.0 if telling else 0.4), exact.start()
    parts = [part for part in name_words(name) if len(part) > 2]
    if not parts:
        return 0.0, -1
    said = {
        key: word for word in words(sentence.text) for key in {stem(word), *_stems([word], language)[-1:]}
    }  # a compound's head
    own = {language_stem: part for part in parts for language_stem in _every_stem(part)}
    weights = {part: (0.25 if part in _stop() else 1.0) / max(1, frequency[stem(part)]) ** 0.5 for part in parts}
    hit = {part for key, part in own.items() if key in said}
    if not hit:
        return 0.0, -1
    first = next(said[key] for key, part in own.items() if key in said and part in hit)
    share = sum(weights[part] for part in hit) / max(1.0, sum(weights.values()))
    return min(0.95, share**2), max(0, sentence.folded.find(first))


def _every_stem(part: str) -> set[str]:
    """A name's word in English too, whichever language the file is in."""
    return {stem(part)} | {
        stem(word) for language in ("de", "fr", "es") for word in (gloss_word(part, language) or part).split()
    }


def _denies(sentence: Sentence, at: int) -> bool:
    """Whether a denial stands shortly before the place, or an "I don't care" after it in the same clause."""
    before, after = sentence.folded[max(0, at - 45) : max(0, at)], sentence.folded[max(0, at) :]
    if sentence.negated and cues.first("negate", "words", without_choices(before)):
        return True
    if cues.first("negate", "others", sentence.folded) and not ONLY.search(before):
        return True
    return bool(cues.first("negate", "before", before) or cues.first("negate", "after", after[:80]))


def _values_named(column: ColumnProfile, message: Message) -> float:
    """0..2: how many of a column's few values occur in the words; above 1 where all do."""
    if not 2 <= column.unique <= 30 or column.role not in ("category", "number") or not column.top:
        return 0.0
    values = [re.sub(r"^\W+|\W+$", "", fold(value)) for value, _ in column.top]
    telling = [
        value
        for value in dict.fromkeys(values)
        if len(value) > 2 and value not in ("yes", "no", "true", "false", "none", "other")
    ]
    if not telling:
        return 0.0
    named = sum(bool(re.search(rf"(?<!\w){re.escape(value)}(?:e?[sn])?(?!\w)", message.standing_folded)) for value in telling)
    if named == 1 and column.candidate_target < LIKELY:
        return 0.25  # one name or town in passing
    return min(1.0, named / min(3, len(telling))) + 1.0 * (named == len(telling) >= 2)  # all are named: a list of the classes


def _similar(message: Message, shown: Shown) -> dict[str, float]:
    """Column name -> evidence from the closeness of meaning between its name and the sentences that carry the task."""
    from agent.understanding.words import gloss
    from tools.models.encoder import encode

    carrying = [s.text for s in message.standing if not s.negated and _task_share(s) > 0.4][:6] or [
        s.text for s in message.standing
    ][:3]
    if not carrying or len(shown.columns) > 300:
        return dict.fromkeys((column.name for column in shown.columns), 0.0)
    names = [_spoken(column) for column in shown.columns]
    both = encode([gloss(text, message.language) for text in carrying] + names)
    closeness = (both[: len(carrying)] @ both[len(carrying) :].T).max(axis=0)
    floor = max(SIMILARITY_FLOOR, float(closeness.mean()))
    return {c.name: 4.0 * max(0.0, float(value) - floor) for c, value in zip(shown.columns, closeness, strict=True)}


def _task_share(sentence: Sentence) -> float:
    """0..1: how much a sentence is about the task, not about the person, the file or the money."""
    aside = ("background", "privacy", "budget", "greeting", "smalltalk", "about")
    return 1.0 - sum(sentence.meanings.get(name, 0.0) for name in aside)


def _spoken(column: ColumnProfile) -> str:
    """A column as words: its name, and its values where they are few and say something."""
    name = " ".join(
        next((english for language in ("de", "fr", "es") if (english := gloss_word(part, language))), part)
        for part in name_words(column.name)
    )
    values = (
        [value for value, _ in column.top[:3] if re.search(r"[a-zA-Z]{3}", value)]
        if column.role == "category" and column.unique <= 10
        else []
    )
    return f"{name}: {', '.join(values)}" if values else name or column.name
