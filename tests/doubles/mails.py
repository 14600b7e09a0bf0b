"""Mails to two teams, with a word in them that nothing but a permission may let out."""

from __future__ import annotations

from pathlib import Path

CANARY = "zanzibar"


def write(path: Path) -> Path:
    """60 mails for two teams; the canary is in texts and is a team's name."""
    texts = [f"please send invoice {i} to {CANARY} street" if i % 2 else f"the parcel {i} never came" for i in range(60)]
    rows = "".join(f"{text},{CANARY if i % 2 else 'parcels'}\n" for i, text in enumerate(texts))
    path.write_text("message,team\n" + rows)
    return path
