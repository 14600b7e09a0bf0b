"""The first rung: the trivial answer, and simple strong models."""
