"""A language model for this machine that Fasttrack recommends, and how it is fetched after a person's yes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.core.errors import MachineError
from tools.home import cache

SPARE_MB = 500.0  # of disk that stays free


@dataclass(frozen=True)
class Recommended:
    """A GGUF on the Hugging Face hub. megabytes: about what it takes on disk; in memory a quarter more."""

    repo: str
    file: str
    megabytes: float
    licence: str
    languages: str

    @property
    def path(self) -> Path:
        """Where it lies once it was fetched."""
        return cache() / "models" / self.file


RECOMMENDED = Recommended(
    repo="Qwen/Qwen2.5-1.5B-Instruct-GGUF",
    file="qwen2.5-1.5b-instruct-q4_k_m.gguf",
    megabytes=1100.0,
    licence="Apache-2.0",
    languages="English, German, French, Spanish and some twenty others",
)


def fetch(model: Recommended = RECOMMENDED) -> Path:
    """The file's path; downloaded where it is not there yet. Call it only after a person said yes to its size and licence.

    Raises MachineError where the hub cannot be reached or the disk is too full.
    """
    if model.path.is_file():
        return model.path
    free = shutil.disk_usage(cache()).free / 1e6
    if free < model.megabytes + SPARE_MB:
        raise MachineError(
            code="disk-full",
            expected=f"{model.megabytes + SPARE_MB:,.0f} MB of free disk for {model.file}",
            found=f"{free:,.0f} MB at {cache()}",
            remedy="Free some, or set FASTTRACK_CACHE to a folder on another disk.",
        )
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        return Path(hf_hub_download(model.repo, model.file, local_dir=model.path.parent))
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError, ValueError) as error:
        raise MachineError(
            code="hub-unreachable",
            expected=f"{model.file} (about {model.megabytes:,.0f} MB) from {model.repo} on the Hugging Face hub",
            found=f"no answer from the hub ({type(error).__name__})",
            remedy=f"Connect to the network and try again, or fetch the file elsewhere and put it to {model.path}.",
        ) from error
