"""Rules for the type, the completeness and the name of uploaded files. Pure: bytes in, type out."""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Mapping

from app.kernel.composed_text import compose_text
from app.kernel.errors import Invalid

MAX_BYTES = 10 * 1024 * 1024
MAX_NAME_LENGTH = 120

PDF_MEDIA_TYPE, PNG_MEDIA_TYPE, JPEG_MEDIA_TYPE, WEBP_MEDIA_TYPE = (
    "application/pdf",
    "image/png",
    "image/jpeg",
    "image/webp",
)
ZIP_MEDIA_TYPE = "application/zip"
"""Rejected by `detect_media_type`: only rooms that read archives accept one."""
EXTENSION_BY_MEDIA_TYPE: Mapping[str, str] = {
    PDF_MEDIA_TYPE: ".pdf",
    PNG_MEDIA_TYPE: ".png",
    JPEG_MEDIA_TYPE: ".jpg",
    WEBP_MEDIA_TYPE: ".webp",
    ZIP_MEDIA_TYPE: ".zip",
}


def detect_media_type(content: bytes) -> str:
    """Return the media type of the content: a whole PDF, PNG, JPEG or WebP. Raises Invalid on the field
    `file`."""
    if not content:
        raise Invalid.field("file", "files.file.empty")
    if len(content) > MAX_BYTES:
        raise Invalid.field("file", "files.file.too_large", megabytes=MAX_BYTES // 2**20)
    media_type = next((kind for kind, start in _FILE_START_PATTERNS.items() if start.match(content)), None)
    if media_type is None:
        raise Invalid.field("file", "files.file.type_refused")
    if not _is_content_whole(content, media_type):
        raise Invalid.field("file", "files.file.damaged")
    return media_type


def _is_content_whole(content: bytes, media_type: str) -> bool:
    """Return whether the content is complete; reading past its end means that a part is missing."""
    try:
        return _WHOLE_CHECKS[media_type](content)
    except (IndexError, struct.error):
        return False


_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FILE_START_PATTERNS: Mapping[str, re.Pattern[bytes]] = {
    PDF_MEDIA_TYPE: re.compile(rb"%PDF-[12]\.\d"),
    PNG_MEDIA_TYPE: re.compile(_PNG_SIGNATURE),
    JPEG_MEDIA_TYPE: re.compile(rb"\xff\xd8\xff"),
    WEBP_MEDIA_TYPE: re.compile(rb"RIFF....WEBP", re.DOTALL),
}
_CROSS_REFERENCE_PATTERN = re.compile(rb"\s*(xref\s|\d+\s+\d+\s+obj)")
_JPEG_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a JPEG that begin a frame; the range also contains tables and a reserved one."""


def _is_whole_pdf(content: bytes) -> bool:
    """Return whether the PDF has its end mark, and that points to a cross-reference inside the file."""
    tail = content.rstrip(b"\x00")[-2048:]
    found = re.search(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z", tail)
    return found is not None and _CROSS_REFERENCE_PATTERN.match(content, int(found.group(1))) is not None


def _is_whole_png(content: bytes) -> bool:
    """Return whether the chunks follow each other from header to end, each with the right checksum."""
    offset, first, name = len(_PNG_SIGNATURE), True, b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", content, offset)
        body = content[offset + 4 : offset + 8 + length]
        offset += 8 + length
        (checksum,) = struct.unpack_from(">I", content, offset)
        if first != (name == b"IHDR") or checksum != zlib.crc32(body):
            return False
        offset, first = offset + 4, False
    return offset == len(content)


def _is_whole_jpeg(content: bytes) -> bool:
    """Return whether the segments lead to a frame and to image data, and the file has the end marker."""
    offset, framed = 2, False
    while content[offset] == 0xFF:
        marker = content[offset + 1]
        if marker == 0xFF:
            offset += 1
            continue
        framed = framed or marker in _JPEG_FRAME_MARKERS
        if marker == 0xDA:
            return framed and content.rstrip(b"\x00").endswith(b"\xff\xd9")
        (length,) = struct.unpack_from(">H", content, offset + 2)
        offset += 2 + length
    return False


def _is_whole_webp(content: bytes) -> bool:
    """Return whether the container has its declared length and its chunks fill it, an image first."""
    (declared,) = struct.unpack_from("<I", content, 4)
    offset, kinds = 12, []
    while offset < len(content):
        kind, length = struct.unpack_from("<4sI", content, offset)
        kinds.append(kind)
        offset += 8 + length + length % 2
    return declared + 8 == offset == len(content) and kinds[0] in (b"VP8 ", b"VP8L", b"VP8X")


_WHOLE_CHECKS: Mapping[str, Callable[[bytes], bool]] = {
    PDF_MEDIA_TYPE: _is_whole_pdf,
    PNG_MEDIA_TYPE: _is_whole_png,
    JPEG_MEDIA_TYPE: _is_whole_jpeg,
    WEBP_MEDIA_TYPE: _is_whole_webp,
}


def safe_file_name(name: str, media_type: str) -> str:
    """Return a name that is safe to display and to save: no path, no control or direction characters, the
    true extension."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(char for char in compose_text(last) if unicodedata.category(char)[0] != "C")
    stem = re.sub(r"\.(pdf|png|jpe?g|webp|zip)$", "", visible.strip(), flags=re.IGNORECASE).strip(" .")
    return (stem[:MAX_NAME_LENGTH] or "file") + EXTENSION_BY_MEDIA_TYPE[media_type]
