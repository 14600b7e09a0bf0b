"""The model over HTTP: `python serve.py [--port 8000]`, then POST {"history": [rows], "horizon": N, "future": [rows]} to /predict.

It listens on this machine only. To let others in, put it behind a proxy that checks who asks, or name a host: `--host 0.0.0.0`.
"""

from __future__ import annotations

import argparse
import json
import threading
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field, create_model

from prototype import FOLDER, load
from prototype.series_files import needed, welcome

MOST_ROWS = 200_000
MOST_STEPS = 10_000
ABOUT = json.loads((FOLDER / "prototype.json").read_text(encoding="utf-8"))
MODEL = load()
FORM = MODEL.manifest["series"]
ONE_AT_A_TIME = threading.Lock()  # not every library below is safe in several threads


def row_type(name: str, names: list[str], optional: list[str]) -> type[BaseModel]:
    """A pydantic model of one row. A column of `names` must be there; null means that its value is not known."""
    numbers = {FORM["target"], *FORM["value_columns"]}
    fields: dict[str, Any] = {}
    for number, column in enumerate(dict.fromkeys([*names, *optional])):  # the alias need not be a Python name
        kind = float | str | None if column in numbers else str | int | float | bool | None
        known = Field(alias=column) if column in names else Field(None, alias=column)
        fields[f"column_{number}"] = (kind, known)
    return create_model(name, __config__=ConfigDict(extra="ignore"), **fields)


Past = row_type("Past", needed(MODEL.manifest), welcome(MODEL.manifest))
Ahead = row_type("Ahead", needed(MODEL.manifest, ahead=True), welcome(MODEL.manifest))


class Asked(BaseModel):
    """What is to be forecast. horizon: steps, else as many as the model was made for. future: what is known in advance."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"history": ABOUT["examples"], "horizon": FORM["horizon"]}]})
    history: Annotated[list[Past], Field(min_length=1, max_length=MOST_ROWS)]
    horizon: Annotated[int, Field(ge=1, le=MOST_STEPS)] | None = None
    future: Annotated[list[Ahead], Field(max_length=MOST_ROWS)] | None = None


class Health(BaseModel):
    """What is served."""

    status: str = "ok"
    name: str
    target: str | None
    horizon: int


app = FastAPI(title=ABOUT["name"], description=ABOUT["task"], version="1")


@app.get("/health")
def health() -> Health:
    """Ready to answer."""
    return Health(name=ABOUT["name"], target=MODEL.manifest["target"], horizon=FORM["horizon"])


@app.post("/predict")
def predict(asked: Asked) -> list[dict[str, Any]]:
    """A row a series and future timestamp, with `prediction`, `low` and `high`."""
    history = [row.model_dump(by_alias=True, exclude_unset=True) for row in asked.history]
    future = None if asked.future is None else [row.model_dump(by_alias=True, exclude_unset=True) for row in asked.future]
    try:
        with ONE_AT_A_TIME:
            return MODEL.forecast(history, future, asked.horizon)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


if __name__ == "__main__":
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    uvicorn.run(app, host=options.host, port=options.port)
