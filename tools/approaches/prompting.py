"""Prompting a language model. Not possible yet: Fasttrack has no client of one, and the plan says so plainly."""

from __future__ import annotations

from tools.approaches.base import FitJob, Fitted, Infeasible, Situation
from tools.core.errors import BrainIsTold
from tools.core.plan import Rung
from tools.core.task import TaskKind

SMALL_TABLE = 2000  # a table of more rows teaches a tree more than a prompt can hold


class Prompting:
    """Keeps the rung in sight: the table of the plan tells why it is not climbed."""

    name = "prompting"
    rung: Rung = "prompting"
    title = "prompting a language model"
    kinds: frozenset[TaskKind] = frozenset(
        {"text-classification", "multilabel-text-classification", "tabular-classification", "tabular-regression"}
    )
    trivial = False

    def consider(self, situation: Situation) -> Infeasible:
        """Never possible while no language model can be set up."""
        if situation.task.kind in ("tabular-classification", "tabular-regression") and situation.train_rows > SMALL_TABLE:
            return Infeasible(
                f"no language model is set up, and {situation.train_rows:,} rows teach other models more than a prompt can hold"
            )
        return Infeasible("no language model is set up; `fasttrack doctor` shows what is there")

    def fit(self, job: FitJob) -> Fitted:
        """Raises BrainIsTold: `consider` said that it is not possible."""
        raise BrainIsTold(
            expected="a candidate that is possible here",
            found="prompting, for which no language model is set up",
            remedy="Choose another rung of the plan.",
        )
