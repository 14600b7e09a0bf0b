"""A candidate that asks a language model: held to its dollars while it is scored, and what asking took, as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tools.core.errors import PersonMustMend
from tools.core.language_model import LanguageModel, Usage
from tools.jobs.spending import Ledger

if TYPE_CHECKING:
    from tools.approaches.prompting.purse import Purse
    from tools.runtime.asking import Reply
    from tools.runtime.model import Model
    from tools.runtime.prompted import Predictor

UNANSWERED = "{missing} of {rows} test rows were not answered and got the usual answer ({problem})"


class Asked:
    """Watches over `model` from now on. dollars: what is left for scoring."""

    def __init__(self, model: Model, language_model: LanguageModel, dollars: float, ledger: Ledger) -> None:
        from tools.approaches.prompting.purse import Purse

        self.predictor: Predictor = model.predictor  # type: ignore[assignment]
        self.language_model = language_model
        self.purse: Purse = Purse(language_model, self.predictor.asker, dollars, note=ledger.note, probed=True)
        self.predictor.limits = self.purse
        self.ledger = ledger

    @property
    def usage(self) -> Usage:
        """What scoring has used so far."""
        return self.purse.usage

    @property
    def single_ms(self) -> float:
        """Milliseconds of one answer, as the model took them; 0 where none came."""
        return self.predictor.milliseconds or 0.0

    def row_ms(self, measured: float) -> float:
        """Milliseconds a row among many. measured: wall time, which says nothing where answers were known already."""
        return max(measured, self.single_ms / int(getattr(self.predictor.asker, "concurrency", 1)))

    def check(self, rows: int) -> str | None:
        """What to say of the latest `rows` answers; None where all came. Raises PersonMustMend where dollars ran out."""
        from tools.approaches.prompting.fitting import check_answered
        from tools.runtime.asking import STOPPED

        replies = self.predictor.replies[-rows:]
        stopped = sum(reply.problem == STOPPED for reply in replies)
        if stopped:
            raise PersonMustMend(
                code="too-few-dollars",
                expected=f"dollars to ask about {rows:,} test rows",
                found=f"${self.purse.dollars:.4f} for them, which were used up after {rows - stopped:,} rows",
                remedy="Allow more dollars, or leave prompting out. What was answered is kept and is not paid again.",
            )
        check_answered(replies, self.language_model.name)
        problems = Counter(reply.problem for reply in replies if reply.problem is not None)
        if not problems:
            return None
        return UNANSWERED.format(missing=sum(problems.values()), rows=rows, problem=problems.most_common(1)[0][0])

    def told(self, fit: Usage | None) -> dict[str, Any]:
        """For the settings of the result: the usage of fit and scoring, and what one row takes."""
        replies = [reply for reply in self.predictor.replies if reply.problem is None]
        return {"usage": ((fit or Usage()) + self.usage).model_dump(), "per_row": self._per_row(replies)}

    def _per_row(self, replies: Sequence[Reply]) -> dict[str, float]:
        if not replies:
            return {}
        input_tokens = sum(reply.input_tokens for reply in replies) / len(replies)
        output_tokens = sum(reply.output_tokens for reply in replies) / len(replies)
        dollars = self.language_model.dollars(input_tokens, output_tokens)
        return {
            "input_tokens": round(input_tokens, 1),
            "output_tokens": round(output_tokens, 1),
            "dollars": round(dollars, 9),
            "seconds": round(self.single_ms / 1000, 4),
        }


def opened(model: Model, language_model: LanguageModel | None, dollars: float, ledger: Ledger) -> Asked | None:
    """Watches over a model that asks; None for one that asks nobody."""
    if language_model is None or model.manifest["format"] != "prompted":
        return None
    return Asked(model, language_model, dollars, ledger)
