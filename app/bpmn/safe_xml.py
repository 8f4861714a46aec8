"""Safe XML parser: no DTD, no entities, no network, no huge tree."""

from __future__ import annotations

import re

from lxml import etree

from app.bpmn.errors import DiagramError, DiagramFinding

MAX_DIAGRAM_BYTES = 1_000_000
_DECLARED_ENCODING = re.compile(r"""^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")


def parse_xml(xml: bytes, *, keep_comments: bool = False) -> etree._Element:
    """Parse a diagram file and return its root element; comments are kept for a file that is written again.

    Raises DiagramError when it is too large or not plain XML.
    """
    if len(xml) > MAX_DIAGRAM_BYTES:
        raise _diagram_error("bpmn.file.too_large", limit=MAX_DIAGRAM_BYTES, size=len(xml))
    try:
        text = xml.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _diagram_error("bpmn.file.encoding", wanted="UTF-8") from None
    declared = _DECLARED_ENCODING.match(text.lstrip())
    if declared and declared.group(1).lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise _diagram_error("bpmn.file.encoding", wanted="UTF-8", found=declared.group(1)[:40])
    for forbidden in ("<!DOCTYPE", "<!ENTITY"):
        at = text.upper().find(forbidden)
        if at >= 0:
            raise _diagram_error("bpmn.xml.doctype", line=text.count("\n", 0, at) + 1)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=not keep_comments,
        remove_pis=not keep_comments,
    )
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise _diagram_error("bpmn.xml.syntax", line=error.lineno or 0, detail=str(error.msg)[:200]) from None


def _diagram_error(code: str, line: int = 0, **params: str | int) -> DiagramError:
    return DiagramError([DiagramFinding(code, line, "", params)])
