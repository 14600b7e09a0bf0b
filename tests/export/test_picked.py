"""Another candidate than the chosen one is exported, with its own report, and proved."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.core.errors import PersonMustMend
from tools.core.evaluation import CandidateResult, Comparison, Evaluation, Score
from tools.export.picked import with_picked


def _result(name: str, value: float, status: str = "done") -> CandidateResult:
    score = Score(metric="accuracy", value=value, low=value - 0.1, high=value + 0.1)
    evaluation = Evaluation(rows=100, main=score) if status == "done" else None
    return CandidateResult.model_validate(
        {
            "name": name,
            "approach": "baseline",
            "title": f"a {name}",
            "status": status,
            "validation": evaluation,
            "test": evaluation,
        }
    )


@pytest.fixture
def comparison() -> Comparison:
    results = [_result("tree", 0.8), _result("line", 0.7), _result("majority", 0.5), _result("broken", 0.0, "failed")]
    return Comparison(
        metric="accuracy", candidates=results, chosen="tree", recommended=True, why="It is the best.", runner_up="line"
    )


def test_a_picked_candidate_tells_who_picked_it_and_how_good_both_are(comparison: Comparison) -> None:
    picked = with_picked(comparison, "line")
    assert (picked.chosen, picked.recommended, picked.runner_up, picked.lead) == ("line", True, None, None)
    assert picked.why == (
        "A line was picked by the person instead of a tree. It has accuracy 0.70 (95 % interval 0.60 to 0.80) on 100 locked "
        "test rows. A tree has 0.80 (95 % interval 0.70 to 0.90) there."
    )


def test_one_that_is_no_better_than_the_trivial_answer_is_not_recommended(comparison: Comparison) -> None:
    weak = comparison.model_copy(
        update={"candidates": [*comparison.candidates[:1], _result("line", 0.55), _result("majority", 0.5)]}
    )
    assert not with_picked(weak, "line").recommended
    trivial = with_picked(weak, "majority")
    assert not trivial.recommended
    assert trivial.why.endswith("It is the trivial answer, so it is not recommended.")


@pytest.mark.parametrize("name", ["broken", "nowhere", "../../etc"])
def test_what_was_not_finished_cannot_be_picked(comparison: Comparison, name: str) -> None:
    with pytest.raises(PersonMustMend, match=r"a finished candidate of the run \(tree, line, majority\)") as refused:
        with_picked(comparison, name)
    assert refused.value.code == "unknown-candidate"


def test_a_picked_candidate_is_packed_with_its_own_report_and_proved_beside_the_run_s_own_choice(
    runs: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.export.offering import offered

    monkeypatch.setenv("FASTTRACK_OFFLINE", "1")
    folder = Path(shutil.copytree(runs("tfidf-linear", "messages"), tmp_path / "run"))
    other = runs("majority", "messages") / "candidates" / "majority"
    shutil.copytree(other, folder / "candidates" / "majority")
    both = Comparison.model_validate_json((folder / "comparison.json").read_text())
    both.candidates.append(CandidateResult.model_validate_json((other / "result.json").read_text()))
    (folder / "comparison.json").write_text(both.model_dump_json())
    packed = offered(folder, "majority")
    assert packed == folder / "exports" / "majority" / "prototype.zip"
    with zipfile.ZipFile(packed) as archive:
        top = archive.namelist()[0].split("/")[0]
        assert json.loads(archive.read(f"{top}/PROOF.json"))["same_predictions"]
        assert json.loads(archive.read(f"{top}/model/manifest.json"))["format"] == "constant"
        assert json.loads(archive.read(f"{top}/evaluation/metrics.json"))["chosen"] == "majority"
    assert not (folder / "prototype.zip").exists(), "the run's own prototype is another one"
    made = packed.stat().st_mtime_ns
    assert offered(folder, "majority").stat().st_mtime_ns == made
