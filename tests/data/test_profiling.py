"""What the files are to each other, and what is wrong with them; and silence where nothing is."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tools.core.data import DataProfile
from tools.core.errors import DataError
from tools.core.task import MODALITY, TaskKind, TaskSpec
from tools.data.profiling import profile

Give = Callable[[str, str | bytes], str]
WORDS = "parcel late refund broken card blue payment order please thanks never came twice charged wrong size".split()  # noqa: SIM905


def _task(kind: TaskKind, target: str | None, inputs: list[str] | None = None) -> TaskSpec:
    return TaskSpec(kind=kind, modality=MODALITY[kind], target=target, inputs=inputs or [])


def _say(seed: int, words: int = 9) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def _messages(rows: int, labels: str = "ab", start: int = 0) -> str:
    return "".join(f"{_say(start + i)},{labels[i % len(labels)]}\n" for i in range(rows))


def _told(found: DataProfile) -> dict[str, list[tuple[str, str]]]:
    told: dict[str, list[tuple[str, str]]] = {}
    for problem in found.problems:
        told.setdefault(problem.code, []).append((problem.message, problem.evidence))
    return told


def test_clean_data_gives_no_problem(give: Give) -> None:
    train, test = (
        give("train.csv", "text,label\n" + _messages(400)),
        give("test.csv", "text,label\n" + _messages(100, start=5000)),
    )
    found = profile([train, test], _task("text-classification", "label", ["text"]))
    assert found.problems == []
    assert [(file.file, file.role) for file in found.files] == [("train.csv", "train"), ("test.csv", "test")]
    assert [(column.name, column.role) for column in found.files[0].columns] == [("text", "text"), ("label", "category")]
    assert found.files[0].columns[1].candidate_target > 0.5


def test_roles_of_columns(give: Give) -> None:
    rng = random.Random(0)
    rows = "".join(
        f"{7000 + i},K-{i:04}x,{rng.gauss(0, 1):.3f},{rng.choice('xyz')},2020-01-{1 + i % 28:02},same,,{_say(i)},{i // 3:04}A\n"
        for i in range(200)
    )
    found = profile([give("a.csv", "Customer ID,code,amount,sort,day,always,never,notes,order_id\n" + rows)])
    roles = {column.name: column.role for column in found.files[0].columns}
    assert roles == {
        "Customer ID": "id", "code": "id", "amount": "number", "sort": "category", "day": "date", "always": "constant",
        "never": "empty", "notes": "text", "order_id": "id",
    }  # fmt: skip
    told = _told(found)
    assert told["id-column"][0][0].startswith("Customer ID, code, order_id are ids")
    assert told["constant-column"] == [("2 columns say nothing: always, never.", "always: always same; never: empty")]


@pytest.mark.parametrize(
    ("name", "content", "role"),
    [
        ("holdout.csv", "text,label\n" + _messages(20), "test"),
        ("second.csv", "text,label\n" + _messages(20), "test"),
        ("val.csv", "text,label\n" + _messages(20), "validation"),
        ("new.csv", "text\n" + "".join(f"{_say(i)}\n" for i in range(20)), "unlabelled"),
        ("test_empty.csv", "text,label\n" + "".join(f"{_say(i)},\n" for i in range(20)), "unlabelled"),
        ("prices.csv", "item,price\n" + "".join(f"i{i},{i}\n" for i in range(20)), "other"),
    ],
)
def test_roles_of_files(give: Give, name: str, content: str, role: str) -> None:
    train, other = give("mails.csv", "text,label\n" + _messages(300)), give(name, content)
    for ids in ([train, other], [other, train]):
        found = profile(ids, _task("text-classification", "label", ["text"]))
        assert {file.file: file.role for file in found.files} == {"mails.csv": "train", name: role}
    told = _told(found)
    assert ("no-test-labels" in told) == (role == "unlabelled")


def test_a_file_without_the_likely_answers_is_unlabelled_before_the_task_is_known(give: Give) -> None:
    train = give("train.csv", "text,label\n" + _messages(300))
    lines = "".join(f'{{"text": "{_say(i)}", "tokens": ["a"]}}\n' for i in range(30))
    found = profile([train, give("dev.jsonl", lines)])
    assert [file.role for file in found.files] == ["train", "unlabelled"]


def test_no_labels(give: Give) -> None:
    found = profile(
        [give("test.csv", "ID,talk\n" + "".join(f"{i},{_say(i)}\n" for i in range(60)))], _task("text-classification", None)
    )
    assert found.files[0].role == "unlabelled"
    assert _told(found)["no-labels"] == [
        (
            "test.csv has no column with the answers, so nothing can be learnt from it and no score can be measured.",
            "columns: ID, talk",
        )
    ]
    assert "too-few-rows" not in _told(found)


def test_too_few_rows_say_how_wide_the_interval_is(give: Give) -> None:
    found = profile([give("a.csv", "text,label\n" + _messages(120))], _task("text-classification", "label", ["text"]))
    assert _told(found)["too-few-rows"] == [
        (
            "a.csv has only 120 labelled rows. "
            "With 24 rows to judge on, a share of right answers is known to about ±15 points.",
            "120 rows counted",
        )
    ]
    numbers = "".join(f"{i % 9},{i * 1.5}\n" for i in range(120))
    found = profile([give("b.csv", "x,y\n" + numbers)], _task("tabular-regression", "y"))
    assert "an error is known to about ±28 % of itself" in _told(found)["too-few-rows"][0][0]


def test_rare_labels_and_imbalance(give: Give) -> None:
    content = "text,label\n" + _messages(300, "aaaaaaaaaaaab") + _messages(3, "c", start=900)
    told = _told(profile([give("a.csv", content)], _task("text-classification", "label", ["text"])))
    assert told["too-few-rows"][0] == (
        "1 of the 3 labels in label have fewer than 8 rows; they can hardly be learnt.", "a.csv: c (3)"
    )  # fmt: skip
    assert told["imbalance"][0] == (
        "The labels in label are unequal: 'a' has 92 times the rows of 'c', so accuracy alone would hide how the rare ones do.",
        "a.csv: a 277 rows, c 3 rows",
    )
    two = "text,label\n" + _messages(300, "aaaaaaab")
    told = _told(profile([give("b.csv", two)], _task("text-classification", "label", ["text"])))
    assert "always saying 'a' would be right in 88% of the rows" in told["imbalance"][0][0]


def test_a_quarter_is_no_imbalance(give: Give) -> None:
    content = "text,label\n" + _messages(300, "aaab")
    assert profile([give("a.csv", content)], _task("text-classification", "label", ["text"])).problems == []


def test_copies_and_contradictions(give: Give) -> None:
    content = "text,label\n" + _messages(300) + _messages(12, "c") + _messages(12, "c")
    train = give("train.csv", content)
    test = give("test.csv", "text,label\n" + _messages(50, start=290))
    told = _told(profile([train, test], _task("text-classification", "label", ["text"])))
    assert told["duplicates"] == [
        (
            "24 of 324 rows in train.csv repeat an earlier one; copies are kept on one side of the split.",
            "one occurs 3 times, for example in rows " + told["duplicates"][0][1].rsplit("rows ", 1)[1],
        ),
        ("10 of 50 rows of test.csv are also in train.csv; they would flatter the score.", "test.csv: row 1 is one of them"),
    ]
    assert told["conflicting-labels"][0][0] == (
        "36 rows of train.csv share their content with rows that have another label; no model can get both right."
    )


def test_coarse_tables_repeat_by_nature(give: Give) -> None:
    rows = "".join(f"{i % 3},{i % 2},{'yn'[i % 5 == 0]}\n" for i in range(400))
    found = profile([give("a.csv", "sky,wind,play\n" + rows)], _task("tabular-classification", "play"))
    assert "duplicates" not in _told(found)
    assert "conflicting-labels" not in _told(found)


def test_missing_targets(give: Give) -> None:
    content = "text,label\n" + _messages(300) + f"{_say(999)},\n" * 1
    told = _told(profile([give("a.csv", content)], _task("text-classification", "label", ["text"])))
    assert told["missing-target"] == [
        ("1 of 301 rows have no label; they are not learnt from and not judged on.", "a.csv: label is empty in 1 rows")
    ]


def test_repairs_are_problems_with_evidence(give: Give) -> None:
    rows = "".join(f"{_say(i)};{i},5\n" for i in range(300))
    found = profile([give("a.csv", ("text;größe\n" + rows).encode("cp1252"))])
    told = _told(found)
    assert set(told) == {"encoding-repaired", "number-format"}
    evidence = "a.csv: read as csv (encoding cp1252, delimiter ';', header in row 0), 300 rows"
    assert told["number-format"] == [("a.csv: Numbers in größe were read with ',' as the decimal mark.", evidence)]


def test_one_row(give: Give) -> None:
    with pytest.raises(DataError) as caught:
        profile([give("a.csv", "text,label\nhello there,good\n")])
    assert str(caught.value) == (
        "Expected a table with several rows in a.csv. Found one row. "
        "Add rows: 30 can be judged on, a few hundred can be learnt from."
    )


def _leaky(task: dict[str, Any], header: str, rows: list[str], give: Give) -> list[tuple[str, str]]:
    content = header + "\n" + "\n".join(rows) + "\n"
    return _told(profile([give("a.csv", content)], _task(**task))).get("leakage", [])


def test_columns_that_add_up_to_the_target(give: Give) -> None:
    rng = random.Random(1)
    drawn = [(rng.randint(0, 90), rng.randint(0, 400), rng.random()) for _ in range(500)]
    rows = [f"{x:.3f},{a},{b},{a + b}" for a, b, x in drawn]
    regression = {"kind": "tabular-regression", "target": "count"}
    told = _leaky(regression, "temp,casual,registered,count", rows, give)
    assert [evidence for _, evidence in told] == ["a.csv: casual + registered = count in 100.0% of 500 rows"]
    rows = [f"{a},{b},{x:.3f},{2 * a + 3 * b + 10 * float(f'{x:.3f}')}" for a, b, x in drawn]
    told = _leaky(regression, "a,b,c,count", rows, give)
    assert [message.split(".")[0] for message, _ in told] == ["a + b + c add up to count"]
    rows = [f"{a},{b},{x:.3f},{(a + 1) * (b + 1) + rng.gauss(0, 3000):.2f}" for a, b, x in drawn]
    assert _leaky(regression, "a,b,c,count", rows, give) == []


def test_a_difference_is_told_the_right_way_round(give: Give) -> None:
    rng = random.Random(2)
    drawn = [(rng.randint(0, 90), rng.randint(100, 900)) for _ in range(300)]
    told = _leaky(
        {"kind": "tabular-regression", "target": "net"}, "tax,gross,net", [f"{a},{b},{b - a}" for a, b in drawn], give
    )
    assert [evidence for _, evidence in told] == ["a.csv: gross - tax = net in 100.0% of 300 rows"]


def test_a_column_known_only_afterwards(give: Give) -> None:
    rng = random.Random(3)
    rows = []
    for _ in range(600):
        kind = rng.choice(["noise", "litter", "water", "light"])
        office = {"noise": "police", "litter": "cleaning", "water": "works", "light": "works"}[kind]
        sort = f"{kind} {rng.choice('uvw')}" if rng.random() < 0.97 else "other"
        rows.append(f"{office},{sort},{rng.choice('NSEW')},{rng.random():.3f},{kind}")
    told = _leaky({"kind": "tabular-classification", "target": "kind"}, "office,sort,area,x,kind", rows, give)
    assert [message.split(".")[0] for message, _ in told] == ["sort all but gives kind away"]


def test_a_near_copy_of_a_number(give: Give) -> None:
    rng = random.Random(4)
    prices = [rng.uniform(10, 900) for _ in range(300)]
    rows = [f"{price * 1.19:.2f},{rng.gauss(price, 200):.1f},{price:.2f}" for price in prices]
    told = _leaky({"kind": "tabular-regression", "target": "price"}, "gross,guess,price", rows, give)
    assert [message.split(".")[0] for message, _ in told] == ["gross all but gives price away"]


def test_a_strong_honest_number_is_no_leak(give: Give) -> None:
    rng = random.Random(5)
    rows = []
    for i in range(450):
        centre = (0.25, 1.35, 2.0)[i % 3]
        rows.append(f"{rng.gauss(centre, 0.2):.1f},{rng.gauss(3, 0.4):.1f},kind {i % 3}")
    assert _leaky({"kind": "tabular-classification", "target": "sort"}, "petal,sepal,sort", rows, give) == []


def test_texts_that_hold_their_label(give: Give) -> None:
    labels = ["billing", "delivery", "returns"]
    rows = [f"[{labels[i % 3]}] {_say(i)},{labels[i % 3]}" for i in range(300)]
    told = _leaky({"kind": "text-classification", "target": "team", "inputs": ["text"]}, "text,team", rows, give)
    assert told[0][1] == "a.csv: 100.0% of 300 texts hold their own label word for word"
    rows = [f"{_say(i)},{labels[i % 3]}" for i in range(300)]
    assert _leaky({"kind": "text-classification", "target": "team", "inputs": ["text"]}, "text,team", rows, give) == []


@pytest.mark.parametrize(
    ("column", "cell", "what"),
    [
        ("text", "write to anna{i}.b@mail.example.org soon", "mail addresses in 250 cells of text"),
        ("text", "ring me on +49 170 55{i:05} please", "phone numbers in 250 cells of text"),
        ("text", "my card is 4111 1111 1111 1111 and case {i}", "card numbers in 250 cells of text"),
        ("text", "pay to DE89 3704 0044 0532 0130 00 for case {i}", "bank accounts (IBAN) in 250 cells of text"),
        ("where", "{i} Baker Street", "postal addresses in 250 cells of where"),
        ("wo", "Lange Lindenstraße {i}", "postal addresses in 250 cells of wo"),
        ("Customer Name", "Ann Ex{i}", "names of people in 250 cells of Customer Name"),
        ("Name", "Miller-{i}, Mr. John", "names of people in 250 cells of Name"),
        (
            "talk",
            "Doctor: how are you? Patient: the pain is back on day {i}",
            "talk about people's health in 250 cells of talk",
        ),
        ("date_of_birth", "1970-01-{d:02}", "dates of birth in 250 cells of date_of_birth"),
    ],
)
def test_personal_data(give: Give, column: str, cell: str, what: str) -> None:
    rows = "".join(f'"{cell.format(i=i, d=1 + i % 28)}",{i % 7}\n' for i in range(250))
    told = _told(profile([give("a.csv", f"{column},n\n" + rows)]))
    assert told["personal-data"][0][1].startswith(what)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("Product Name", "Steel Chair {i}"),
        ("name", "ford torino {i}"),
        ("text", "@user thanks for 100 000 views on 2020-01-02, code 4{i:015}"),
        ("text", "the painful story of a doctor {i}"),
        ("sku", "A{i}-4711-2020"),
    ],
)
def test_what_only_looks_personal(give: Give, column: str, cell: str) -> None:
    rows = "".join(f'"{cell.format(i=i)}",{i % 7}\n' for i in range(250))
    assert "personal-data" not in _told(profile([give("a.csv", f"{column},n\n" + rows)]))
