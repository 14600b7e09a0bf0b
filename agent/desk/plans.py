"""What a plan's card must know beside the plan."""

from __future__ import annotations

from tools.core.plan import Plan


def always_built(plan: Plan) -> frozenset[str]:
    """Names of the candidates that every plan builds: the trivial answers, the bar that the others must clear."""
    from tools.approaches import approach_named

    return frozenset(one.name for one in plan.candidates if approach_named(one.name).trivial)
