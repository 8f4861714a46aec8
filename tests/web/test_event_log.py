"""The event log of a process: XES and OCEL 2.0, with or without names, for whom, recorded, read by pm4py (7.1)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select

from app.audit.models import AuditRecord
from app.cases.mining.event_log import EVENT_LOG_EXPORTED
from app.cases.models import Case, History
from app.diagrams import versions as diagrams
from app.people.models import RoleGrant
from app.people.rules import PERMISSIONS
from tests.cases.test_processes import asks, asks_next_door
from tests.web.browser import Browser
from tests.web.campus import Campus

PAGE = "/processes/late_correction/event-log"
XES = "{http://www.xes-standard.org/}"
READ_BY_PM4PY = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pm4py
log = pm4py.read_xes(sys.argv[1])
ocel = pm4py.read_ocel2_json(sys.argv[2])
rows = lambda table, names: sorted(map(list, table[names].astype(str).values))
related = ocel.relations[ocel.relations["ocel:type"] == "case"]
json.dump({
    "xes": rows(log, ["case:concept:name", "concept:name", "time:timestamp"]),
    "ocel": rows(related, ["ocel:oid", "ocel:activity", "ocel:timestamp"]),
    "types": sorted(set(ocel.objects["ocel:type"])),
    "variants": len(pm4py.get_variants(log)),
}, sys.stdout)
"""


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    """A correction that was applied, one that was rejected, one of another department, and one that waits."""
    diagrams.clear_version_cache()
    made = Campus(app, db_session, clock)
    world = made.world
    applied, rejected = asks(world, 21), asks(world, 22)
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        clock.advance(hours=1)
        actor.approves(applied)
    world.head().rejects(rejected)
    made.neighbour = asks_next_door(world)
    yield made
    diagrams.clear_version_cache()


def enter(campus: Campus, role: str) -> Browser:
    return Browser(campus.app, "en").enter(campus.near[role])


def traces(answer: Any) -> dict[str, list[dict[str, str]]]:
    """The events of each case of an XES file, as key and value."""
    assert answer.status_code == 200, answer.text[:500]
    log = etree.fromstring(answer.data)
    return {
        _attributes(trace)["concept:name"]: [_attributes(event) for event in trace.findall(f"{XES}event")]
        for trace in log.findall(f"{XES}trace")
    }


def _attributes(element: Any) -> dict[str, str]:
    return {child.get("key"): child.get("value") for child in element if child.get("key")}


@pytest.mark.clause("7.1")
def test_without_names_persons_and_cases_are_pseudonyms_of_this_file(campus):
    auditor = enter(campus, "auditor")
    masked = traces(auditor.get(f"{PAGE}?format=xes&names=1"))
    assert all(name.startswith("case-") for name in masked), "nobody has a name before the auditor says why"
    auditor.uncover_names()
    named, blind = auditor.get(f"{PAGE}?format=xes&names=1"), auditor.get(f"{PAGE}?format=xes")
    rows = campus.world.session.execute(
        select(Case.number, History.at, History.person)
        .join(History, History.case_id == Case.id)
        .where(
            Case.diagram == "late_correction", History.kind.in_(("started", "completed", "service", "ended"))
        )
    ).all()
    known, hidden = traces(named), traces(blind)
    assert set(known) == {row.number for row in rows} and len(known) == len(hidden) == 4
    assert sorted(len(one) for one in known.values()) == sorted(len(one) for one in hidden.values())
    assert sum(map(len, known.values())) == len(rows)
    assert not set(known) & set(hidden) and all(name.startswith("case-") for name in hidden)
    people = {
        event["org:resource"] for events in hidden.values() for event in events if "org:resource" in event
    }
    assert len(people) == len({row.person for row in rows if row.person}) and len(people) >= 5
    assert all(re.fullmatch(r"person-[0-9a-f]{12}", one) for one in people)
    again = traces(auditor.get(f"{PAGE}?format=xes"))
    assert not set(again) & set(hidden)
    # No name, number or free text is in a file without names.
    ocel = auditor.get(f"{PAGE}?format=ocel")
    names = [
        event["org:resource"] for events in known.values() for event in events if "org:resource" in event
    ]
    for text in (*set(names), *known, "Негиз жок", "Жаңылып"):
        assert text not in blind.text and text not in ocel.text
    assert "Негиз жок" not in named.text
    records = campus.world.session.scalars(
        select(AuditRecord).where(AuditRecord.event_type == EVENT_LOG_EXPORTED).order_by(AuditRecord.id)
    ).all()
    said = [json.loads(one.body)["after"] for one in records]
    assert [(one["format"], one["names"], one["cases"]) for one in said] == [
        ("xes", False, 4),
        ("xes", True, 4),
        ("xes", False, 4),
        ("xes", False, 4),
        ("ocel", False, 4),
    ]
    assert {one.person for one in records} == {campus.near["auditor"]}


def test_who_may_download_and_what_is_refused(campus):
    world, session = campus.world, campus.world.session
    for role in campus.near:
        status = enter(campus, role).get(f"{PAGE}?format=xes").status_code
        assert status == (200 if role in PERMISSIONS["processes.export"] else 404), role
    auditor = enter(campus, "auditor")
    for query in ("?format=csv", "?format=xes&period=own&from=2026-10-02&to=2026-10-01"):
        assert auditor.get(PAGE + query).status_code == 422, query
    assert auditor.get("/processes/nothing/event-log?format=xes").status_code == 404
    empty = auditor.get(f"{PAGE}?format=ocel&period=own&from=2026-01-01&to=2026-01-02").json
    assert (empty["events"], empty["objects"], empty["eventTypes"]) == ([], [], [])
    assert traces(auditor.get(f"{PAGE}?format=xes&period=own&from=2026-01-01&to=2026-01-02")) == {}
    # Of several persons of one name each has a word of their own; an auditor of one unit has only its cases.
    (grant,) = session.scalars(select(RoleGrant).where(RoleGrant.person_id == campus.near["auditor"]))
    grant.unit_id = world.school.other_department
    session.commit()
    number = world.case(campus.neighbour).number
    auditor.uncover_names()
    assert list(traces(auditor.get(f"{PAGE}?format=xes&names=1"))) == [number]
    assert auditor.get(f"{PAGE}?format=xes&unit={world.school.department}").status_code == 404


@pytest.mark.starts
def test_pm4py_reads_the_same_cases_activities_and_times(campus, tmp_path):
    auditor = enter(campus, "auditor")
    auditor.uncover_names()
    files = {"xes": tmp_path / "log.xes", "ocel": tmp_path / "log.json"}
    for file_format, path in files.items():
        path.write_bytes(auditor.get(f"{PAGE}?format={file_format}&names=1").data)
    rows = campus.world.session.execute(
        select(Case.number, History.element, History.kind, History.at)
        .join(History, History.case_id == Case.id)
        .where(
            Case.diagram == "late_correction", History.kind.in_(("started", "completed", "service", "ended"))
        )
    ).all()
    program = [sys.executable, "-c", READ_BY_PM4PY, str(files["xes"]), str(files["ocel"])]
    done = subprocess.run(
        program, check=False, capture_output=True, text=True, timeout=120, cwd=Path(tmp_path)
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout[done.stdout.index("{") :])
    written = {
        (name, event["concept:name"], event["depter:element"], event["time:timestamp"])
        for name, events in traces(auditor.get(f"{PAGE}?format=xes&names=1")).items()
        for event in events
    }
    assert {(name, element) for name, _title, element, _at in written} == {
        (row.number, row.element or row.kind) for row in rows
    }

    def moments(read: list[list[str]]) -> list[tuple[str, str, str]]:
        return sorted((name, activity, at.replace(" ", "T")) for name, activity, at in read)

    assert len(found["xes"]) == len(found["ocel"]) == len(rows)
    assert moments(found["xes"]) == moments(found["ocel"])
    assert {(name, activity) for name, activity, _at in moments(found["xes"])} == {
        (name, title) for name, title, _element, _at in written
    }
    assert sorted(at for _name, _activity, at in moments(found["xes"])) == sorted(
        row.at.isoformat() for row in rows
    )
    assert found["types"] == ["case", "person", "unit"] and found["variants"] == 3
