from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from small_runs import HARMFUL_LABEL, SmallRun

from agent.session import Session
from tools.core.evaluation import Score
from tools.report.class_facts import class_facts
from ui.page import close_up, mistakes
from ui.page.standings import Scale, leaderboard

Runs = Callable[[str], SmallRun]


def choice(page: Any, name: str) -> Any:
    return next(one for one in page.selectbox if one.label == name)


def test_the_recommendation_the_leaderboard_and_the_downloads(opened: Any, panel: Any, shown: Any) -> None:
    page = panel("results", opened("messages"))
    assert not page.exception
    text = shown(page)
    assert "recommended</span>" in text
    assert "<code>Word and character counts with a linear model</code> is my choice" in text
    assert text.count("ft-rival-chosen") == 1
    assert "locked test rows, 95 % intervals; more is better" in text
    assert [one.label for one in page.get("download_button")] == ["Download the prototype", "Download the report"]
    assert [tab.label for tab in page.tabs] == ["Side by side", "Errors", "Mistakes", "Cost"]


def test_nothing_of_a_file_is_markup(opened: Any, panel: Any, shown: Any) -> None:
    page = panel("results", opened("messages"))
    text = shown(page)
    assert "&lt;b&gt;bill&lt;/b&gt; **ing**" in text
    assert "&lt;img src=x onerror=" in text
    assert "<img" not in text
    assert "<b>bill" not in text
    assert [one.value for one in page.markdown] == []


def test_mistakes_are_filtered_by_what_they_are_what_was_answered_and_by_words(opened: Any, panel: Any, shown: Any) -> None:
    session = opened("messages")
    close = session.closeup("tfidf-linear")
    page = panel("results", session)
    everything = shown(page).count('class="ft-mistake"')
    assert everything == len(close.mistakes)
    truth = close.mistakes[0].truth
    choice(page, "It is").set_value(truth).run()
    assert shown(page).count('class="ft-mistake"') == sum(one.truth == truth for one in close.mistakes)
    next(one for one in page.text_input if one.label == "Search").set_value("no such words anywhere").run()
    assert shown(page).count('class="ft-mistake"') == 0


def test_another_candidate_is_looked_at_closely_and_offered_to_be_packed(opened: Any, panel: Any, shown: Any) -> None:
    page = panel("results", opened("messages"))
    pick = next(one for one in page.selectbox if one.key.startswith("Errors-"))
    assert pick.options == ["Word and character counts with a linear model", "Always the most frequent class"]
    pick.set_value("majority").run()
    assert "0 % of " in shown(page)
    assert "Pack and prove this one" in [one.label for one in page.button]


def test_packing_another_candidate_gives_its_download(
    small_run: Runs, panel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = small_run("messages")
    monkeypatch.setenv("FASTTRACK_HOME", str(shutil.copytree(made.home, tmp_path / "home")))
    monkeypatch.setenv("FASTTRACK_OFFLINE", "1")
    page = panel("results", Session.open(made.conversation))
    next(one for one in page.button if one.label == "Pack and prove this one").click().run()
    assert not page.exception
    assert "Download Always the most frequent class" in [one.label for one in page.get("download_button")]


def test_numbers_show_prediction_against_truth_and_where_it_is_off(opened: Any, panel: Any, shown: Any) -> None:
    page = panel("results", opened("houses"))
    assert not page.exception
    assert "Half of the predictions are within" in shown(page)
    assert "Where it is off, by the true value" in shown(page)
    assert "less is better" in shown(page)
    assert "price, truth" in "".join(one.proto.spec for one in page.get("vega_lite_chart"))
    assert "off by +" in shown(page) or "off by -" in shown(page)


def test_without_labels_it_says_not_measured_and_offers_to_label(opened: Any, panel: Any, shown: Any) -> None:
    page = panel("results", opened("comments"))
    assert not page.exception
    assert "not measured</span>" in shown(page)
    assert "30 of them, about 5 minutes of your time, would tell within about ±17 points." in shown(page)
    assert "Label rows" in [one.label for one in page.button]
    assert [tab.label for tab in page.tabs] == ["Side by side", "Cost"]


@pytest.mark.parametrize("count", [3, 12, 77, 200])
def test_confusions_of_few_classes_are_a_matrix_and_of_many_the_pairs_that_are_confused_most(count: int) -> None:
    import numpy as np

    names = [f"class {number} with a name of sixty characters, which is rather lon" for number in range(count)]
    target = [names[number % count] for number in range(4 * count)]
    answers = [names[(number + (number % 5 == 0)) % count] for number in range(4 * count)]
    facts = class_facts(names, target, answers, np.full(len(target), 0.8))
    if count <= close_up.MOST_CELLS:
        text = str(close_up.matrix(facts))
        assert text.count("<td class=") == count * count
    else:
        text = str(close_up.pairs(facts.confusions))
        assert text.count('class="ft-pair"') == close_up.MOST_PAIRS
        assert f"and {len(facts.confusions) - close_up.MOST_PAIRS:,} pairs more" in text
    rows = str(close_up.class_rows(facts.classes))
    assert rows.count('class="ft-pair"') == count
    assert ("<details>" in rows) == (count > close_up.WEAKEST)


def test_a_scale_leaves_the_trivial_answer_out_where_it_would_press_the_others_together() -> None:
    def rival(value: float, trivial: bool = False) -> Any:
        return SimpleNamespace(
            score=Score(metric="accuracy", value=value, low=value - 0.01, high=value + 0.01), trivial=trivial
        )

    near = Scale.of([rival(0.9), rival(0.88), rival(0.1, trivial=True)])
    assert near is not None
    assert (round(near.low, 2), round(near.high, 2)) == (0.87, 0.91)
    assert not near.holds(0.1)
    assert near.at(0.1) == 2.0
    far = Scale.of([rival(0.9), rival(0.3), rival(0.1, trivial=True)])
    assert far is not None
    assert round(far.low, 2) == 0.09
    assert Scale.of([]) is None


def test_what_failed_stands_in_the_leaderboard_with_its_reason(opened: Any) -> None:
    from dataclasses import replace

    found = opened("messages").results()
    broken = replace(found.rivals[1], status="failed", score=None, reason="out of memory <i>at</i> fold 2")
    text = str(leaderboard(replace(found, rivals=[found.rivals[0], broken])))
    assert "was not finished" in text
    assert "out of memory &lt;i&gt;at&lt;/i&gt; fold 2" in text


def test_several_labels_a_row_are_told_label_by_label() -> None:
    from tools.report.closeup import Closeup, LabelRow
    from tools.report.mistakes import Mistake

    label = LabelRow(HARMFUL_LABEL, 20, 18, 15, 15 / 18, 0.75, 0.53, 0.89)
    text = str(close_up.label_rows([label]))
    assert "&lt;b&gt;bill" in text
    assert "75 % of 20 found (53 to 89); 83 % of its answers are right" in text
    wrong = Mistake(3, "price, staff", "none", None, None, [("text", "<u>x</u>")])
    told = str(mistakes.listed([wrong], numbers=False))
    assert "price, staff" in told
    assert "&lt;u&gt;x&lt;/u&gt;" in told
    assert mistakes.counted(Closeup("a", "test", 40, wrong=1, mistakes=[wrong]), 1).startswith(
        "1 of 40 rows were not answered right"
    )
