"""Prompting a language model: each row is asked about; what is learned is how to ask."""

from __future__ import annotations

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.prompting.estimate import cost_of, size_mb
from tools.approaches.prompting.setting import is_table
from tools.core.language_model import LanguageModel
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind

SMALL_TABLE = 2000  # a table of more rows teaches a tree more than a prompt can hold
MOST_LABELS = 400  # endpoints hold an answer to no more
LEAST_NUMBERS = 5  # known numbers; without some, a model cannot know their scale
MEMORY_MB, LOCAL_MEMORY = 500.0, 1.25  # of a process with a client; times the size of a model that runs in it
FEW_ROWS = 200  # with fewer, a model that learned elsewhere is ahead


class Prompting:
    """Wording and examples are chosen on validation; the answer is held to the labels."""

    name = "prompting"
    rung: Rung = "prompting"
    title = "prompting a language model"
    kinds: frozenset[TaskKind] = frozenset(
        {"text-classification", "multilabel-text-classification", "tabular-classification", "tabular-regression"}
    )
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs a language model whose price is known, labels (or some numbers), and a table that is small."""
        model = situation.language_model
        if model is None:
            return Infeasible(_without_model(situation))
        why_not = _why_not(situation) or _why_not_this(model, situation.machine.offline)
        if why_not:
            return Infeasible(why_not)
        cost = cost_of(situation, model)
        memory = MEMORY_MB + LOCAL_MEMORY * size_mb(model)
        leaves: tuple[str, ...] = ()
        if model.remote:
            rows = situation.train_rows + situation.test_rows
            texts = f"the texts of about {rows:,} rows" if rows else "each text that is asked about"
            leaves = (f"{texts} and the words of the task, to {model.where} ({model.name})",)
        return Feasible(
            f"asks {model.name} about {cost.questions:,} times" if cost.questions else f"asks {model.name} about each text",
            Estimate(minutes=cost.minutes, dollars=round(cost.dollars, 4), memory_mb=memory),
            worth=_worth(situation),
            leaves_machine=leaves,
        )

    def fit(self, job: FitJob) -> Fitted:
        """Try ways to ask on validation rows, ask the best about all of them, write the prompt."""
        from tools.approaches.prompting.fitting import fit

        return fit(job)


def _without_model(situation: Situation) -> str:
    if is_table(situation.task) and situation.train_rows > SMALL_TABLE:
        return f"no language model is set up, and {situation.train_rows:,} rows teach other models more than a prompt can hold"
    return (
        "no language model is set up; name one with --brain openai:MODEL or --brain llamacpp:PATH "
        "(or with FASTTRACK_MODEL and no --brain builtin); `fasttrack doctor` shows what is there"
    )


def _why_not(situation: Situation) -> str | None:
    """Why the task cannot be asked about, whichever model it is."""
    task, rows = situation.task, situation.train_rows
    if is_table(task) and rows > SMALL_TABLE:
        return f"{rows:,} rows teach other models more than a prompt can hold"
    if task.kind == "tabular-regression":
        return (
            None if rows >= LEAST_NUMBERS else f"needs at least {LEAST_NUMBERS} rows with a known number, and there are {rows}"
        )
    if len(task.label_names) < 2:
        return "needs the names of at least two labels; name them, for example --labels 'praise,complaint'"
    if len(task.label_names) > MOST_LABELS:
        return f"{len(task.label_names)} labels are more than an answer can be held to ({MOST_LABELS})"
    return None


def _why_not_this(model: LanguageModel, offline: bool) -> str | None:
    """Why this model cannot be asked."""
    if model.remote and offline:
        return (
            f"{model.name} is at {model.where}, and connections are forbidden (offline); a model on this machine may be asked"
        )
    if model.input_price is None or model.output_price is None:
        return (
            f"the price of {model.name} is not known; "
            f"FASTTRACK_PRICES={model.name}=IN/OUT tells it, in dollars for a million tokens"
        )
    return None


def _worth(situation: Situation) -> float:
    if is_table(situation.task):
        return 0.4
    return 0.9 if situation.train_rows < FEW_ROWS else 0.65
