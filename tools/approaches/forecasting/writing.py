"""`manifest.json` of a model that forecasts: the form of its series and its quantiles beside what every manifest holds."""

from __future__ import annotations

from collections.abc import Sequence

from tools.approaches import manifest
from tools.approaches.base import LEVELS, FitJob
from tools.approaches.forecasting.windows import form_of


def write(job: FitJob, model_format: str, requirements: Sequence[str], known: Sequence[str] = (), **extra: object) -> None:
    """Write `job.folder/manifest.json`. known: covariates that the model reads of the future. extra: what the format needs."""
    form = form_of(job)
    named = [form.time_column, *form.series_columns, *known]
    roles = {form.time_column: "date", **dict.fromkeys(form.series_columns, "category")}
    inputs = [{"name": name, "role": roles.get(name) or job.column_roles.get(name, "number")} for name in dict.fromkeys(named)]
    stored = form.model_dump(mode="json")
    manifest.write(job, model_format, inputs, requirements, series=stored, levels=list(LEVELS), **extra)
