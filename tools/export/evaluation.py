"""`evaluation/`: the run's report, metrics and plots, with the rows that it quotes made unreadable."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

from tools.export.chosen import Chosen

QUOTING, SAYING = "mistake", "said"  # classes of the report's template: a quoted row, and what the model said of it
LETTER, DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")
VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})


def copy_evaluation(run: Chosen, folder: Path, quote_rows: bool) -> None:
    """Copy `report/`; an empty folder where no report was written. quote_rows: the person allows that rows are quoted."""
    folder.mkdir()
    report = run.report_folder
    if run.picked:
        from tools.report.report import write

        write(run.run_folder, run.comparison, report)
    if not report.is_dir():
        return
    shutil.copytree(report, folder, dirs_exist_ok=True)
    page = folder / "report.html"
    if page.is_file() and not quote_rows:
        page.write_text(masked(page.read_text(encoding="utf-8")), encoding="utf-8")


def masked(page: str) -> str:
    """The page with letters (x) and digits (0) of quoted rows replaced; everything else as it is."""
    copy = _Copy()
    copy.feed(page)
    copy.close()
    return "".join(copy.parts)


class _Copy(HTMLParser):
    """Copies a page token by token. open: classes of the elements that are open, outermost first."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(self.get_starttag_text() or "")
        if tag not in VOID:
            self.open.append(dict(attrs).get("class") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")
        if self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        quoted = QUOTING in self.open and SAYING not in self.open
        self.parts.append(DIGIT.sub("0", LETTER.sub("x", data)) if quoted else data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.parts.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f"<!{decl}>")
