"""What a column is for, told from its numbers and its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.core.data import ColumnProfile, ColumnRole, FileRole

ID_NAME = re.compile(r"(^|[\s_.\-])(id|ids|key|uuid|guid|index|idx|nr|no|number|nummer|numero|rowid|pk|hash|code|ref)$", re.I)
CAMEL_ID = re.compile(r"[a-z](Id|ID|Key|Nr|No|UUID)$")
SURE_ID = re.compile(r"(^|[\s_.\-])(id|ids|uuid|guid|key|rowid|pk)$", re.I)
TIME_NAME = re.compile(
    r"year|month|day|date|time|hour|week|quarter|jahr|monat|tag|datum|año|mes|fecha|annee|année|mois|^t$|^ds$|step|period", re.I
)
TARGET_NAME = re.compile(
    r"^(label|labels|target|class|klasse|clase|classe|y|outcome|result|category|kategorie|categoria|categorie|sentiment|emotion|"
    r"intent|topic|species|churn|churned|survived|default|fraud|spam|is_\w+|has_\w+|price|preis|precio|prix|cost|charges|sales|"
    r"revenue|profit|income|salary|score|rating|grade|quality|count|demand|value|amount|total|response|diagnosis|status|type|"
    r"department|team|priority|attrition|exited|clicked|bought|purchased|approved|etiqueta|libelle|ziel|tags?|topics|themes?|"
    r"genres?|categories|kategorien|themen|schlagw(o|oe|ö)rt(er)?|categorias|categorías|temas|etiquetas|etiquettes|thèmes)$",
    re.I,
)
MADE_UP = re.compile(r"column_\d+|unnamed.*", re.I)
WORTHY_END = re.compile(r"(label|target|class|type|category|status|price|value|sentiment|intent|churn|outcome|score)$", re.I)

PART_NAMES: tuple[tuple[FileRole, re.Pattern[str]], ...] = (
    ("train", re.compile(r"(^|[^a-z])(train|training|trainset|fit|learn)([^a-z]|$)", re.I)),
    ("test", re.compile(r"(^|[^a-z])(test|testing|testset|holdout|hold[-_ ]?out|eval|evaluation|check)([^a-z]|$)", re.I)),
    ("validation", re.compile(r"(^|[^a-z])(val|valid|validation|dev|devset|development)([^a-z]|$)", re.I)),
    ("unlabelled", re.compile(r"(^|[^a-z])(unlabel+ed|new|todo|unseen|predict|score|production)([^a-z]|$)", re.I)),
)


def named_role(file: str) -> FileRole | None:
    """What the name of a file says it is for: "test.csv", "holdout_2020.csv"."""
    stem = re.sub(r"(\.\w+)+$", "", file)
    return next((role for role, pattern in PART_NAMES if pattern.search(stem)), None)


def role_of(column: ColumnProfile, nameless: bool = False) -> ColumnRole:
    """The role of one column. nameless: it has no name although the others have one, as a saved row index does."""
    there = column.rows - column.missing
    if there == 0:
        return "empty"
    if column.unique == 1 and column.missing == 0 and column.rows > 1:
        return "constant"
    if column.dtype == "datetime":
        return "date"
    if column.dtype in ("integer", "number"):
        return "id" if _is_number_id(column, there, nameless) else "number"
    return _text_role(column, there)


def _is_number_id(column: ColumnProfile, there: int, nameless: bool) -> bool:
    if column.dtype != "integer" or column.unique < 0.98 * there or there < 5 or TIME_NAME.search(column.name):
        return False
    if is_id_name(column.name) or nameless:
        return True
    assert isinstance(column.minimum, float)
    assert isinstance(column.maximum, float)
    gapless = column.maximum - column.minimum + 1 == there
    return there >= 30 and gapless and (column.minimum in (0.0, 1.0) or bool(MADE_UP.fullmatch(column.name)))


def is_id_name(name: str) -> bool:
    """Whether a name is that of a number or code given to each thing."""
    return bool(ID_NAME.search(name) or CAMEL_ID.search(name))


def _text_role(column: ColumnProfile, there: int) -> ColumnRole:
    if column.single_labels:
        return "category"
    words = column.mean_words or 0.0
    share = column.unique / there
    tokens = words < 1.2
    if tokens and there >= 20 and share > 0.98 and (is_id_name(column.name) or _coded(column)):
        return "id"
    if (
        tokens
        and there >= 20
        and share > 0.2
        and column.unique > 50
        and (SURE_ID.search(column.name) or CAMEL_ID.search(column.name))
    ):
        return "id"  # orders, customers: the code comes back where the thing does
    if words >= 3 and (share > 0.3 or (words >= 6 and column.unique > 50)):
        return "text"
    if share > 0.5 and words >= 1.7 and column.unique > 20:
        return "text"
    return "category"


def _coded(column: ColumnProfile) -> bool:
    """Values such as 7590-VHVEG: digits in nearly all of them."""
    return sum(any(sign.isdigit() for sign in value) for value in column.examples) >= 0.8 * len(column.examples)


def candidate_target(column: ColumnProfile, position: int, columns: Sequence[ColumnProfile]) -> float:
    """How plausible it is that somebody wants to predict this column, 0..1; from its name, place and values."""
    if column.role in ("id", "constant", "empty", "date"):
        return 0.0
    there = column.rows - column.missing
    score = 0.05 if column.role == "text" else 0.25
    if column.role == "category":
        few = 2 <= column.unique <= min(200, max(2, there // 3))
        score = 0.35 if few or column.single_labels else 0.05
    score += 0.4 if TARGET_NAME.match(column.name) else 0.2 if WORTHY_END.search(column.name) else 0.0
    score += 0.15 if position == len(columns) - 1 else 0.05 if position == 0 else 0.0
    others = [other for other in columns if other is not column]
    if column.role == "category" and any(other.role == "text" for other in others):
        score += 0.1 if sum(other.role == "category" for other in others) == 0 else 0.0
    if column.missing > 0.2 * column.rows:
        score *= 0.5
    return round(min(1.0, score), 2)
