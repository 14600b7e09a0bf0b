"""Which columns matter: as the approach measured it, and as the report says it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tools.report.column_facts import column_facts
from tools.report.report import write


def measured(folder: Path) -> Path:
    model = folder / "model"
    model.mkdir(parents=True, exist_ok=True)
    found = [
        {"column": "size <b>", "importance": 4.0, "spread": 0.5, "shuffles": 5},
        {"column": "Name", "importance": 0.1, "spread": 0.2, "shuffles": 5},
        *({"column": f"more{number}", "importance": 0.0, "spread": None, "shuffles": 1} for number in range(15)),
    ]
    (model / "importance.json").write_text(json.dumps(found))
    return model


def test_a_column_matters_where_it_does_more_than_chance(tmp_path: Path) -> None:
    facts = column_facts(measured(tmp_path), classes=False)
    assert facts is not None
    assert [one.matters for one in facts.weights[:3]] == [True, False, False]
    assert (facts.weights[0].share, len(facts.weights), facts.more) == (1.0, 15, 2)
    assert facts.what == "root mean squared error"


def test_nothing_measured_is_nothing_said(tmp_path: Path, of_numbers: Callable[..., Path]) -> None:
    assert column_facts(tmp_path, classes=True) is None
    assert "Which columns matter" not in write(of_numbers()).read_text(encoding="utf-8")


def test_the_report_shows_the_columns_with_their_spread(of_numbers: Callable[..., Path]) -> None:
    run = of_numbers()
    comparison = json.loads((run / "comparison.json").read_text())
    measured(run / "candidates" / comparison["chosen"])
    page = write(run).read_text(encoding="utf-8")
    assert '<td>size &lt;b&gt;</td><td class="n">4 ± 0.5</td>' in page.replace("4.00 ± 0.50", "4 ± 0.5")
    assert "no more than chance" in page
    assert "2 further columns weigh less." in page
