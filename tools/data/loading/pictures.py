"""Folders and zips of pictures: how many, in which class folders, with which masks. No picture is decoded here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from tools.data.loading.formats import is_image_name

PARTS = {
    "train": "train", "training": "train", "test": "test", "testing": "test", "holdout": "test",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
}  # fmt: skip
MASKS = frozenset(
    {"label", "labels", "mask", "masks", "annotation", "annotations", "segmentation", "gt", "ground_truth", "groundtruth"}
)


def is_junk(name: str) -> bool:
    """Files that a computer leaves behind, not the person."""
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") or part in ("__MACOSX", "Thumbs.db", "desktop.ini") for part in parts)


def facts_of(names: Sequence[str]) -> dict[str, Any]:
    """What the relative paths tell.

    images: how many pictures. classes: pictures of each class folder (absent where there are none). pairs, masks: pictures
    that have a mask of the same name, and the folder of the masks. parts: {"train": {class: pictures}} where folders say so.
    """
    images = [PurePosixPath(name) for name in names if is_image_name(name) and not is_junk(name)]
    facts: dict[str, Any] = {"images": len(images)}
    folders = Counter(image.parent for image in images)
    if pairs := _pairs(images):
        return {**facts, **pairs}
    named = {folder: count for folder, count in folders.items() if folder.name}
    parts: dict[str, dict[str, int]] = {}
    classes: Counter[str] = Counter()
    if len(named) > 1:
        for folder, count in named.items():
            part = next((PARTS[step.lower()] for step in folder.parts[:-1] if step.lower() in PARTS), None)
            if folder.name.lower() in PARTS:
                part = PARTS[folder.name.lower()]
                parts.setdefault(part, {})[""] = count
                continue
            classes[folder.name] += count
            if part:
                parts.setdefault(part, {})[folder.name] = count
    if len(classes) > 1:
        facts["classes"] = dict(classes)
    if parts:
        facts["parts"] = parts
    return facts


def _pairs(images: Sequence[PurePosixPath]) -> dict[str, Any] | None:
    """Pictures in one folder and masks of the same names in another."""
    by_folder: dict[str, set[tuple[PurePosixPath, str]]] = {}
    for image in images:
        by_folder.setdefault(image.parent.name.lower(), set()).add((image.parent.parent, image.stem))
    for folder, stems in by_folder.items():
        if folder in MASKS:
            others = set().union(*(found for name, found in by_folder.items() if name != folder and name not in MASKS))
            shared = {(place, stem.removesuffix("_mask")) for place, stem in stems} & others
            if shared and len(shared) >= 0.5 * len(stems):
                return {"pairs": len(shared), "masks": folder}
    return None
