"""The model in the browser: `streamlit run app.py`. One row in a form, or a whole file."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import streamlit as st

from prototype import FOLDER, Model, load
from prototype.answers import predict_file
from prototype.records import Hints, open_table

ABOUT = json.loads((FOLDER / "prototype.json").read_text(encoding="utf-8"))
ENDINGS = ["csv", "tsv", "txt", "jsonl", "ndjson", "json"]
BARS, LETTERS = 10, 60  # classes that are drawn, letters of an example that are shown
ONE_BELOW_ANOTHER = 4  # fields; more of them stand in two columns


@st.cache_resource(show_spinner="Loading the model …")
def model() -> Model:
    """Loaded once for all visitors."""
    return load()


def field(column: dict[str, Any], example: Any) -> Any:
    """A field for one column; None where it is left empty."""
    name, role = column["name"], column.get("role", "text")
    key, hint = f"field {name}", "" if example is None else f"such as {example}"
    if role == "number":
        return st.number_input(name, value=None, placeholder=hint, key=key)
    if role == "text":
        return st.text_area(name, placeholder=hint, key=key) or None
    if choices := ABOUT["choices"].get(name):
        return st.selectbox(name, choices, index=None, accept_new_options=True, key=key)
    return st.text_input(name, placeholder=hint, key=key) or None


def examples() -> None:
    """Rows to click, which fill the form."""
    rows = [row for row in ABOUT["examples"] if any(value is not None for value in row.values())]

    def fill() -> None:
        at = st.session_state.get("example")
        for column in model().manifest["inputs"]:
            value = None if at is None else rows[at][column["name"]]
            plain = column.get("role", "text") == "number" or column["name"] in ABOUT["choices"]
            st.session_state[f"field {column['name']}"] = value if plain else value or ""

    def shown(at: int) -> str:
        text = " · ".join(str(value) for value in rows[at].values() if value is not None)
        return text if len(text) <= LETTERS else text[:LETTERS].rstrip() + " …"

    st.pills("Try one of these", range(len(rows)), format_func=shown, key="example", on_change=fill)


def one_row() -> None:
    """The form and its answer."""
    examples()
    with st.form("row"):
        inputs = model().manifest["inputs"]
        places = st.columns(2) if len(inputs) > ONE_BELOW_ANOTHER else [st.container()]
        row = {}
        for at, column in enumerate(inputs):
            with places[at % len(places)]:
                row[column["name"]] = field(column, ABOUT["examples"][0][column["name"]])
        asked = st.form_submit_button("Predict", type="primary")
    if not asked:
        return
    if all(value is None for value in row.values()):
        st.warning("Fill in at least one field.")
        return
    try:
        with st.spinner("Thinking …"):
            answer = model().predict([row], probabilities=True)[0]
    except (ValueError, OSError, RuntimeError) as error:
        st.error(str(error))
        return
    show(answer)


def show(answer: dict[str, Any]) -> None:
    """One answer, and how probable each class is."""
    found = answer["prediction"]
    if found is None:
        st.error(answer.get("problem") or "There is no answer to this row.")
        return
    with st.container(border=True):
        st.caption(model().manifest["target"] or "Answer")
        if isinstance(found, float):
            between = f", likely between {answer['low']:,.4g} and {answer['high']:,.4g}" if "low" in answer else ""
            st.success(f"{found:,.4g}{between}")
            return
        several = found if isinstance(found, list) else json.loads(found) if model().manifest.get("several") else None
        sure = f" ({answer['probability']:.0%} sure)" if answer.get("probability") is not None and several is None else ""
        st.success(f"{found if several is None else ', '.join(several) or 'none of them'}{sure}")
        scores = {name.removeprefix("probability:"): value for name, value in answer.items() if name.startswith("probability:")}
        for name, value in sorted(scores.items(), key=lambda item: -item[1])[:BARS]:
            st.progress(min(max(value, 0.0), 1.0), text=f"{name} · {value:.0%}")
        if len(scores) > BARS:
            st.caption(f"and {len(scores) - BARS} classes that are less probable")


def whole_file() -> None:
    """A file in, the same file with answers out."""
    given = st.file_uploader("A file with these columns (others are kept)", type=ENDINGS)
    st.caption(", ".join(column["name"] for column in model().manifest["inputs"]))
    if given is None:
        return
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / f"input{Path(given.name).suffix}"
        source.write_bytes(given.getvalue())
        output = source.with_name(f"answers{'.jsonl' if source.suffix in {'.jsonl', '.ndjson', '.json'} else '.csv'}")
        try:
            table = open_table(source, Hints.read(FOLDER, [column["name"] for column in model().manifest["inputs"]]))
            if ABOUT.get("asks") and not st.button(f"Answer {table.rows:,} rows{price(table.rows)}", type="primary"):
                return
            with st.spinner(f"Answering {table.rows:,} rows …"):
                unanswered: Counter[str] = Counter()
                count = predict_file(model(), table, output, problems=unanswered)
        except (ValueError, OSError, RuntimeError) as error:  # RuntimeError: of a language model's endpoint
            st.error(str(error))
            return
        if unanswered:
            st.warning(f"{unanswered.total():,} rows have no answer: {unanswered.most_common(1)[0][0]}")
        st.download_button(f"Download {count:,} answers", output.read_bytes(), file_name=output.name, type="primary")


def price(rows: int) -> str:
    """What so many answers cost, where that is known."""
    dollars = (ABOUT.get("asks") or {}).get("dollars_per_row")
    return f" (about ${rows * dollars:,.2f})" if dollars else ""


def what_is_asked() -> None:
    """A language model is asked for each answer: say which, where, and what that costs, before it is."""
    asks = ABOUT.get("asks")
    if not asks:
        return
    leaves = "What you enter leaves this machine." if asks["remote"] else "What you enter stays on this machine."
    cost = f"An answer costs about ${asks['dollars_per_row']:.5f}. " if asks["dollars_per_row"] else ""
    (st.warning if asks["remote"] else st.info)(f"Each answer asks the language model {asks['model']} at {asks['where']}. {cost}{leaves}")


st.set_page_config(page_title=ABOUT["title"])
st.title(ABOUT["title"])
if ABOUT["task"] and ABOUT["task"].strip().casefold() != ABOUT["title"].casefold():
    st.caption(ABOUT["task"])
what_is_asked()
form, batch = st.tabs(["One row", "A file"])
with form:
    one_row()
with batch:
    whole_file()
