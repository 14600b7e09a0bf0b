"""Words and data -> a TaskSpec. `understand` is the door; `missing` says what must be asked."""

from agent.understanding.missing import missing
from agent.understanding.understanding import Understanding, understand

__all__ = ["Understanding", "missing", "understand"]
