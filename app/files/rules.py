"""What a file is, told by its content, and what it may be called. Bytes in, type out; knows no disk."""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Mapping

import puremagic

from app.kernel.errors import Invalid

MOST_BYTES = 10 * 1024 * 1024
LONGEST_NAME = 120

PDF, PNG, JPEG, WEBP = "application/pdf", "image/png", "image/jpeg", "image/webp"
ZIP = "application/zip"
"""Not taken by `check_content`: only a room that reads archives itself lets one in."""
EXTENSIONS: Mapping[str, str] = {PDF: ".pdf", PNG: ".png", JPEG: ".jpg", WEBP: ".webp", ZIP: ".zip"}


def check_content(content: bytes) -> str:
    """The media type of the content: PDF, PNG, JPEG or WebP that is whole. Raises Invalid on the field `file`."""
    if not content:
        raise Invalid.field("file", "files.file.empty")
    if len(content) > MOST_BYTES:
        raise Invalid.field("file", "files.file.too_large", megabytes=MOST_BYTES // 2**20)
    media_type = next((kind for kind, begins in _BEGINNINGS.items() if begins.match(content)), None)
    if media_type is None or media_type not in _claimed(content):
        raise Invalid.field("file", "files.file.type_refused")
    if not _WHOLE[media_type](content):
        raise Invalid.field("file", "files.file.damaged")
    return media_type


_BEGINNINGS: Mapping[str, re.Pattern[bytes]] = {
    PDF: re.compile(rb"%PDF-[12]\.\d"),
    PNG: re.compile(rb"\x89PNG\r\n\x1a\n"),
    JPEG: re.compile(rb"\xff\xd8\xff"),
    WEBP: re.compile(rb"RIFF....WEBP", re.DOTALL),
}


def _claimed(content: bytes) -> set[str]:
    """Every type whose signature the content carries."""
    try:
        return {found.mime_type for found in puremagic.magic_string(content[:4096])}
    except (puremagic.PureError, ValueError):
        return set()


def _whole_pdf(content: bytes) -> bool:
    """It ends as a PDF does, and its end points to a cross-reference inside the file."""
    tail = content[-2048:]
    found = re.search(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z", tail.rstrip(b"\x00"))
    if found is None:
        return False
    at = int(found.group(1))
    return (
        bool(re.match(rb"\s*(xref\s|\d+\s+\d+\s+obj)", content[at : at + 64])) if at < len(content) else False
    )


def _whole_png(content: bytes) -> bool:
    """Its chunks follow each other from the header to the end, each with the right checksum."""
    at, first = 8, True
    while at + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content) or first != (name == b"IHDR"):
            return False
        if zlib.crc32(content[at + 4 : end - 4]) != struct.unpack_from(">I", content, end - 4)[0]:
            return False
        if name == b"IEND":
            return end == len(content)
        at, first = end, False
    return False


def _whole_jpeg(content: bytes) -> bool:
    """Its segments lead to a frame and to picture data, and it ends with the end of a picture."""
    at, framed = 2, False
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], struct.unpack_from(">H", content, at + 2)[0]
        if marker == 0xFF:
            at += 1
            continue
        framed = framed or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC))
        if marker == 0xDA:
            return framed and content.rstrip(b"\x00").endswith(b"\xff\xd9")
        at += 2 + length
    return False


def _whole_webp(content: bytes) -> bool:
    """Its container has the length it says, and its chunks fill it, a picture first."""
    if len(content) < 20 or struct.unpack_from("<I", content, 4)[0] != len(content) - 8:
        return False
    at, kinds = 12, []
    while at + 8 <= len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        kinds.append(kind)
        at += 8 + length + length % 2
    return at == len(content) and kinds[0] in (b"VP8 ", b"VP8L", b"VP8X")


_WHOLE: Mapping[str, Callable[[bytes], bool]] = {
    PDF: _whole_pdf,
    PNG: _whole_png,
    JPEG: _whole_jpeg,
    WEBP: _whole_webp,
}


def clean_name(name: str, media_type: str) -> str:
    """A name that is safe to show and to save: no path, no control or direction characters, the true extension."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(
        sign for sign in unicodedata.normalize("NFC", last) if unicodedata.category(sign)[0] != "C"
    )
    stem = re.sub(r"\.(pdf|png|jpe?g|webp|zip)$", "", shown.strip(), flags=re.IGNORECASE).strip(" .")
    return (stem[:LONGEST_NAME] or "file") + EXTENSIONS[media_type]
