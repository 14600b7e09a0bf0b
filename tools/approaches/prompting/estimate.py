"""What asking will take, before anything is asked: questions, tokens, dollars, minutes, counted on values of the profile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools.approaches.base import Situation
from tools.approaches.prompting.setting import Setting, files, is_table, settings_for
from tools.core.data import ColumnProfile
from tools.core.language_model import LanguageModel
from tools.runtime.prompt import EXAMPLE_CHARACTERS, ROW_CHARACTERS, Messages, Prompt

BYTES_A_TOKEN = 3.6  # of plain text, over the tokenizers of today's models
MESSAGE_TOKENS = 12  # around a message, and for the form of the answer
OUTPUT_TOKENS = 14  # {"label": "…"}
CHARACTERS_A_WORD = 6.2
VALIDATION_SHARE = 0.15  # of the rows to learn from, as tools/data/splitting.py takes them
MOST_VALIDATION = 5000
FIRST_ROWS = 24  # of the validation rows, that every setting is tried on
RATE = "seconds_per_question:"  # in tools/rates.py: wall time of one question among others, for the model named after it
SECONDS_A_QUESTION = 0.25  # at an endpoint, several at a time, where nothing was measured yet
TOKENS_PER_SECOND = 60.0  # that a model of a gigabyte on this machine reads, where nothing was measured yet
GIGABYTE = 1e9


@dataclass(frozen=True)
class Cost:
    """questions: trying included. tokens: read for one question. dollars, minutes: of everything."""

    questions: int
    tokens: float
    dollars: float
    minutes: float


def cost_of(situation: Situation, model: LanguageModel) -> Cost:
    """For a model whose price is known."""
    row = sample_row(situation)
    tokens_of_row = tokens_of(row)
    settings = settings_for(situation.task, situation.train_rows, example_tokens(tokens_of_row), model.kind == "llamacpp")
    dear = max(question_tokens(situation, setting, row) for setting in settings)
    validation = validation_rows(situation)
    trying = trying_questions(len(settings), validation)
    questions = trying + validation + situation.test_rows
    seconds = questions * seconds_per_question(situation.machine.rates, model, dear)
    return Cost(questions, dear, questions * model.dollars(dear, OUTPUT_TOKENS), seconds / 60)


def validation_rows(situation: Situation) -> int:
    """About how many rows are asked about to choose and to judge."""
    if situation.cross_validated:
        return situation.train_rows
    return min(MOST_VALIDATION, round(VALIDATION_SHARE * situation.train_rows))


def trying_questions(settings: int, validation: int) -> int:
    """At most so many questions to choose by: every round keeps the better half and doubles the rows."""
    if settings < 2 or not validation:
        return 0
    rows, asked, questions = min(FIRST_ROWS, validation), 0, 0
    while settings > 1:
        questions += settings * (rows - asked)
        settings, asked, rows = (settings + 1) // 2, rows, min(2 * rows, validation)
        if asked == rows:
            break
    return questions


def question_tokens(situation: Situation, setting: Setting, row: str) -> float:
    """Tokens of a question about such a row, shown examples included."""
    prompt = Prompt(files(situation.task, setting), setting.examples)
    answer = situation.task.label_names[0] if situation.task.label_names else "0"
    return message_tokens(prompt.put(row, [(row, answer)] * setting.examples))


def message_tokens(messages: Messages) -> float:
    """Tokens of the messages, about."""
    return sum(tokens_of(message["content"]) + MESSAGE_TOKENS for message in messages)


def tokens_of(text: str) -> float:
    """Tokens of a text, about."""
    return len(text.encode()) / BYTES_A_TOKEN


def example_tokens(row_tokens: float) -> float:
    """Tokens of an example with a row of that size: long ones are cut."""
    return min(row_tokens, EXAMPLE_CHARACTERS / BYTES_A_TOKEN) + 25


def seconds_per_question(rates: dict[str, float], model: LanguageModel, tokens: float) -> float:
    """As measured with this model, else a guess: by its size where it runs on this machine."""
    measured = rates.get(RATE + model.brain)
    if measured is not None:
        return measured
    if model.kind == "openai":
        return SECONDS_A_QUESTION
    return tokens / TOKENS_PER_SECOND * max(0.05, size_mb(model) * 1e6 / GIGABYTE)


def size_mb(model: LanguageModel) -> float:
    """Of the file of a local model; 0 where it is an endpoint or not there."""
    path = Path(model.path) if model.path else None
    return path.stat().st_size / 1e6 if path is not None and path.is_file() else 0.0


def sample_row(situation: Situation) -> str:
    """A row as long as they usually are, from the profile's example values."""
    profile = situation.profile
    file = profile.with_role("train") or profile.with_role("unlabelled") or profile.with_role("test")
    columns = [file.column(name) for name in situation.task.inputs] if file else []
    if not is_table(situation.task):
        return " . ".join(_usual(column) for column in columns if column)[:ROW_CHARACTERS] or "word " * 20
    return "\n".join(f"{column.name}: {_usual(column)}" for column in columns if column) or "column: value"


def _usual(column: ColumnProfile) -> str:
    """A value of the column's usual length: an example, repeated or cut to the mean number of words."""
    examples = column.examples or [value for value, _ in column.top[:5]] or ["word"]
    if not column.mean_words:
        return max(examples, key=len)[:ROW_CHARACTERS]
    characters = max(1, round(column.mean_words * CHARACTERS_A_WORD))
    longest = max(examples, key=len)
    return (f"{longest} " * (1 + characters // (len(longest) + 1)))[: min(characters, ROW_CHARACTERS)]
