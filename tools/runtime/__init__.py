"""The code that predicts. It is copied into every prototype as its package `prototype`, and Fasttrack scores with it.

So a score is the score of the very code and files that a person downloads. Modules here import each other relatively and
third-party packages only, never Fasttrack; each model format imports its libraries when it is loaded.

    model/manifest.json   {"format", "kind", "inputs": [{"name", "role", "decimal", ...}], "target", "labels", "interval"?, ...}
    model/*               what the format needs

`load(folder)` gives a `Model`; `Model.predict(rows)` takes a list of dicts (or raw CSV strings) and gives a list of dicts.
"""

from __future__ import annotations

from .model import Model, load

__all__ = ["Model", "load"]
