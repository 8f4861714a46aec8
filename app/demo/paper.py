"""Create documents of the demo: one-page PDF files, without a library."""

from __future__ import annotations


def make_one_page_pdf(*lines: str) -> bytes:
    """Return a one-page PDF with these lines in ASCII: the standard fonts of PDF have no Cyrillic."""
    stream = b"".join(
        b"BT /F1 16 Tf 60 %d Td (%s) Tj ET\n" % (760 - 28 * number, line.encode("ascii", "replace"))
        for number, line in enumerate(lines)
    )
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%sendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    written, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(parts) + 1
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % size + table
    return written + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
