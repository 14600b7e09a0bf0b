"""Asking a language model about each row: what it costs, how it is asked, which way of asking is best."""

from __future__ import annotations

from tools.approaches.prompting.approach import Prompting

__all__ = ["Prompting"]
