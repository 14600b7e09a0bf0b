"""The model in the browser: `streamlit run app.py`. One row in a form, or a whole file."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

from prototype import FOLDER, Model, load
from prototype.answers import predict_file
from prototype.records import Hints, open_table

ABOUT = json.loads((FOLDER / "prototype.json").read_text(encoding="utf-8"))
ENDINGS = ["csv", "tsv", "txt", "jsonl", "ndjson", "json"]


@st.cache_resource
def model() -> Model:
    """Loaded once for all visitors."""
    return load()


def ask(column: dict[str, Any], example: Any) -> Any:
    """A field for one column; None where it is left empty."""
    name, role = column["name"], column.get("role", "text")
    if role == "number":
        return st.number_input(name, value=None, placeholder=str(example))
    if role == "text":
        return st.text_area(name, placeholder=str(example)) or None
    if choices := ABOUT["choices"].get(name):
        return st.selectbox(name, choices, index=None, accept_new_options=True)
    return st.text_input(name, placeholder=str(example)) or None


def one_row() -> None:
    """The form and its answer."""
    with st.form("row"):
        row = {column["name"]: ask(column, ABOUT["examples"][0][column["name"]]) for column in model().manifest["inputs"]}
        asked = st.form_submit_button("Predict", type="primary")
    if not asked:
        return
    if all(value is None for value in row.values()):
        st.warning("Fill in at least one field.")
        return
    answer = model().predict([row], probabilities=True)[0]
    sure = f" ({answer['probability']:.0%} sure)" if "probability" in answer else ""
    between = f", likely between {answer['low']:,.4g} and {answer['high']:,.4g}" if "low" in answer else ""
    found = answer["prediction"] if isinstance(answer["prediction"], str) else f"{answer['prediction']:,.4g}"
    st.success(f"{found}{sure}{between}")
    scores = {name.removeprefix("probability:"): value for name, value in answer.items() if name.startswith("probability:")}
    if scores:
        best = sorted(scores.items(), key=lambda item: -item[1])[:10]
        st.table([{"class": name, "probability": f"{value:.3f}"} for name, value in best])


def whole_file() -> None:
    """A file in, the same file with answers out."""
    given = st.file_uploader("A file with these columns (others are kept)", type=ENDINGS)
    if given is None:
        return
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / f"input{Path(given.name).suffix}"
        source.write_bytes(given.getvalue())
        output = source.with_name(f"answers{'.jsonl' if source.suffix in {'.jsonl', '.ndjson', '.json'} else '.csv'}")
        try:
            hints = Hints.read(FOLDER, [column["name"] for column in model().manifest["inputs"]])
            count = predict_file(model(), open_table(source, hints), output)
        except ValueError as error:  # an InputError is one
            st.error(str(error))
            return
        st.download_button(f"Download {count:,} answers", output.read_bytes(), file_name=output.name)


st.set_page_config(page_title=ABOUT["name"], page_icon="🔎")
st.title(ABOUT["title"])
st.caption(ABOUT["task"])
form, batch = st.tabs(["One row", "A file"])
with form:
    one_row()
with batch:
    whole_file()
