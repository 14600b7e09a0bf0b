"""`fasttrack doctor`: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata

from tools.core.errors import FasttrackError, PersonDecides
from tools.core.language_model import LanguageModel
from ui.output import err, out, print_json, quiet_stdout

LEAST_MEMORY_MB = 3000.0  # AutoGluon on a small table; the encoder needs less
LEAST_DISK_MB = 2000.0
YES = frozenset({"y", "yes", "ja", "oui", "sí", "si"})
LIBRARIES = ("polars", "pandas", "scikit-learn", "autogluon.tabular", "onnxruntime", "tokenizers", "langchain", "langgraph")


@dataclass(frozen=True)
class Check:
    """ok: None where it is neither good nor bad, only worth knowing."""

    name: str
    ok: bool | None
    found: str
    remedy: str = ""


def examine(brain: str, as_json: bool) -> None:
    """Make every check and print what was found. A failed check is no error of this command. brain: as after `--brain`."""
    with quiet_stdout(as_json):
        checks = [_safely(name, check) for name, check in CHECKS.items()] + brains(brain)
    if as_json:
        print_json({"ok": all(check.ok is not False for check in checks), "checks": [asdict(check) for check in checks]})
        return
    console = out()
    for check in checks:
        sign = {True: "ok", False: "NO", None: "--"}[check.ok]
        remedy = f" {check.remedy}" if check.remedy else ""
        console.print(f"{sign}  {check.name}: {check.found.rstrip('.')}.{remedy}", markup=False)


def brains(brain: str) -> list[Check]:
    """A check for each kind of brain: the one that is named or set up is tried, the others say how they would be set up."""
    wanted = _wanted(brain)
    builtin = Check("brain builtin", True, "works; it needs no key and no network")
    tried = {kind: _safely(f"brain {kind}", lambda: _tried(wanted)) for kind in KINDS if wanted.startswith(f"{kind}:")}
    return [builtin, *(tried.get(kind) or _safely(f"brain {kind}", unset) for kind, unset in KINDS.items())]


def fetch_model(yes: bool, as_json: bool) -> None:
    """Fetch the recommended small model, once the person said yes to its size and licence. Raises PersonDecides without."""
    from tools.llm import checking

    model = checking.RECOMMENDED
    with quiet_stdout(as_json):
        console = err()
        console.print(f"{model.repo}, file {model.file}: {model.megabytes:,.0f} MB, licence {model.licence}.", markup=False)
        if not yes and (as_json or console.input("Fetch it now? [y]es, [n]o > ", markup=False).strip().lower() not in YES):
            raise PersonDecides(
                code="needs-yes",
                expected="your yes to this download",
                found="none",
                remedy="`fasttrack doctor --fetch --yes` fetches it without asking.",
            )
        path = checking.fetch(model)
    if as_json:
        print_json({"path": str(path), "brain": f"llamacpp:{path}"})
    else:
        out().print(f"It lies at {path}. Use it with --brain llamacpp:{path}", markup=False)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check(
        "Python", sys.version_info[:2] == (3, 11), version, "" if sys.version_info[:2] == (3, 11) else "Use Python 3.11."
    )


def _libraries() -> Check:
    missing = [name for name in LIBRARIES if not _installed(name)]
    if missing:
        return Check("libraries", False, f"missing: {', '.join(missing)}", "Run `make demo`, which sets everything up.")
    return Check("libraries", True, ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES))


def _machine() -> Check:
    from tools.machine import this_machine

    machine = this_machine(offline=True)
    enough = machine.memory_mb >= LEAST_MEMORY_MB and machine.free_disk_mb >= LEAST_DISK_MB
    found = (
        f"{machine.cores} cores, {machine.memory_mb:,.0f} MB of free memory, {machine.free_disk_mb:,.0f} MB of free disk, "
        f"{'a GPU' if machine.gpu else 'no GPU (none is needed)'}"
    )
    return Check("machine", enough, found, "" if enough else "Free some: large tables and AutoML may not fit.")


def _home() -> Check:
    from tools.home import cache, home

    writable = os.access(home(), os.W_OK) and os.access(cache(), os.W_OK)
    remedy = "" if writable else "Set FASTTRACK_HOME and FASTTRACK_CACHE to folders that you may write."
    return Check("home", writable, f"{home()} (cache: {cache()})", remedy)


def _bundled_model() -> Check:
    from tools.models.catalogue import bundled_folder

    return Check("bundled embedding model", True, f"unchanged at {bundled_folder()}")


def _wanted(brain: str) -> str:
    """The brain that is to be tried: the one that was named, else what FASTTRACK_MODEL or the settings name."""
    from tools import settings

    return settings.load().brain if brain == "auto" else brain


def _tried(brain: str) -> Check:
    """Ask the model one short thing, within seconds."""
    from tools.llm import checking
    from tools.llm.naming import language_model

    model = language_model(brain)
    works, found, remedy = checking.check(model)
    return Check(f"brain {model.kind}", works, f"{model.brain} at {model.where}: {found.rstrip('.')}; {_price(model)}", remedy)


def _price(model: LanguageModel) -> str:
    if model.input_price is None or model.output_price is None:
        return f"its price is not known (give it as FASTTRACK_PRICES={model.name}=IN/OUT, in dollars for a million tokens)"
    if not model.paid:
        return "it costs nothing"
    return f"${model.input_price:g} for a million tokens in, ${model.output_price:g} for a million out"


def _no_endpoint() -> Check:
    return Check(
        "brain openai",
        None,
        "none is set up",
        "Name one with --brain openai:MODEL or FASTTRACK_MODEL=openai:MODEL, its key in OPENAI_API_KEY; a server of your own "
        "in FASTTRACK_BASE_URL.",
    )


def _no_gguf() -> Check:
    """No GGUF was named: whether one could run here, and which is recommended."""
    from tools.llm.checking import RECOMMENDED as MODEL

    installed = _installed("llama-cpp-python")
    found = f"none is set up; llama-cpp-python is {'installed' if installed else 'not installed'}"
    first = "" if installed else "Install it with `make setup EXTRAS=dev,local-llm`. "
    if MODEL.path.is_file():
        return Check(
            "brain llamacpp", None, f"{found}; {MODEL.file} lies here", f"{first}Name it: --brain llamacpp:{MODEL.path}"
        )
    recommended = f"{MODEL.file} of {MODEL.repo} ({MODEL.megabytes:,.0f} MB, licence {MODEL.licence})"
    remedy = f"{first}`fasttrack doctor --fetch` fetches it after your yes; then name it with --brain llamacpp:PATH."
    return Check("brain llamacpp", None, f"{found}; recommended: {recommended}", remedy)


def _network() -> Check:
    from tools.offline import asked

    return Check("network", None, "forbidden (FASTTRACK_OFFLINE=1)" if asked() else "allowed; nothing is sent without your yes")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _safely(name: str, check: Callable[[], Check]) -> Check:
    """A check that cannot be made has failed; the others go on."""
    try:
        return check()
    except FasttrackError as problem:
        return Check(name, False, problem.found, problem.remedy)
    except (OSError, ImportError) as problem:
        return Check(name, False, f"{type(problem).__name__}: {problem}", "Run `make demo`, which sets everything up.")


CHECKS: dict[str, Callable[[], Check]] = {
    "Python": _python,
    "libraries": _libraries,
    "machine": _machine,
    "home": _home,
    "bundled embedding model": _bundled_model,
    "network": _network,
}
KINDS: dict[str, Callable[[], Check]] = {"openai": _no_endpoint, "llamacpp": _no_gguf}
