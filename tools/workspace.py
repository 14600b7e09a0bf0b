"""What the tools of one conversation work on: ids and plain data that a checkpoint can hold, never open files or models."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import Field

from tools.core.data import Attachment, DataProfile, FileRole
from tools.core.errors import TaskError
from tools.core.language_model import LanguageModel, Usage
from tools.core.plan import Plan
from tools.core.task import Model, Priority, QuestionField, TaskSpec
from tools.overrides import Overrides

PLANNED_ROLES: tuple[FileRole, ...] = ("train", "validation", "test", "unlabelled")
PROFILES_KEPT = 32  # a conversation needs about four; one of a wide table takes some MB


class LabellingCard(Model):
    """Rows handed out to the person for labelling. rows: row id -> what is shown. labels: what can be chosen."""

    attachment: str
    rows: dict[int, dict[str, Any]]
    labels: list[str]


class Preferences(Model):
    """What should be different from the plan that the machine would choose. Empty: nothing.

    approaches: rungs or candidate names to build, and no others. exclude: rungs or candidate names to leave out.
    minutes, dollars: what the whole run may take and cost.
    """

    approaches: list[str] | None = None
    exclude: list[str] = Field(default_factory=list)
    minutes: float | None = None
    dollars: float | None = None
    priority: Priority | None = None

    def changed_by(self, later: Preferences) -> Preferences:
        """What was preferred before holds on, unless it was said otherwise since."""
        wanted = later.approaches or self.approaches
        exclude = [name for name in dict.fromkeys([*self.exclude, *later.exclude]) if name not in (later.approaches or [])]
        return Preferences(
            approaches=[name for name in wanted if name not in later.exclude] or None if wanted else None,
            exclude=exclude,
            minutes=later.minutes or self.minutes,
            dollars=self.dollars if later.dollars is None else later.dollars,
            priority=later.priority or self.priority,
        )


class Workspace(Model):
    """The state of one conversation's work.

    key: the conversation's id; with a plan's hash it names an approval, so that the same approval never starts two runs.
    roles: what the person said a file is for (`--test`, labelled rows); else the profile decides.
    verdict, reason: whether the task can be carried out, as far as is known ("not-ml" and "not-supported" are final until
    the task changes). approval: set by the session alone, when the person approves: {"plan_hash", "at", "by"}.
    labelled_column: where the labels stand that the person gave on the labelling card.
    language_model: the one that prompting may ask (the brain's), set by the session. samples_allowed: the person lets cell
    values go to a remote brain. paid_tries_allowed: the person lets `try_prototype` ask an endpoint that costs money.
    usage: what the brain has cost in this conversation.
    """

    key: str
    attachments: list[Attachment] = Field(default_factory=list)
    roles: dict[str, FileRole] = Field(default_factory=dict)
    inspected: list[str] = Field(default_factory=list)
    overrides: Overrides = Field(default_factory=Overrides)
    task: TaskSpec = Field(default_factory=TaskSpec)
    verdict: str | None = None
    reason: str | None = None
    preferences: Preferences = Field(default_factory=Preferences)
    plan: Plan | None = None
    approval: dict[str, str] | None = None
    run_id: str | None = None
    labelling: LabellingCard | None = None
    labelled_column: str | None = None
    language_model: LanguageModel | None = None
    samples_allowed: bool = False
    paid_tries_allowed: bool = False
    usage: Usage = Field(default_factory=Usage)

    @property
    def offline(self) -> bool:
        """Whether connections are forbidden, by option or by the person's words."""
        return self.overrides.offline or self.task.constraints.offline

    @property
    def plan_waits(self) -> bool:
        """Whether there is a plan that was not approved yet."""
        return self.plan is not None and (self.approval or {}).get("plan_hash") != self.plan.hash

    def attached(self, name_or_id: str) -> Attachment:
        """The attachment with that id (or its beginning) or file name. Raises TaskError naming those there are."""
        for attachment in self.attachments:
            if attachment.id == name_or_id or attachment.name == name_or_id:
                return attachment
        raise TaskError(
            code="unknown-attachment",
            expected=f"one of the attachments ({', '.join(a.name for a in self.attachments) or 'there are none'})",
            found=repr(name_or_id),
            remedy="Name one of them by its file name.",
        )

    def profile(self, task: TaskSpec | None = None) -> DataProfile:
        """What is in the attachments; with a task also what speaks against it. The latest ones are kept in memory.

        Raises DataError where a file cannot be read.
        """
        ids = tuple(attachment.id for attachment in self.attachments)
        return self._with_roles(_profiled(ids, task.model_dump_json() if task else None)) if ids else DataProfile()

    def files_by_role(self, profile: DataProfile) -> dict[FileRole, str]:
        """Ids of the attachments that a plan uses, by role; the first of each."""
        found = ((role, profile.with_role(role)) for role in PLANNED_ROLES)
        return {role: file.attachment for role, file in found if file is not None}

    def missing(self, profile: DataProfile) -> list[QuestionField]:
        """What a plan needs and does not have, most needed first. What is merely unsure is in `task.open_points`."""
        task = self.task
        if task.kind is None:
            return ["task"]
        has_rows = any(file.columns for file in profile.files)
        if task.kind in ("text-classification", "multilabel-text-classification"):
            gaps: list[QuestionField] = [] if task.answer_columns or task.labels else ["labels"]
        elif task.kind in ("tabular-classification", "tabular-regression"):
            gaps = ["data"] if not has_rows else [] if task.target else ["target"]
        elif task.is_forecasting:
            gaps = self._of_forecast(has_rows)
        else:
            gaps = []
        return list(dict.fromkeys([*gaps, *task.open_points]))

    def _of_forecast(self, has_rows: bool) -> list[QuestionField]:
        task = self.task
        if not has_rows:
            return ["data"]
        known: dict[QuestionField, bool] = {
            "target": bool(task.answer_columns),
            "horizon": task.horizon is not None,
            "time-column": task.time_column is not None,
        }
        return [field for field, there in known.items() if not there]

    def _with_roles(self, profile: DataProfile) -> DataProfile:
        if not self.roles:
            return profile
        files = [
            file.model_copy(update={"role": self.roles[file.attachment]}) if file.attachment in self.roles else file
            for file in profile.files
        ]
        return profile.model_copy(update={"files": files})


@lru_cache(maxsize=PROFILES_KEPT)
def _profiled(ids: tuple[str, ...], task: str | None) -> DataProfile:
    """task: as JSON, so that equal tasks are the same key."""
    from tools.data.profiling import profile

    return profile(list(ids), TaskSpec.model_validate_json(task) if task else None)
