"""Which characters the bytes of a text file mean, and the file as a stream of UTF-8."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CHUNK = 1024 * 1024
SAMPLE = 256 * 1024
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WEST = frozenset("äöüÄÖÜßéèêëàâáãåçñíìîïóòôõúùûæøœÉÈÊÀÂÁÃÅÇÑÍÓÔÕÚØÆŒ°§€£–—‘’‚“”„«»…·•™®©ªº\u00a0")
WESTERN = frozenset(
    {"ascii", "cp1252", "latin-1", "iso8859-1", "iso8859-15", "cp437", "cp850", "cp858", "mac-roman", "hp-roman8", "cp1006"}
)


@dataclass(frozen=True)
class Encoding:
    """codec: for Python. name: for people. repaired: lines with bytes that were read as cp1252. guessed: no proof of it."""

    codec: str
    name: str
    repaired: int = 0
    guessed: bool = False


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "replace"), error.end


codecs.register_error("cp1252", _as_cp1252)


def detect(path: Path) -> Encoding:
    """The encoding of a text file; the whole file is read once, a chunk at a time."""
    with path.open("rb") as file:
        start = file.read(SAMPLE)
    for bom, codec in BOMS:
        if start.startswith(bom):
            return Encoding(codec, {"utf-8-sig": "utf-8"}.get(codec, codec))
    if b"\0" in start:
        even, odd = start[0::2].count(0), start[1::2].count(0)
        if max(even, odd) > 0.3 * len(start) / 2 and min(even, odd) < 0.05 * len(start):
            codec = "utf-16-le" if odd > even else "utf-16-be"
            return Encoding(codec, codec, guessed=True)
    return _utf8_or_legacy(path)


def is_binary(start: bytes) -> bool:
    """Whether these first bytes cannot be text in any encoding that we read."""
    if start.startswith(tuple(bom for bom, _ in BOMS)):
        return False
    if b"\0" in start:
        even, odd = start[0::2].count(0), start[1::2].count(0)
        return not (max(even, odd) > 0.3 * len(start) / 2 and min(even, odd) < 0.05 * len(start))
    control = sum(start.count(byte) for byte in (*range(1, 9), *range(14, 27), *range(28, 32), 127))
    return control > 0.02 * len(start)


def _utf8_or_legacy(path: Path) -> Encoding:
    valid, wrong, ascii_only = 0, 0, True
    odd_bytes = bytearray()
    for line in _pieces(path):
        if line.isascii():
            continue
        ascii_only = False
        try:
            valid += len(line) - len(line.decode("utf-8"))
        except UnicodeDecodeError:
            wrong += 1
            if len(odd_bytes) < SAMPLE:
                odd_bytes += line[:4096]
    if ascii_only:
        return Encoding("utf-8", "ascii")
    if wrong == 0:
        return Encoding("utf-8", "utf-8")
    if valid > 20 * wrong:  # a UTF-8 file into which some other bytes were pasted
        return Encoding("utf-8", "utf-8", repaired=wrong)
    return Encoding(_legacy(bytes(odd_bytes)), _legacy(bytes(odd_bytes)), guessed=True)


def _pieces(path: Path) -> Iterator[bytes]:
    """Chunks that are pure ASCII as they are, the others a line at a time: fast, and a character is never cut."""
    with path.open("rb") as file:
        rest = b""
        while chunk := file.read(CHUNK):
            if not rest and chunk.isascii():
                yield chunk
                continue
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            yield from lines
            if len(rest) > 16 * CHUNK:
                yield rest
                rest = b""
        if rest:
            yield rest


def _legacy(sample: bytes) -> str:
    """cp1252 unless the bytes say otherwise clearly: most exports from offices in the west are."""
    if _is_cyrillic(sample):
        return "cp1251"
    if _reads_as_cp1252(sample):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    guess = (best.encoding if best else "cp1252").replace("_", "-")
    return "cp1252" if guess in WESTERN else guess


def _is_cyrillic(sample: bytes) -> bool:
    """Whole words of letters as cp1251 has them; accents in western texts stand alone."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    text = b"".join(runs).decode("cp1251", "replace")
    letters = sum("\u0400" <= character <= "\u04ff" for character in text)
    small = sum("\u0430" <= character <= "\u044f" for character in text)
    inner = len(re.findall("[\u0430-\u044f][\u0410-\u042f]", text))  # capitals inside words: Greek taken for Cyrillic
    return (
        bool(runs)
        and inner <= 0.02 * len(text)
        and len(text) / len(runs) >= 2.5
        and letters >= 0.95 * len(text)
        and small >= 0.6 * len(text)
    )


def _reads_as_cp1252(sample: bytes) -> bool:
    """The accents and signs that western languages use, and hardly anything else."""
    signs = [character for character in sample.decode("cp1252", "replace") if ord(character) > 127]
    return sum(character in WEST for character in signs) >= 0.9 * len(signs)


class Utf8(io.RawIOBase):
    """A text file of any encoding as a readable stream of UTF-8 bytes, without BOM and NUL, from a character offset on."""

    def __init__(self, path: Path, encoding: Encoding, skip_characters: int = 0) -> None:
        self._file: IO[bytes] = path.open("rb")
        self._plain = encoding.codec == "utf-8" and not encoding.repaired and not skip_characters
        self._decoder = codecs.getincrementaldecoder(encoding.codec)("cp1252" if encoding.codec == "utf-8" else "replace")
        self._skip, self._ready, self._ended = skip_characters, b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._ready and not self._ended:
            self._fill()
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()

    def _fill(self) -> None:
        raw = self._file.read(CHUNK)
        self._ended = not raw
        if self._plain:
            self._ready = raw.replace(b"\0", b"")
            return
        text = self._decoder.decode(raw, final=self._ended)
        if self._skip:
            dropped = min(self._skip, len(text))
            text, self._skip = text[dropped:], self._skip - dropped
        self._ready = text.replace("\0", "").encode("utf-8", "replace")


def read_start(path: Path, encoding: Encoding, characters: int = 2_000_000) -> str:
    """The first characters of a text file."""
    with path.open("rb") as file:
        decoder = codecs.getincrementaldecoder(encoding.codec)("cp1252" if encoding.codec == "utf-8" else "replace")
        return decoder.decode(file.read(characters), final=False).replace("\0", "")
