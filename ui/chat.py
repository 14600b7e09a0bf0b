"""`fasttrack chat`: the conversation in the terminal."""

from __future__ import annotations

import contextlib
import filecmp
import shutil
from collections.abc import Sequence
from pathlib import Path

from agent.session import Session
from agent.view import SessionState
from tools.core.errors import FasttrackError
from tools.overrides import Overrides
from ui import commands
from ui.building import watch_run
from ui.labelling import hand_out
from ui.output import out
from ui.speech import Speech
from ui.tables import leaderboard, plan_table

APPROVING = frozenset({"a", "approve", "y", "yes", "ja", "oui", "sí", "si"})
TURNING_DOWN = frozenset({"n", "no", "not this", "nein", "non"})
CHANGING = frozenset({"c", "change", "change something"})
LEAVING = frozenset({"/quit", "/exit"})
AFTER_RESULTS = "{trying}   /download   /results   /label   /help shows all commands"
TRYING, TRYING_SERIES = "/try TEXT or /try column=value, ...", "/try SERIES STEPS"


def talk(files: Sequence[Path], *, brain: str, offline: bool, conversation: str | None, new: bool) -> None:
    """Talk until the person leaves. Everything is kept: the next `fasttrack chat` goes on where this one ended."""
    overrides = Overrides(offline=True) if offline else None
    found = conversation or (None if new or files else unfinished())
    session = Session.open(found, brain=brain, overrides=overrides)
    Chat(session).run(files, going_on=found is not None)


def unfinished() -> str | None:
    """The last conversation, where something in it waits: a question, a plan, or a run."""
    from agent.conversations import recent

    for conversation in recent()[:1]:
        state = Session.open(conversation, brain="builtin").state()
        if state.card or state.questions or state.labelling or (state.run_id and not _is_over(state.run_id)):
            return conversation
    return None


class Chat:
    """The loop: what waits for the person is shown with a prompt of its own; otherwise they say what they want."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.console = out()
        self.told = 0  # messages that were printed already
        self.shown_plan: str | None = None
        self.shown_results: str | None = None
        self.usage = session.state().usage

    def run(self, files: Sequence[Path], going_on: bool) -> None:
        """Until the person leaves (`/quit`, end of input, or Ctrl-C at a prompt)."""
        self.greet()
        if going_on:
            self.console.print(
                f"Going on with conversation {self.session.conversation}. `fasttrack chat --new` starts another."
            )
        elif not files:
            self.console.print("What would you like to have done? A file helps: give its path, or `fasttrack chat my.csv`.")
        for path in files:
            self.session.attach(path)
            self.console.print(f"Attached {path.name}.", markup=False)
        try:
            state = self.show(self.session.state())
            while True:
                state = self.show(self.turn(state))
        except (EOFError, KeyboardInterrupt, _Left):
            self.console.print(
                f"\nGoodbye. `fasttrack chat --conversation {self.session.conversation}` goes on here.", markup=False
            )

    def greet(self) -> None:
        """Which brain speaks, and what it is sent where, before anything is said."""
        self.console.print(self.session.greeting(), markup=False)
        if self.session.state().consent is not None:
            self.console.print("/brain yes lets it speak; /show WORDS shows the exact text that would be sent.", markup=False)

    def turn(self, state: SessionState) -> SessionState:
        """One step of whatever waits. An error that the person can mend is told, and the conversation goes on."""
        try:
            if state.card is not None:
                return self.decide(state)
            if state.labelling is not None:
                return hand_out(self.session, state.labelling, self.ask)
            if state.run_id and not _is_over(state.run_id):
                return self.watch(state.run_id)
            return self.listen(state)
        except FasttrackError as problem:
            self.console.print(str(problem), markup=False)
            return self.session.state()

    def decide(self, state: SessionState) -> SessionState:
        """The plan's own prompt: approve, change, or not this. Nothing that is said elsewhere approves."""
        assert state.card is not None
        answer = self.ask("Approve this plan? [a]pprove, [c]hange something, [n]ot this > ").strip()
        if answer.lower() in APPROVING:
            return self.decided(state.card, approve=True)
        if answer.lower() in TURNING_DOWN:
            return self.decided(state.card, approve=False)
        if answer.lower() in CHANGING:
            answer = self.ask("What should be different? > ").strip()
        return self.said(answer, state) if answer else state

    def watch(self, run_id: str) -> SessionState:
        """Progress until the run ends; Ctrl-C asks what should become of it."""
        from tools.jobs import runner

        try:
            if runner.status(run_id).state == "interrupted":
                self.session.resume()
            watch_run(run_id)
        except KeyboardInterrupt:
            answer = (
                self.ask("\n[s]top and keep the best so far, [c]ancel, [l]eave it running, or go [o]n watching? > ")
                .strip()
                .lower()
            )
            if answer.startswith("s"):
                return self.session.stop()
            if answer.startswith("c"):
                return self.session.cancel()
            if answer.startswith("l"):
                raise _Left from None
        return self.session.state()

    def listen(self, state: SessionState) -> SessionState:
        """What the person says next. A number answers with that choice."""
        choices = state.questions[0].choices if state.questions else []
        answer = self.ask("you > ").strip()
        if answer.isdigit() and 0 < int(answer) <= len(choices):
            answer = choices[int(answer) - 1]
        return self.said(answer, state) if answer else state

    def said(self, words: str, state: SessionState) -> SessionState:
        """Commands that need no brain, then the conversation. A path to a file that is there is attached."""
        command = words.lower()
        if command in LEAVING:
            raise _Left
        if (done := commands.carry_out(self.session, words, self.console)) is not None:
            return done
        if command == "/stop":
            return self.session.stop()
        if command == "/cancel":
            return self.session.cancel()
        for word in (word.strip("'\"") for word in (words, *words.split())):
            if _is_file(word) and (word == words.strip("'\"") or not Path(word).is_dir()):  # a folder only by itself
                attachment = self.session.attach(Path(word))
                self.console.print(f"Attached {attachment.name}.", markup=False)
                words = words.replace(word, attachment.name)  # where it lies says nothing about the task
                break
        with Speech(self.console) as speech:
            after = self.session.send(words, speech.hear)
        if after.error is not None and after.error.get("code") == "needs-consent":
            self.console.print("/allow yes lets it ask.", markup=False)
        return after

    def decided(self, card: str, approve: bool) -> SessionState:
        """The person's decision, and what is said to it."""
        with Speech(self.console) as speech:
            return self.session.decide(card, approve, speech.hear)

    def show(self, state: SessionState) -> SessionState:
        """Print what is new: words, the plan with what speaks against it, choices, results."""
        for message in state.messages[self.told :]:
            if message.role == "assistant":
                self.console.print(f"\n{message.text}", markup=False)
        self.told = len(state.messages)
        if (spent := commands.cost(self.usage, state.usage, state.workspace.language_model)) is not None:
            self.console.print(spent, markup=False)
        self.usage = state.usage
        if state.card is not None and state.plan is not None and self.shown_plan != state.card:
            self.console.print(plan_table(state.plan))
            self.shown_plan = state.card
        if state.questions and state.card is None:
            question = state.questions[0]
            for number, choice in enumerate(question.choices, start=1):
                mark = " (recommended)" if choice == question.recommended else ""
                self.console.print(f"  {number}. {choice}{mark}", markup=False)
        self._show_results(state)
        return state

    def ask(self, prompt: str) -> str:
        """A line from the person. Raises EOFError at the end of input."""
        return self.console.input(prompt, markup=False)

    def _show_results(self, state: SessionState) -> None:
        """The leaderboard, once a run, and the prototype in the folder where the person is."""
        from tools.jobs import runner

        if not state.run_id or self.shown_results == state.run_id or runner.status(state.run_id).state != "done":
            return
        self.shown_results = state.run_id
        outcome = runner.outcome(state.run_id)
        self.console.print(leaderboard(outcome))
        if outcome["prototype"]:
            self.console.print(f"Prototype: {put_down(Path(outcome['prototype']), state.run_id, Path.cwd())}", markup=False)
        trying = TRYING_SERIES if state.workspace.task.kind == "forecasting" else TRYING
        self.console.print(AFTER_RESULTS.format(trying=trying), markup=False)


def put_down(prototype: Path, run_id: str, folder: Path) -> Path:
    """A copy of the zip in the folder where the person is, over no other file; the zip itself where that cannot be written."""
    with contextlib.suppress(OSError):
        for name in (prototype.name, f"{prototype.stem}-{run_id}{prototype.suffix}"):
            target = folder / name
            if not target.exists():
                return Path(shutil.copy2(prototype, target))
            if target.is_file() and filecmp.cmp(prototype, target, shallow=False):
                return target
    return prototype


class _Left(Exception):
    """The person leaves the conversation."""


def _is_over(run_id: str) -> bool:
    from tools.jobs import runner

    return runner.status(run_id).is_over


def _is_file(word: str) -> bool:
    """Whether the person typed a path: something with a dot or a slash that is there."""
    if not word or len(word) > 4096 or "\n" in word or not ("/" in word or "." in word):
        return False
    try:
        return Path(word).expanduser().exists() and word not in (".", "..", "/")
    except OSError:
        return False
