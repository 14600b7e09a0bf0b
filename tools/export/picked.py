"""The comparison of a run with another candidate in the place of the chosen one, as its prototype tells it."""

from __future__ import annotations

from tools import scoring
from tools.comparing import in_words
from tools.core.errors import PersonMustMend
from tools.core.evaluation import CandidateResult, Comparison, Evaluation


def with_picked(comparison: Comparison, name: str) -> Comparison:
    """The same scores, this candidate's choice, and why. Raises PersonMustMend where it is not one that was finished."""
    results = {result.name: result for result in comparison.candidates if result.status == "done"}
    if name not in results:
        raise PersonMustMend(
            code="unknown-candidate",
            expected=f"a finished candidate of the run ({', '.join(results) or 'there is none'})",
            found=repr(name),
            remedy="Pick one of these.",
        )
    bar = next((result for result in results.values() if result.name in _trivial()), None)
    recommended, verdict = _worth_having(results[name], bar, comparison.recommended)
    said = [*_picked(results[name], results.get(comparison.chosen or ""), comparison.metric), verdict]
    changed = {
        "chosen": name,
        "recommended": recommended,
        "why": " ".join(part[0].upper() + part[1:] for part in said if part),
        "runner_up": None,
        "lead": None,
    }
    return comparison.model_copy(update=changed)


def _trivial() -> set[str]:
    from tools.approaches import APPROACHES

    return {approach.name for approach in APPROACHES if approach.trivial}


def _picked(result: CandidateResult, instead_of: CandidateResult | None, metric: str) -> list[str]:
    """Who picked it, and how good it is beside the one that would have been chosen."""
    said = [f"{result.title} was picked by the person" + (f" instead of {instead_of.title}." if instead_of else ".")]
    evaluation = result.test or result.validation
    if evaluation is None:
        return [*said, "Not measured: no labelled rows."]
    rows = "locked test rows" if result.test else "validation rows"
    said.append(f"It has {metric} {in_words(evaluation.main)} on {evaluation.rows:,} {rows}.")
    other = instead_of and (instead_of.test if result.test else instead_of.validation)
    if instead_of and other:
        said.append(f"{instead_of.title} has {in_words(other.main)} there.")
    return said


def _worth_having(result: CandidateResult, bar: CandidateResult | None, otherwise: bool) -> tuple[bool, str]:
    """Whether it is surely better than the trivial answer on the test rows. otherwise: what holds where none was measured."""
    if bar is not None and result.name == bar.name:
        return False, "It is the trivial answer, so it is not recommended."
    if result.test is None or bar is None or bar.test is None:
        return otherwise, ""
    if _above(result.test, bar.test.main.value):
        return True, ""
    return False, f"It does not beat the trivial answer ({bar.title}) by more than chance, so it is not recommended."


def _above(evaluation: Evaluation, value: float) -> bool:
    """Whether the whole interval is better than a value."""
    sign = scoring.METRICS[evaluation.main.metric].sign()
    worst = evaluation.main.low if sign > 0 else evaluation.main.high
    return worst is not None and sign * (worst - value) > 0
