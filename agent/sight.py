"""What a brain may see of the person's data: names, types and counts; values only where they may leave, or stay here anyway."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tools.core.data import ColumnProfile, DataProfile
from tools.core.language_model import LanguageModel
from tools.llm.masking import masked
from tools.overrides import columns_of
from tools.workspace import Workspace

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

SAMPLES = 3  # values of a column
LABELS = 40  # names of labels
CHARACTERS = 60  # of one value
SHORTEST_VALUE = 3  # characters; shorter ones are in every text
WITHHELD = "[withheld]"
QUOTED = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"|`([^`\n]*)`|“([^”\n]*)”")


@dataclass(frozen=True)
class Sight:
    """values: whether cell values may be seen. said: all that the person has said; what they named themselves is no secret."""

    workspace: Workspace
    values: bool
    said: str

    @classmethod
    def of(cls, workspace: Workspace, model: LanguageModel | None, messages: Sequence[BaseMessage]) -> Sight:
        """What that model may see. A model that nothing is known of counts as remote."""
        remote = model is None or model.remote
        said = "\n".join(str(message.text) for message in messages if message.type == "human").casefold()
        return cls(workspace, workspace.samples_allowed or not remote, said)

    @cached_property
    def profile(self) -> DataProfile:
        """What is in the attachments."""
        return self.workspace.profile()

    def name(self, value: str | None) -> str | None:
        """A label or a value by name: as it is where it may be seen or the person said it, else withheld."""
        if value is None:
            return None
        return shortened(value) if self.values or _says(self.said, value) else WITHHELD

    def names(self, values: Sequence[str]) -> Any:
        """Labels: those that may be named, and how many there are."""
        named = [shortened(value) for value in values if self.values or _says(self.said, value)][:LABELS]
        return named if len(named) == len(values) else {"count": len(values), "named": named}

    def text(self, text: str | None) -> str | None:
        """A sentence written by code, without the values that it may quote."""
        if text is None or self.values:
            return text and masked(text)
        folded = text.casefold()
        for value in self._values:
            if value.casefold() in folded:
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", WITHHELD, text, flags=re.IGNORECASE)
        return masked(QUOTED.sub(self._unquoted, text))

    def column(self, column: ColumnProfile) -> dict[str, Any]:
        """A column: name, role, type, counts; with values a few of them, masked and shortened."""
        shown: dict[str, Any] = {
            "name": column.name,
            "role": column.role,
            "type": column.dtype,
            "missing": column.missing,
            "distinct": column.unique,
        }
        if column.mean_words is not None:
            shown["mean_words"] = round(column.mean_words, 1)
        if self.values:
            values = [value for value, _ in column.top] or column.examples
            shown["samples"] = [shortened(value) for value in values[:SAMPLES]]
        return shown

    def _unquoted(self, match: re.Match[str]) -> str:
        inside = next(group for group in match.groups() if group is not None)
        known = inside in self._columns or _says(self.said, inside) or inside in _file_names(self.workspace)
        return match.group() if known else WITHHELD

    @cached_property
    def _columns(self) -> frozenset[str]:
        return frozenset(columns_of(self.profile))

    @cached_property
    def _values(self) -> list[str]:
        """The values that are known from the profile and may not be seen, long ones first."""
        found = {value for file in self.profile.files for column in file.columns for value in _values_of(column)}
        found |= set(self.workspace.task.label_names)
        return sorted((value for value in found if self._hidden(value)), key=len, reverse=True)

    def _hidden(self, value: str) -> bool:
        return len(value) >= SHORTEST_VALUE and value not in self._columns and not _says(self.said, value)


def shortened(value: str) -> str:
    """A value of the data as it may be shown: secrets masked, one line, not long."""
    text = masked(" ".join(value.split()))
    return text if len(text) <= CHARACTERS else f"{text[: CHARACTERS - 1]}…"


def _values_of(column: ColumnProfile) -> Iterable[str]:
    yield from column.examples
    yield from (value for value, _ in column.top)


def _says(said: str, value: str) -> bool:
    """Whether the person's words hold this very value, as words of their own."""
    return bool(value.strip()) and bool(re.search(rf"(?<!\w){re.escape(value.strip().casefold())}(?!\w)", said))


def _file_names(workspace: Workspace) -> set[str]:
    return {attachment.name for attachment in workspace.attachments}
