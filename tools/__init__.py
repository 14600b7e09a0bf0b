"""Does. Knows no conversation."""
