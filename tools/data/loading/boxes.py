"""Boxes, tags and picture lists that belong to other files: recognised and counted."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

MAX_XML = 5 * 1024**2
MAX_JSON = 300 * 1024**2
TAG = re.compile(r"^(O|[BIESLU]-[\w.-]+)$")


def of_xml(files: Sequence[Path]) -> dict[str, Any] | None:
    """Pascal VOC files: {"style": "voc", "files", "boxes": {label: count}}; None where they hold no boxes."""
    boxes: Counter[str] = Counter()
    read = 0
    for file in files:
        if file.stat().st_size > MAX_XML:
            continue
        try:
            root = ElementTree.parse(file).getroot()  # expat refuses entity bombs since 2.4.1
        except ElementTree.ParseError:
            continue
        names = [name.text.strip() for name in root.findall("./object/name") if name.text]
        read += root.tag == "annotation" or bool(names)
        boxes.update(names)
    return {"style": "voc", "files": read, "boxes": dict(boxes)} if read else None


def of_coco(path: Path) -> dict[str, Any] | None:
    """A COCO document: {"style": "coco", "images", "boxes": {label: count}}; None where it is none."""
    if path.stat().st_size > MAX_JSON or b'"annotations"' not in path.read_bytes():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not {"images", "annotations"} <= document.keys():
        return None
    labels = {item.get("id"): str(item.get("name")) for item in document.get("categories", []) if isinstance(item, dict)}
    boxes = Counter(labels.get(item.get("category_id"), "?") for item in document["annotations"] if isinstance(item, dict))
    return {"style": "coco", "images": len(document["images"]), "boxes": dict(boxes)}


def of_yolo(files: Sequence[Path]) -> dict[str, Any] | None:
    """YOLO text files (class and four numbers a line): {"style": "yolo", "files", "boxes": {class: count}}."""
    boxes: Counter[str] = Counter()
    read = 0
    for file in files[:2000]:
        lines = [line.split() for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        if lines and all(len(line) == 5 and line[0].isdigit() and _fractions(line[1:]) for line in lines):
            read += 1
            boxes.update(line[0] for line in lines)
    return {"style": "yolo", "files": read, "boxes": dict(boxes)} if read > 0.5 * len(files) else None


def of_lists(files: Sequence[Path]) -> dict[str, Any] | None:
    """Lists of picture names, one file a part: {"style": "lists", "parts": {"train": 205, ...}}."""
    parts = {}
    for file in files:
        lines = [line.split() for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        if lines and all(len(line) <= 2 and len(line[0]) < 200 for line in lines):
            parts[file.stem] = len(lines)
    return {"style": "lists", "parts": parts} if parts and len(parts) == len(files) else None


def of_tags(start: str) -> dict[str, Any] | None:
    """CoNLL text (a token and its tag a line, blank lines between sentences): {"style": "conll", "tags": {tag: count}}."""
    lines = [re.split(r"[\t ]+", line.strip()) for line in start.splitlines()[:2000]]
    rows = [line for line in lines if line != [""]]
    if len(rows) < 20 or len(rows) == len(lines) or any(len(row) < 2 for row in rows):
        return None
    tags = Counter(row[-1] for row in rows)
    if not all(TAG.match(tag) for tag in tags) or not any(tag.startswith("B-") for tag in tags):
        return None
    return {"style": "conll", "tags": {tag: count for tag, count in tags.items() if tag != "O"}}


def _fractions(cells: Sequence[str]) -> bool:
    try:
        return all(-0.01 <= float(cell) <= 1.01 for cell in cells)
    except ValueError:
        return False
