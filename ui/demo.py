"""`fasttrack demo`: the whole job on a shipped sample, as a person would live it."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from agent.session import Session
from tools.core.errors import PersonMustMend
from ui.building import approve_and_watch, report
from ui.output import out

SAMPLE = Path(__file__).resolve().parent.parent / "examples" / "support_messages.csv"
WORDS = "We get these messages from customers. Sort new ones by what they want, by themselves."
APPROVAL = "person > approve  (the demo approves its own plan; in your work only you can)"
MINUTES = 3.0
NEW_TEXTS = (
    "hi, i was charged twice for march, can i get one of them back?",
    "the app closes by itself as soon as I open the camera",
)


def show(folder: Path, brain: str) -> None:
    """Interview, plan, approval (the demo's own), progress, comparison, proof, two new texts classified by the prototype."""
    from tools.overrides import Overrides

    console = out()
    if not SAMPLE.exists():
        raise PersonMustMend(
            code="no-sample",
            expected=f"the shipped sample {SAMPLE}",
            found="nothing there",
            remedy="Run the demo from a clone of the repository.",
        )
    session = Session.open(brain=brain, overrides=Overrides(minutes=MINUTES), kept=False)
    console.print(f"person > (attaches {SAMPLE.name}) {WORDS}", markup=False)
    session.attach(SAMPLE)
    state = session.send(WORDS)
    outcome = approve_and_watch(session, state, approved=True, out=folder, approval=APPROVAL)
    report(outcome, as_json=False)
    if not outcome["prototype"]:
        return
    console.print("\nThe prototype's own predict.py on two new texts:")
    column = state.workspace.task.inputs[0]
    for text, answer in classify(Path(outcome["prototype"]), column).items():
        console.print(f"  {text!r} -> {answer}", markup=False)


def classify(prototype: Path, column: str) -> dict[str, str]:
    """What the unzipped prototype says of the new texts, run as a program of its own that knows nothing of Fasttrack."""
    with tempfile.TemporaryDirectory() as work:
        with zipfile.ZipFile(prototype) as packed:
            packed.extractall(work)
        script = next(path for path in Path(work).rglob("predict.py") if path.parent.name != "prototype")
        given, answered = Path(work) / "new.csv", Path(work) / "answers.csv"
        with given.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([[column], *([text] for text in NEW_TEXTS)])
        done = subprocess.run(
            [sys.executable, str(script), str(given), "-o", str(answered)],
            cwd=script.parent,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise PersonMustMend(
                code="prototype-failed",
                expected="the prototype to answer",
                found=done.stderr[-400:],
                remedy="Run it by hand to see more.",
            )
        with answered.open(newline="", encoding="utf-8") as file:
            return {row[column]: f"{row['prediction']} ({float(row['probability']):.0%})" for row in csv.DictReader(file)}
