"""Write an event log as XES (IEEE 1849): a trace for each case, an event for each step. Streamed; pure."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from app.cases.mining.event_log import LoggedCase, LoggedEvent

MEDIA_TYPE = "application/xml"
_EXTENSIONS = (
    ("Concept", "concept", "http://www.xes-standard.org/concept.xesext"),
    ("Time", "time", "http://www.xes-standard.org/time.xesext"),
    ("Lifecycle", "lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    ("Organizational", "org", "http://www.xes-standard.org/org.xesext"),
)
_FORBIDDEN_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def iterate_xes_chunks(
    process: str, title: str, cases: Iterable[tuple[LoggedCase, list[LoggedEvent]]]
) -> Iterator[bytes]:
    """Yield the file in parts, one for the head, each case and the end, UTF-8."""
    text = io.StringIO()
    xml = XMLGenerator(text, "UTF-8", short_empty_elements=True)
    xml.startDocument()
    head = {"xes.version": "1849-2016", "xes.features": "", "xmlns": "http://www.xes-standard.org/"}
    xml.startElement("log", _attributes(head))
    for name, prefix, uri in _EXTENSIONS:
        _write_element(xml, "extension", {"name": name, "prefix": prefix, "uri": uri})
    _write_element(xml, "classifier", {"name": "Activity", "keys": "concept:name"})
    _write_texts(xml, {"concept:name": title, "depter:process": process})
    yield _take(text)
    for case, events in cases:
        _write_trace(xml, case, events)
        yield _take(text)
    xml.endElement("log")
    xml.endDocument()
    yield _take(text)


def _write_trace(xml: XMLGenerator, case: LoggedCase, events: Iterable[LoggedEvent]) -> None:
    """Write one case with its events."""
    xml.startElement("trace", _attributes({}))
    _write_texts(
        xml,
        {
            "concept:name": case.id,
            "depter:outcome": case.outcome,
            "depter:requester": case.requester,
            "depter:units": "; ".join(case.units),
        },
    )
    _write_element(xml, "int", {"key": "depter:version", "value": str(case.version)})
    _write_moments(xml, {"depter:opened": case.opened_at, "depter:closed": case.closed_at})
    for event in events:
        xml.startElement("event", _attributes({}))
        _write_texts(
            xml,
            {
                "concept:name": event.activity,
                "lifecycle:transition": "complete",
                "org:resource": event.resource,
                "org:role": event.role,
                "depter:kind": event.kind,
                "depter:element": event.element,
                "depter:decision": event.decision,
                "depter:on_behalf_of": event.on_behalf_of,
            },
        )
        _write_moments(xml, {"time:timestamp": event.at, "depter:opened": event.opened_at})
        xml.endElement("event")
    xml.endElement("trace")


def _write_texts(xml: XMLGenerator, texts: dict[str, str]) -> None:
    """Write the attributes that are not empty."""
    for key, value in texts.items():
        if value:
            _write_element(xml, "string", {"key": key, "value": _FORBIDDEN_IN_XML.sub("", value)})


def _write_moments(xml: XMLGenerator, moments: dict[str, datetime | None]) -> None:
    """Write the moments that there are."""
    for key, moment in moments.items():
        if moment is not None:
            _write_element(xml, "date", {"key": key, "value": moment.isoformat(timespec="microseconds")})


def _write_element(xml: XMLGenerator, name: str, attributes: dict[str, str]) -> None:
    """Write an element without content."""
    xml.startElement(name, _attributes(attributes))
    xml.endElement(name)


def _attributes(values: dict[str, str]) -> AttributesImpl[str]:
    return AttributesImpl(values)


def _take(text: io.StringIO) -> bytes:
    """Return what was written and empty the buffer."""
    found = text.getvalue()
    text.seek(0)
    text.truncate()
    return found.encode()
