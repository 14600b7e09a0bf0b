"""Forecasts of series: naive ones, statistical ones combined, boosted trees over lags, AutoGluon, Chronos-Bolt."""
