"""The last rung: many models, tuned and combined by AutoGluon."""
