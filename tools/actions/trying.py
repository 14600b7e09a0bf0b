"""Use what was built: try it on a row, take it home."""

from __future__ import annotations

from typing import Any

from tools.actions.answering import answers, candidate_folder, opened
from tools.actions.running import current_run
from tools.core.errors import BrainMayRetry
from tools.workspace import Workspace


def try_prototype(workspace: Workspace, text: str = "", row: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask the chosen model about one new case. text: for models that read one text. row: column -> value for tables.

    A model that forecasts carries on the attached data: text is the name of a series, and how many steps ahead behind it.
    """
    folder = candidate_folder(workspace)
    if workspace.task.is_forecasting:
        return _forecast(workspace, text, row, folder.name)
    inputs = [column["name"] for column in opened(folder).manifest["inputs"]]
    if row is None:
        if len(inputs) != 1:
            raise BrainMayRetry(
                code="needs-row",
                expected=f"a row with the columns {', '.join(inputs)}",
                found=repr(text),
                remedy="Write the values as column=value, separated by commas; what is left out counts as missing.",
            )
        row = {inputs[0]: text}
    known = {column.name for file in workspace.profile().files for column in file.columns} | set(inputs)
    unknown = [name for name in row if name not in known]  # columns that the model does not read do no harm
    if unknown:
        raise BrainMayRetry(
            code="unknown-column",
            expected=f"the columns {', '.join(inputs)}",
            found=", ".join(unknown),
            remedy="Use the names of the columns that the model reads.",
        )
    return {"row": row, "answer": answers(workspace, [row])[0], "candidate": folder.name}


def _forecast(workspace: Workspace, text: str, row: dict[str, Any] | None, candidate: str) -> dict[str, Any]:
    """row: what a brain may give instead of text: {"series": name, "horizon": steps}."""
    from tools.actions.forecasting import asked_for, forecast_series

    if row:
        text = " ".join(str(value) for value in (row.get("series"), row.get("horizon") or row.get("steps")) if value)
    series, steps = asked_for(text)
    found = forecast_series(workspace, series, steps)
    answer = {"series": found.series, "forecast": found.rows}
    return {"row": {"series": found.series, "steps": len(found.rows)}, "answer": answer, "candidate": candidate}


def export_prototype(workspace: Workspace) -> dict[str, Any]:
    """Give the chosen model as a prototype that runs without Fasttrack, proved (packed and proved now where it was not yet)."""
    from tools.export.offering import offered
    from tools.home import runs_folder

    path = offered(runs_folder() / current_run(workspace))
    return {"prototype": str(path), "size_mb": round(path.stat().st_size / 1e6, 1)}
