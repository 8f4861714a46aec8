"""PDFs that run something, contain files or have a password are refused with the reason; hostile ones end soon."""

from __future__ import annotations

import io
import time
import zlib
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from app.files import pdf_check
from app.files.pdf_check import detect_passive_media_type
from app.files.rules import PDF_MEDIA_TYPE
from app.kernel.errors import Invalid
from tests.files.pictures import pdf

SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"


def document(*more: bytes, catalog: bytes = b"", trailer: bytes = b"") -> bytes:
    """A PDF with these objects from number 4 on, and more entries of its catalog and trailer."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        *more,
    ]
    made, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    end = (
        b"trailer<</Size %d/Root 1 0 R" % (len(bodies) + 1)
        + trailer
        + b">>\nstartxref\n%d\n%%%%EOF\n" % len(made)
    )
    return made + head + table + end


def written(
    change: Any = None, compress: bool = False, password: str | None = None, owner: str = ""
) -> bytes:
    """A PDF of one page by another program."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if change:
        change(writer)
    if password is not None:
        writer.encrypt(password, owner_password=owner or None, algorithm="AES-256")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def stream(body: bytes, head: bytes = b"") -> bytes:
    packed = zlib.compress(body)
    return b"<</Length %d/Filter/FlateDecode" % len(packed) + head + b">>stream\n" + packed + b"\nendstream"


def hidden_script() -> bytes:
    """The script is in a compressed stream of objects that a compressed table names: nothing of it is in the clear."""
    inner = b"4 0 " + SCRIPT
    objects = stream(inner, b"/Type/ObjStm/N 1/First 4")
    made = b"%PDF-1.7\n"
    places = {}
    for number, body in (
        (1, b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>"),
        (2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>"),
        (3, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>"),
        (5, objects),
    ):
        places[number] = len(made)
        made += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(made)
    rows = [b"\0\0\0\0\xff"]
    rows += [b"\1" + places[n].to_bytes(3, "big") + b"\0" for n in (1, 2, 3)]
    rows += [b"\2" + (5).to_bytes(3, "big") + b"\0", b"\1" + places[5].to_bytes(3, "big") + b"\0"]
    rows += [b"\1" + start.to_bytes(3, "big") + b"\0"]
    table = stream(b"".join(rows), b"/Type/XRef/W[1 3 1]/Size 7/Root 1 0 R")
    return made + b"6 0 obj\n" + table + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % start


def attaches(writer: PdfWriter) -> None:
    writer.add_attachment("marks.exe", b"MZ")


def has_script(writer: PdfWriter) -> None:
    script = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x")}
    )
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(script)


REFUSED = {
    "opens a script": (document(SCRIPT, catalog=b"/OpenAction 4 0 R"), "files.pdf.script"),
    "names of scripts": (written(has_script), "files.pdf.script"),
    "written with escapes": (
        document(b"<</S/J#61vaScript/J#53(x)>>"),
        "files.pdf.script",
    ),
    "in compressed objects": (hidden_script(), "files.pdf.script"),
    "form with XFA": (document(catalog=b"/AcroForm<</XFA(x)>>"), "files.pdf.script"),
    "hidden from the table": (
        pdf().replace(b"\nxref", b"\n9 0 obj" + SCRIPT + b"endobj\nxref", 1),
        "files.file.damaged",
    ),
    "starts a program": (
        document(b"<</S/Launch/F(cmd.exe)>>", catalog=b"/OpenAction 4 0 R"),
        "files.pdf.launch",
    ),
    "attached file": (written(attaches), "files.pdf.embedded"),
    "attached to a page": (document(b"<</Subtype/FileAttachment/Rect[0 0 1 1]>>"), "files.pdf.embedded"),
    "rich media": (document(b"<</Subtype/RichMedia>>"), "files.pdf.embedded"),
    "password": (written(password="secret"), "files.pdf.encrypted"),
    "not to be read": (b"%PDF-1.7\n/ObjStm\nxref\n0 1\ntrailer(\nstartxref\n17\n%%EOF", "files.file.damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_passive_is_refused_with_its_reason(name):
    content, code = REFUSED[name]
    with pytest.raises(Invalid) as refused:
        detect_passive_media_type(content)
    assert [problem.code for problem in refused.value.fields["file"]] == [code]


PASSIVE = {
    "a page": pdf(),
    "by another program": written(),
    "with a link": document(b"<</S/URI/URI(https://oshtu.kg)>>"),
    "opens without a password": written(password="", owner="owner"),
    "names like ours in a picture": document(stream(b"/JS /EF /XFA")),
}


@pytest.mark.parametrize("name", PASSIVE)
def test_what_can_only_be_read_is_taken(name):
    assert detect_passive_media_type(PASSIVE[name]) == PDF_MEDIA_TYPE


def test_a_pdf_that_needs_too_much_is_refused_soon(monkeypatch):
    """Objects that unpack to 200 MB, and an inspection that is slow, both end within their limits."""
    bomb = zlib.compress(zlib.compress(b"\0" * (200 << 20)))
    head = b"<</Length %d/Filter[/FlateDecode/FlateDecode]/Type/ObjStm/N 9/First 4>>stream\n" % len(bomb)
    table = hidden_script().replace(
        stream(b"4 0 " + SCRIPT, b"/Type/ObjStm/N 1/First 4"), head + bomb + b"\nendstream"
    )
    began = time.monotonic()
    with pytest.raises(Invalid) as refused:
        detect_passive_media_type(table)
    assert refused.value.fields["file"][0].code in ("files.pdf.limit", "files.file.damaged")
    assert time.monotonic() - began < 25
    monkeypatch.setattr(pdf_check, "MAX_WALL_SECONDS", 0.01)
    with pytest.raises(Invalid) as slow:
        detect_passive_media_type(document(SCRIPT))
    assert slow.value.fields["file"][0].code == "files.pdf.limit"
