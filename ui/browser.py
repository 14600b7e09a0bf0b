"""`fasttrack ui`: the server of the chat in the browser, on this machine alone."""

from __future__ import annotations

import contextlib
import importlib
import socket
import threading
import webbrowser
from pathlib import Path

from tools.core.errors import MachineError
from ui.output import out

APP = Path(__file__).with_name("app.py")
ADDRESS = "127.0.0.1"
FIRST_PORT = 8501
PORTS_TRIED = 20
PREPARED = (
    "pandas", "polars", "pyarrow.parquet", "onnxruntime", "tokenizers", "agent.session", "agent.graph", "agent.conversations",
    "agent.narration", "agent.desk.plans", "tools.data.profiling", "tools.data.splitting", "tools.planning", "tools.scoring",
)  # fmt: skip


def serve(port: int | None, open_browser: bool) -> None:
    """Serve until Ctrl-C. port: exactly this one; None: the first free one. Raises MachineError where there is none."""
    chosen = free_port(port)
    url = f"http://{ADDRESS}:{chosen}"
    from streamlit.web.cli import main

    prepare()
    out().print(f"Fasttrack is at {url} (only from this machine). Ctrl-C ends the page; runs go on.", markup=False)
    if open_browser:
        threading.Timer(0.5, webbrowser.open, [url]).start()
    main(["run", str(APP), "--server.address", ADDRESS, "--server.port", str(chosen)], standalone_mode=False)


def free_port(port: int | None) -> int:
    """That port, or the first free one from 8501. Raises MachineError where it is in use."""
    wanted = range(FIRST_PORT, FIRST_PORT + PORTS_TRIED) if port is None else [port]
    for one in wanted:
        with contextlib.suppress(OSError), socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((ADDRESS, one))
            return one
    raise MachineError(
        code="port-in-use",
        expected=f"a free port on {ADDRESS}",
        found=f"port {port} in use" if port is not None else f"ports {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} all in use",
        remedy="Name another one with --port, or leave it out." if port is not None else "Name another one with --port.",
    )


def prepare() -> None:
    """Import what the first message needs before the page opens: two seconds here, once, instead of in the first answer.

    Not in a thread beside the page: two threads that import the same library for the first time can meet a half-made one.
    """
    for name in PREPARED:
        importlib.import_module(name)
