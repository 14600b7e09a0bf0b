"""Text of files, people and brains on its way into the page: never as HTML, never as Markdown that loads or leads anywhere."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])")
HARMFUL = ("image", "link", "autolink", "html_inline", "html_block", "reference", "entity")  # what would load or lead elsewhere


def html(template: str, /, **values: object) -> Markup:
    """A piece of HTML with values in its `{name}` places; values that are no `Markup` themselves are escaped."""
    return Markup(template).format(**values)


def joined(pieces: list[Markup], between: str = "") -> Markup:
    """Pieces of HTML one after the other."""
    return Markup(between).join(pieces)


def label(text: str) -> str:
    """A text as the label of a Streamlit widget, which reads Markdown: every sign stands for itself, on one line."""
    return MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def shortened(text: str, length: int) -> str:
    """At most so many characters, the end left out with an ellipsis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def typed(text: str) -> Markup:
    """What a person wrote, as it stands; lines are kept, and right-to-left text runs right to left."""
    return html('<div class="ft-said ft-typed" dir="auto">{text}</div>', text=text)


def reply(text: str) -> Markup:
    """What a brain said: paragraphs, lists, tables, emphasis and code; no images, links, HTML, formulas or emoji codes."""
    return html('<div class="ft-said" dir="auto">{text}</div>', text=Markup(_markdown().render(text)))


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable(list(HARMFUL))


__all__ = ["Markup", "escape", "html", "joined", "label", "reply", "shortened", "typed"]
