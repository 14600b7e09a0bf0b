"""The model over HTTP: `python serve.py [--port 8000]`, then POST a row (or a list of rows) to /predict.

It listens on this machine only. To let others in, put it behind a proxy that checks who asks, or name a host: `--host 0.0.0.0`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import threading
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field, create_model

from prototype import FOLDER, load

MOST_ROWS = 10_000
MOST_CHARACTERS = 100_000
TYPES: dict[str, Any] = {
    "number": float | None,
    "text": Annotated[str, Field(max_length=MOST_CHARACTERS)] | None,
    "date": str | None,
}
ABOUT = json.loads((FOLDER / "prototype.json").read_text(encoding="utf-8"))
MODEL = load()
ELSEWHERE = "base_url" in (MODEL.manifest.get("language_model") or {})  # it waits for an endpoint, so others may wait beside it
ONE_AT_A_TIME = contextlib.nullcontext() if ELSEWHERE else threading.Lock()  # not every library below is safe in several threads


def row_type(inputs: list[dict[str, Any]]) -> type[BaseModel]:
    """A pydantic model of one row. Every column must be there; null means that its value is not known."""
    fields: dict[str, Any] = {}
    for number, column in enumerate(inputs):  # the alias is the column's own name, which need not be a Python name
        kind = TYPES.get(column.get("role", "text"), str | int | float | bool | None)
        fields[f"column_{number}"] = (kind, Field(alias=column["name"], description=column.get("role", "text")))
    example = {"json_schema_extra": {"examples": ABOUT["examples"][:1]}}
    return create_model("Row", __config__=ConfigDict(extra="ignore", **example), **fields)


Row = row_type(MODEL.manifest["inputs"])
Rows = Annotated[list[Row], Field(max_length=MOST_ROWS)]


class Health(BaseModel):
    """What is served."""

    status: str = "ok"
    name: str
    target: str | None
    labels: list[str]


app = FastAPI(title=ABOUT["name"], description=ABOUT["task"], version="1")


@app.get("/health")
def health() -> Health:
    """Ready to answer."""
    return Health(name=ABOUT["name"], target=MODEL.manifest["target"], labels=MODEL.labels)


@app.post("/predict")
def predict(rows: Row | Rows, probabilities: bool = False) -> dict[str, Any] | list[dict[str, Any]]:
    """The answer to one row, or a list of answers to a list of rows. `?probabilities=true` adds one for each class."""
    many = rows if isinstance(rows, list) else [rows]
    try:
        with ONE_AT_A_TIME:
            answers = MODEL.predict([row.model_dump(by_alias=True) for row in many], probabilities=probabilities)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    except RuntimeError as error:
        if "language_model" not in MODEL.manifest:
            raise
        raise HTTPException(503, str(error)) from error  # its endpoint: no key, no connection
    return answers if isinstance(rows, list) else answers[0]


if __name__ == "__main__":
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    uvicorn.run(app, host=options.host, port=options.port)
