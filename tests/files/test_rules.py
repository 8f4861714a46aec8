"""A file is what its bytes are, whatever its name says."""

from __future__ import annotations

import io
import zipfile

import pytest

from app.files.rules import JPEG, MOST_BYTES, PDF, PNG, WEBP, check_content, clean_name
from app.kernel.errors import Invalid
from tests.files.pictures import jpeg, pdf, png, webp


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        check_content(content)
    return refused.value.fields["file"][0].code


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("mimetype", "application/pdf")
    return target.getvalue()


@pytest.mark.parametrize(("content", "kind"), [(pdf(), PDF), (png(), PNG), (jpeg(), JPEG), (webp(), WEBP)])
def test_whole_documents_and_pictures_are_taken(content, kind):
    assert check_content(content) == kind


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


def test_ten_megabytes_that_call_themselves_a_pdf_are_refused():
    fake = b"%PDF-1.7\n" + b"\0" * (MOST_BYTES - 9)
    assert refusal(fake) == "files.file.damaged"
    assert refusal(fake + b"\0") == "files.file.too_large"
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
        ("a" * 500, "a" * 120 + ".pdf"),
    ],
)
def test_a_name_is_made_safe_and_gets_its_true_extension(given, shown):
    assert clean_name(given, PDF) == shown
