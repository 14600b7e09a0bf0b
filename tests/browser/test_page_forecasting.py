"""Forecasts on the page, from a file of several series to a forecast that a person takes away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import forecast_runs

if TYPE_CHECKING:
    from playwright.sync_api import Page

SLOW = 180_000  # milliseconds: a server's first plan and build load their libraries


def test_series_are_forecast_and_tried_and_the_rows_are_taken_away(page: Page, tmp_path: Path) -> None:
    shops = forecast_runs.write_shops(tmp_path / "shops.csv")
    box = page.get_by_test_id("stChatInputTextArea")
    page.locator("[data-testid=stChatInput] input[type=file]").set_input_files([str(shops)])
    page.get_by_test_id("stFileChip").first.wait_for()
    page.get_by_test_id("stFileChipIconSpinner").wait_for(state="detached")
    box.fill("forecast the sales of each shop for the next 7 days")
    box.press("Enter")
    page.get_by_role("button", name="Approve and build").last.wait_for(timeout=SLOW)
    box.fill("only the baseline")
    box.press("Enter")
    page.get_by_text("to build").last.wait_for(timeout=SLOW)
    page.get_by_role("button", name="Approve and build").last.click()
    results = page.locator(".st-key-card-results")
    results.wait_for(timeout=SLOW)
    assert "MASE" in results.inner_text()

    trying = page.locator(".st-key-card-try")
    trying.get_by_label("Days ahead").first.fill("3")
    trying.get_by_role("button", name="Forecast").click()
    trying.get_by_text("likely between").wait_for(timeout=SLOW)
    assert trying.locator("canvas, svg.marks").first.is_visible()
    with page.expect_download() as download:
        trying.get_by_role("button", name="Download 3 rows").click()
    header, *rows = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert header.split(",")[:2] == ["shop", "day"]
    assert [row.split(",")[1] for row in rows] == ["2024-03-25", "2024-03-26", "2024-03-27"]
