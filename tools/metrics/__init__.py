"""The formulas of METRICS (`tools/scoring.py`), by what they judge: a chosen class, an order of rows, numbers."""
