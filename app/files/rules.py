"""What a file is, told by its content, and what it may be called. Bytes in, type out; knows no disk."""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Mapping

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
    if media_type is None:
        raise Invalid.field("file", "files.file.type_refused")
    if not _is_whole(content, media_type):
        raise Invalid.field("file", "files.file.damaged")
    return media_type


def _is_whole(content: bytes, media_type: str) -> bool:
    """Whether nothing of it is missing. Who reads past its end has been promised more than there is."""
    try:
        return _WHOLE[media_type](content)
    except (IndexError, struct.error):
        return False


_PNG_SIGN = b"\x89PNG\r\n\x1a\n"
_BEGINNINGS: Mapping[str, re.Pattern[bytes]] = {
    PDF: re.compile(rb"%PDF-[12]\.\d"),
    PNG: re.compile(_PNG_SIGN),
    JPEG: re.compile(rb"\xff\xd8\xff"),
    WEBP: re.compile(rb"RIFF....WEBP", re.DOTALL),
}
_CROSS_REFERENCE = re.compile(rb"\s*(xref\s|\d+\s+\d+\s+obj)")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of a JPEG that begin a frame; between them stand tables and a reserved one."""


def _whole_pdf(content: bytes) -> bool:
    """It ends as a PDF does, and its end points to a cross-reference inside the file."""
    tail = content.rstrip(b"\x00")[-2048:]
    found = re.search(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z", tail)
    return found is not None and _CROSS_REFERENCE.match(content, int(found.group(1))) is not None


def _whole_png(content: bytes) -> bool:
    """Its chunks follow each other from the header to the end, each with the right checksum."""
    at, first, name = len(_PNG_SIGN), True, b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", content, at)
        body = content[at + 4 : at + 8 + length]
        at += 8 + length
        (checksum,) = struct.unpack_from(">I", content, at)
        if first != (name == b"IHDR") or checksum != zlib.crc32(body):
            return False
        at, first = at + 4, False
    return at == len(content)


def _whole_jpeg(content: bytes) -> bool:
    """Its segments lead to a frame and to picture data, and it ends with the end of a picture."""
    at, framed = 2, False
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        framed = framed or marker in _FRAMES
        if marker == 0xDA:
            return framed and content.rstrip(b"\x00").endswith(b"\xff\xd9")
        (length,) = struct.unpack_from(">H", content, at + 2)
        at += 2 + length
    return False


def _whole_webp(content: bytes) -> bool:
    """Its container has the length it says, and its chunks fill it, a picture first."""
    (told,) = struct.unpack_from("<I", content, 4)
    at, kinds = 12, []
    while at < len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        kinds.append(kind)
        at += 8 + length + length % 2
    return told + 8 == at == len(content) and kinds[0] in (b"VP8 ", b"VP8L", b"VP8X")


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
