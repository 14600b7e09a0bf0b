"""Which cells of the person's own file the proof of a forecaster leaves empty."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tools.core.data import SeriesForm
from tools.export.forecast_proof import Wanted, _own_rows
from tools.runtime.records import Hints, open_table


def test_locked_values_are_left_empty_also_where_their_time_wavers(tmp_path: Path) -> None:
    when = ["10:00:04", "10:14:57", "10:31:02", "10:43:58", "11:01:05"]  # the fourth is the first locked one
    rows = [f"2024-01-01 {clock},{place}.5" for place, clock in enumerate(when)]
    (tmp_path / "a.csv").write_text("\n".join(["t,y", *rows]) + "\n", encoding="utf-8")
    form = SeriesForm(time_column="t", target="y", frequency="min", step=15)
    places = pd.DataFrame({"series": "", "time": pd.to_datetime(["2024-01-01 10:45", "2024-01-01 11:00"])})
    found = _own_rows(
        open_table(tmp_path / "a.csv", Hints(inputs=("t", "y"), columns=("t", "y"), header=True, delimiter=",")),
        Wanted(form, places, np.zeros((2, 3)), pd.DataFrame(), None, 2),
    )
    assert found is not None
    assert [row[1] for row in found] == ["0.5", "1.5", "2.5", "", ""]
