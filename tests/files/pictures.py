"""The smallest whole PDF, PNG, JPEG and WebP, made here."""

from __future__ import annotations

import struct
import zlib


def pdf(text: str = "") -> bytes:
    """One empty page; `text` makes it another one."""
    parts = [b"%PDF-1.4\n% " + text.encode() + b"\n"]
    places = []
    for number, body in enumerate(
        (
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        ),
        start=1,
    ):
        places.append(sum(map(len, parts)))
        parts.append(b"%d 0 obj" % number + body + b"endobj\n")
    start = sum(map(len, parts))
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    parts.append(b"xref\n0 4\n0000000000 65535 f \n" + table + b"trailer<</Size 4/Root 1 0 R>>\n")
    return b"".join(parts) + b"startxref\n%d\n%%%%EOF\n" % start


def png(grey: int = 0) -> bytes:
    """One pixel."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes([0, grey]))
    return PNG_SIGN + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


PNG_SIGN = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes) -> bytes:
    """A piece of a PNG, with its checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def jpeg(frame: int = 0xC0, between: bytes = b"") -> bytes:
    """The frame of one pixel; enough for whoever looks at segments. `between` stands before the picture data."""
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
        + segment(frame, struct.pack(">BHHB", 8, 1, 1, 1) + b"\x01\x11\x00")
        + between
        + segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + b"\x00\xff\xd9"
    )


def segment(marker: int, body: bytes) -> bytes:
    """A piece of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def webp(body: bytes = b"VP8L" + struct.pack("<I", 5) + b"\x2f\x00\x00\x00\x00" + b"\x00") -> bytes:
    """One lossless pixel, or a container with other chunks."""
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
