"""The report: one page that stands alone, is safe to open, and says what a person needs; the same numbers as JSON."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tools.core.errors import DataError
from tools.home import data_folder
from tools.report.report import duration, megabytes, write

Make = Callable[..., Path]
VOID = {"meta", "br", "link", "img", "path", "use", "rect", "hr"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; `open` must be empty at its end."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)


def page_of(run: Path) -> Page:
    path = write(run)
    assert path == run.resolve() / "report" / "report.html"
    return Page(path.read_text(encoding="utf-8"))


def test_the_page_stands_alone(of_classes: Make) -> None:
    """No script, nothing fetched from anywhere; well-formed."""
    run = of_classes("abc")
    page = page_of(run)
    assert "script" not in page.tags
    assert "url(http" not in (run / "report" / "report.html").read_text(encoding="utf-8")
    assert page.open == []
    fetched = [value for name, value in page.attributes if name in ("src", "href", "srcset", "xlink:href", "action")]
    assert all(value and value.startswith("#") for value in fetched)


def test_nothing_from_data_becomes_markup(of_classes: Make) -> None:
    page = page_of(of_classes(["a", "<bold>x</bold>", "c"]))
    assert "bold" not in page.tags
    assert page.text.count('<script>alert("x")</script>') > 10
    assert "<bold>x</bold>" in page.text


def test_ids_of_the_plots_do_not_clash(of_classes: Make) -> None:
    page = page_of(of_classes("abc"))
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    used = [value[1:] for name, value in page.attributes if name in ("href", "xlink:href") and value]
    assert set(used) <= set(ids)


def test_the_headline_says_what_was_chosen_and_how_good_it_is(of_classes: Make) -> None:
    run = of_classes("abc", rows=120)
    page = page_of(run)
    metrics = json.loads((run / "report" / "metrics.json").read_text())
    main = metrics["candidates"][0]["test"]["main"]
    assert metrics["chosen"] == "head"
    assert page.text.index("Recommended") < page.text.index(f"{main['value']:.2f}")
    assert f"95 % interval {main['low']:.2f} to {main['high']:.2f}" in page.text
    assert "For comparison: the majority" in page.text


def test_quoted_rows_are_masked(of_classes: Make, of_numbers: Make) -> None:
    page = page_of(of_classes("abc"))
    assert "write to [mail]" in page.text
    assert "@example.com" not in page.text
    numbers = page_of(of_numbers())
    assert "Name [name]" in numbers.text
    assert "Jo Doe" not in numbers.text


def test_mistakes_are_the_wrong_rows(of_classes: Make) -> None:
    run = of_classes("abc")
    page = page_of(run)
    quoted = {int(row) for row in re.findall(r"with \d+ % · row (\d+)", page.text)}
    truth = {row: "abc"[row % 3] for row in range(60)}
    answers = re.findall(r"is (\w) , was taken for (\w) with \d+ % · row (\d+)", page.text)
    assert len(quoted) == len(answers) > 5
    assert all(truth[int(row)] == said != answer for said, answer, row in answers)


def test_many_classes_get_a_list_instead_of_a_grid(of_classes: Make) -> None:
    run = of_classes([f"class {number:02d}" for number in range(30)], rows=300)
    page = page_of(run)
    assert "a grid of 30 classes would not be readable" in page.text
    assert "The other 20 classes" in page.text
    assert len(json.loads((run / "report" / "metrics.json").read_text())["chosen_in_detail"]["matrix"]) == 30


def test_labels_that_only_the_test_rows_have_are_said(of_classes: Make) -> None:
    page = page_of(of_classes("abc", unknown=True))
    assert "A label that the training rows do not have: “never seen” (3 rows)" in page.text
    assert "these rows count as errors for all" in page.text


def test_numbers_get_errors_ranges_and_coverage(of_numbers: Make) -> None:
    run = of_numbers()
    page = page_of(run)
    assert "Half of the 60 predictions are within" in page.text
    assert "Each prediction comes with a range that should hold the truth nine times of ten." in page.text
    details = json.loads((run / "report" / "metrics.json").read_text())["chosen_in_detail"]
    assert 0.7 < details["coverage"] <= 1
    assert {path.name for path in (run / "report").glob("*.png")} == {"leaderboard.png", "predicted.png", "residuals.png"}


def test_plots_lie_beside_the_page(of_classes: Make) -> None:
    run = of_classes("ab")
    write(run)
    pictures = sorted((run / "report").glob("*.png"))
    assert [path.name for path in pictures] == ["calibration.png", "confusion.png", "leaderboard.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pictures)


def test_a_run_that_was_not_measured_says_so(of_classes: Make) -> None:
    page = page_of(of_classes("abc", measured=False))
    assert "Not measured: no labelled rows." in page.text
    assert "Where it is wrong" not in page.text


def test_a_run_in_which_nothing_was_built_still_has_a_report(of_classes: Make) -> None:
    run = of_classes("abc")
    comparison = json.loads((run / "comparison.json").read_text())
    comparison |= {
        "candidates": comparison["candidates"][-1:],
        "chosen": None,
        "recommended": False,
        "why": "Nothing could be built.",
    }
    (run / "comparison.json").write_text(json.dumps(comparison))
    page = page_of(run)
    assert "Nothing built Nothing could be built." in page.text
    assert "no <script>" in page.text


def test_rows_that_are_gone_are_not_quoted(of_classes: Make) -> None:
    run = of_classes("abc")
    shutil.rmtree(data_folder())
    assert "The row is not quoted: the data is not on this machine." in page_of(run).text


def test_a_run_that_was_not_compared_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        write(tmp_path)
    assert str(caught.value) == (
        f"Expected a run whose candidates were compared. Found no comparison.json in {tmp_path.resolve()}. "
        "Let the run finish (`fasttrack resume`), then make the report."
    )


def test_times_and_sizes_are_said_as_people_do() -> None:
    assert [duration(seconds) for seconds in (None, 0.01, 0.42, 48, 200, 3900)] == [
        "–", "< 0.1 s", "0.4 s", "48 s", "3 min 20 s", "1 h 05 min",
    ]  # fmt: skip
    assert [megabytes(size) for size in (None, 0.031, 24.2)] == ["–", "0.031 MB", "24 MB"]
