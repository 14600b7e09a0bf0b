"""What a session says and does about its run: how it goes, what came out, the prototype. Read from the run's folder anew."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.core.errors import PersonDecides
from tools.workspace import Workspace

if TYPE_CHECKING:
    from agent.desk.progress import RunProgress
    from agent.desk.results import RunResults
    from agent.desk.trying import TryForm
    from agent.view import SessionState
    from tools.actions.forecasting import Forecast
    from tools.report.closeup import Closeup


class Building(ABC):
    """The part of a session that is about its run. Without a run nothing happens, and nothing is there to be shown."""

    @property
    @abstractmethod
    def _workspace(self) -> Workspace: ...

    @abstractmethod
    def _with_keys(self) -> AbstractContextManager[None]: ...

    @abstractmethod
    def state(self) -> SessionState:
        """How things stand."""

    def cancel(self) -> SessionState:
        """Stop the run; what is finished stays. Without a run nothing happens."""
        from tools.jobs import runner

        if run_id := self._workspace.run_id:
            runner.cancel(run_id)
        return self.state()

    def stop(self) -> SessionState:
        """Stop building and keep the best so far."""
        from tools.jobs import runner

        if run_id := self._workspace.run_id:
            with self._with_keys():
                runner.stop(run_id)
        return self.state()

    def resume(self) -> SessionState:
        """Go on with an interrupted run; where a worker is at it, nothing happens."""
        from tools.jobs import runner

        if run_id := self._workspace.run_id:
            with self._with_keys():
                runner.resume(run_id)
        return self.state()

    def progress(self) -> RunProgress | None:
        """How the run goes, a step a candidate; None where there is no run."""
        from agent.desk.progress import progress

        return progress(run_id) if (run_id := self._workspace.run_id) else None

    def results(self) -> RunResults | None:
        """What came out; None before the end."""
        from agent.desk.results import results

        return results(run_id) if (run_id := self._workspace.run_id) else None

    def closeup(self, candidate: str) -> Closeup | None:
        """A finished candidate looked at closely: confusion, calibration, mistakes; None where nothing was measured."""
        from agent.desk.results import closeup

        return closeup(run_id, candidate) if (run_id := self._workspace.run_id) else None

    def log(self, candidate: str) -> str:
        """The last lines of what a candidate's building printed; empty where there are none."""
        from agent.desk.progress import log

        return log(run_id, candidate) if (run_id := self._workspace.run_id) else ""

    def report(self) -> Path | None:
        """The run's report, one page that needs nothing else; None where none was written."""
        from agent.desk.results import report

        found = report(run_id) if (run_id := self._workspace.run_id) else None
        return Path(found) if found else None

    def try_rows(self, rows: Sequence[dict[str, Any]], candidate: str | None = None) -> list[dict[str, Any]]:
        """An answer a row, of the chosen candidate or of another finished one.

        Raises PersonDecides (`needs-consent`) where asking costs money or leaves the machine, until `allow_paid_tries`.
        """
        from tools.actions.answering import answers

        with self._with_keys():
            return answers(self._workspace, rows, candidate)

    def try_file(self, source: Path, target: Path, candidate: str | None = None) -> int:
        """The same for a CSV or JSONL file: its rows with the answers beside them, as the prototype writes it; how many.

        Raises DataError where the file cannot be answered, and what `try_rows` raises.
        """
        from tools.actions.answering import fill_in

        with self._with_keys():
            return fill_in(self._workspace, source, target, candidate)

    def try_series(self, series: str | None, steps: int | None, candidate: str | None = None) -> Forecast:
        """A series of the attached data carried on. Raises BrainMayRetry for one that is not there."""
        from tools.actions.forecasting import forecast_series

        return forecast_series(self._workspace, series, steps, candidate)

    def try_history(
        self, source: Path, target: Path, steps: int | None, candidate: str | None = None, ahead: Path | None = None
    ) -> list[Forecast]:
        """A history in a file carried on, written to `target` as the prototype writes it. Raises DataError."""
        from tools.actions.forecasting import forecast_file

        return forecast_file(self._workspace, source, target, steps, candidate, ahead)

    def try_form(self, candidate: str | None = None) -> TryForm:
        """What can be asked of a finished candidate, or of the chosen one. Raises BrainIsTold while there is none."""
        from agent.desk.trying import form

        return form(self._workspace, candidate)

    def prototype(self, candidate: str | None = None) -> Path:
        """The proved zip, of the chosen candidate or of another finished one; packed and proved now where it was not yet.

        Raises PersonDecides without a run, PersonMustMend where there is nothing to export, NothingBuilt where the proof fails.
        """
        from tools.export.offering import offered
        from tools.jobs import runner

        run_id = self._workspace.run_id
        if run_id is None:
            raise PersonDecides(
                code="no-run", expected="a finished run", found="none in this conversation", remedy="Approve a plan first."
            )
        return offered(runner.find(run_id).folder, candidate)
