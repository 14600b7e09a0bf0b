"""Texts that may have several labels at once: one question a label, "does it apply?", answered by one model for all labels."""
