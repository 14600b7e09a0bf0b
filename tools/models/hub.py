"""Models on the Hugging Face hub: looked for in the local cache first, fetched only for an approved plan."""

from __future__ import annotations

from pathlib import Path

from tools.core.errors import MachineError
from tools.models.catalogue import ModelEntry

FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]  # no pickles, no code


def cached(entry: ModelEntry) -> Path | None:
    """Its folder in the local hub cache, or None where its weights are not there. No connection is made."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(entry.where, entry.weights, revision=entry.revision)
    return Path(found).parent if isinstance(found, str) else None


def fetched(entry: ModelEntry) -> Path:
    """Its folder, downloaded where it is not cached. Raises MachineError where the hub cannot be reached."""
    folder = cached(entry)
    if folder is not None:
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        return Path(snapshot_download(entry.where, revision=entry.revision, allow_patterns=FILES))
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
        raise MachineError(
            code="hub-unreachable",
            expected=f"the model {entry.where} ({entry.megabytes:.0f} MB) from the Hugging Face hub",
            found=f"no answer from the hub ({type(error).__name__})",
            remedy="Connect to the network, or leave this candidate out.",
        ) from error
