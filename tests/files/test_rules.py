"""A file is what its bytes are, whatever its name says."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from app.files.rules import (
    JPEG_MEDIA_TYPE,
    PDF_MEDIA_TYPE,
    PNG_MEDIA_TYPE,
    WEBP_MEDIA_TYPE,
    ZIP_MEDIA_TYPE,
    detect_media_type,
    safe_file_name,
)
from app.kernel.errors import Invalid
from tests.files.pictures import PNG_SIGN, chunk, jpeg, pdf, png, segment, webp


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        detect_media_type(content)
    return refused.value.fields["file"][0].code


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("mimetype", "application/pdf")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [(pdf(), PDF_MEDIA_TYPE), (png(), PNG_MEDIA_TYPE), (jpeg(), JPEG_MEDIA_TYPE), (webp(), WEBP_MEDIA_TYPE)],
)
def test_whole_documents_and_pictures_are_taken(content, kind):
    assert detect_media_type(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"%PD",
        b"I am a PDF",
        b"<html><script>alert(1)</script>%PDF-1.4",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a\x01\x00\x01\x00",
        b"MZ\x90\x00" + b"\0" * 100,
        archive(),
        b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\0" * 28,
        b"\n" + pdf(),
    ],
)
def test_anything_else_is_refused_by_its_content(content):
    assert refusal(content) == "files.file.type_refused"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n" + b"\0" * 2048,
        pdf()[:-20],
        pdf() + b"<script>alert(1)</script>",
        pdf().replace(b"startxref\n", b"startxref\n9"),
        png()[:-4],
        png() + archive(),
        png().replace(b"IDAT", b"IDAt"),
        jpeg()[:-2],
        jpeg() + b"<?php",
        b"\xff\xd8\xff\xe0" + b"\0" * 64,
        webp() + b"more",
        webp()[:-2],
        webp().replace(b"VP8L", b"EVIL"),
    ],
)
def test_what_only_begins_like_one_is_refused_as_damaged(content):
    assert refusal(content) == "files.file.damaged"


def test_a_pdf_may_have_a_stream_of_references_and_blanks_after_its_end():
    at = pdf().index(b"xref\n0 4")
    assert detect_media_type(pdf().replace(b"xref\n0 4", b"7 0 obj\n")) == PDF_MEDIA_TYPE
    assert detect_media_type(pdf() + b"\r\n" + b"\0" * 3000) == PDF_MEDIA_TYPE
    assert refusal(pdf().replace(b"%d\n%%%%EOF" % at, b"%d\n%%%%EOF" % (at + 1))) == "files.file.damaged"


def test_the_end_of_a_pdf_is_looked_for_in_its_last_two_kilobytes():
    begins, ends = pdf().split(b"startxref")
    blanks = 2048 - len(b"startxref" + ends)
    assert detect_media_type(begins + b"startxref" + b" " * blanks + ends) == PDF_MEDIA_TYPE
    assert refusal(begins + b"startxref" + b" " * (blanks + 1) + ends) == "files.file.damaged"


HEAD, PIXELS, END = chunk(b"IHDR", b"\0" * 13), chunk(b"IDAT", b"\0"), chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "chunks",
    [
        PIXELS + END,
        HEAD + HEAD + PIXELS + END,
        HEAD + PIXELS,
        HEAD + PIXELS + END[:-1],
        HEAD + PIXELS.replace(b"\0\0\0\1", b"\0\0\1\0") + END,
        HEAD + PIXELS + END + PIXELS + END,
    ],
)
def test_a_png_begins_with_one_header_and_ends_where_it_says(chunks):
    assert detect_media_type(PNG_SIGN + HEAD + PIXELS + END) == PNG_MEDIA_TYPE
    assert refusal(PNG_SIGN + chunks) == "files.file.damaged"


@pytest.mark.parametrize(
    "marker", [*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)]
)
def test_a_jpeg_of_any_coding_is_taken(marker):
    assert detect_media_type(jpeg(marker)) == JPEG_MEDIA_TYPE


@pytest.mark.parametrize("marker", [0xBF, 0xC4, 0xC8, 0xCC, 0xD0])
def test_a_jpeg_of_tables_without_a_frame_is_damaged(marker):
    assert refusal(jpeg(marker)) == "files.file.damaged"


def test_a_jpeg_may_be_filled_up_between_its_segments_and_after_its_end():
    assert detect_media_type(jpeg(between=b"\xff\xff\xff") + b"\0" * 100) == JPEG_MEDIA_TYPE
    assert (
        detect_media_type(jpeg(between=segment(0xC4, b"") + segment(0xFE, b"\xff" * 300))) == JPEG_MEDIA_TYPE
    )
    assert refusal(jpeg(between=b"\0")) == "files.file.damaged"
    assert refusal(jpeg(between=b"\xff\xfe\xff\xfa")) == "files.file.damaged"
    assert refusal(b"\xff\xd8" + segment(0xE0, b"JFIF\0") + segment(0xC0, b"")) == "files.file.damaged"


def webp_chunk(kind: bytes, length: int) -> bytes:
    return kind + struct.pack("<I", length) + b"\0" * (length + length % 2)


@pytest.mark.parametrize("kind", [b"VP8 ", b"VP8L", b"VP8X"])
def test_a_webp_is_a_picture_and_whatever_its_program_adds(kind):
    assert detect_media_type(webp(webp_chunk(kind, 0))) == WEBP_MEDIA_TYPE
    assert (
        detect_media_type(webp(webp_chunk(kind, 10) + webp_chunk(b"EXIF", 7) + webp_chunk(b"XMP ", 0)))
        == WEBP_MEDIA_TYPE
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"VP8L",
        webp_chunk(b"EXIF", 8) + webp_chunk(b"VP8L", 8),
        webp_chunk(b"VP8L", 8)[:-1],
        webp_chunk(b"VP8L", 7)[:-1],
        webp_chunk(b"VP8L", 8) + b"EXIF\0\0\0",
    ],
)
def test_a_webp_without_a_picture_or_with_a_torn_chunk_is_damaged(body):
    assert refusal(webp(body)) == "files.file.damaged"


def test_ten_megabytes_that_call_themselves_a_pdf_are_refused():
    fake = b"%PDF-1.7\n" + b"\0" * (10 * 2**20 - 9)
    assert refusal(fake) == "files.file.damaged"
    assert refusal(fake + b"\0") == "files.file.too_large"
    with pytest.raises(Invalid) as refused:
        detect_media_type(fake + b"\0")
    assert refused.value.fields["file"][0].params == {"megabytes": 10}
    assert refusal(b"") == "files.file.empty"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("справка.pdf", "справка.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\A\\Scan.PDF", "Scan.pdf"),
        ("gnp.exe\u202efdp.pdf", "gnp.exefdp.pdf"),
        ("bad\r\nContent-Type: text-html.pdf", "badContent-Type: text-html.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("page.html", "page.html.pdf"),
        ("scan_.pdf", "scan_.pdf"),
        ("a" * 500, "a" * 120 + ".pdf"),
    ],
)
def test_a_name_is_made_safe_and_gets_its_true_extension(given, shown):
    assert safe_file_name(given, PDF_MEDIA_TYPE) == shown


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (PDF_MEDIA_TYPE, "scan.pdf"),
        (PNG_MEDIA_TYPE, "scan.png"),
        (JPEG_MEDIA_TYPE, "scan.jpg"),
        (WEBP_MEDIA_TYPE, "scan.webp"),
        (ZIP_MEDIA_TYPE, "scan.zip"),
    ],
)
@pytest.mark.parametrize("given", ["scan.jpeg", "scan.PNG", "scan.zip", "scan . ", " scan"])
def test_a_name_tells_what_the_file_is_whatever_it_was_called(given, kind, shown):
    assert safe_file_name(given, kind) == shown
