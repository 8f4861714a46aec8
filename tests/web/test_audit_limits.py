"""The auditor's room within units, days and kinds: what is inside opens, nothing outside shows (7.1).

The walk visits every route that an auditor may open; a new route joins by itself.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zlib import crc32

import pytest
from sqlalchemy import func, select, text

from app.audit.models import AuditExport, AuditRecord
from app.audit.searches import save_search
from app.cases.audit_scope import GENERAL_EVENT_PREFIXES, KIND_BY_EVENT_PREFIX, kind_of_event_type
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.kernel import door
from app.kernel.act import Act, ReadingLimits
from app.kernel.clock import first_moment_after, first_moment_of, local_day
from app.kernel.ids import new_id
from app.people import commands
from app.people.audit_limits_rules import AUDITED_VERBS, build_limits
from app.people.models import Account
from app.worker import due_work
from tests.audit.event_types import written_event_types
from tests.web.browser import Browser, hidden
from tests.web.campus import Campus, places

pytestmark = pytest.mark.clause("7.1")
PLANTED = ("Тышкыбирим", "ТЫШ-77", "Тышкысабак", "ТШ99", "Тышкыева", "ТЫШКЫ-1")
"""What stands in the names of the outside institute: units, group, discipline and its code, persons, the case."""
PUBLIC_SCHEDULES = {"calendar.read", "timetable.read"}
"""The calendar and the timetable hang in every hall: they name units, groups, disciplines and who teaches them."""
OPEN_PAGES = (
    "cases.",
    "dossiers.",
    "files.",
    "tasks.",
    "search.",
    "commissions.",
    "account.",
    "privacy.",
    "bell.",
)
"""Pages that everybody may open who is signed in, and that an auditor follows links to."""
DRAWINGS = ("studio.", "plays.")
"""Pages of the diagrams themselves, which are about nobody."""
ROLE_BEGAN = date(2026, 9, 1)


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    return Campus(app, db_session, clock)


def audits(campus: Campus, *limits: tuple[UUID | None, ReadingLimits | None]) -> Browser:
    """An auditor who holds a role with each of these limits and has uncovered names."""
    world, person = campus.world, campus.world.school.person("Чектелген", "Аудитор")
    act = Act(world.people["it_admin"], None, world.clock())
    world.session.rollback()
    with door.write(act) as session:
        session.add(Account(person_id=person, login=str(person), password="never"))
        for unit, reading in limits:
            commands.grant_role(act, new_id(), person, "auditor", unit, ROLE_BEGAN, None, limits=reading)
    browser = Browser(campus.app).enter(person)
    browser.uncover_names()
    return browser


def plant(campus: Campus) -> str:
    """Give everything of the institute of `campus.things` a planted name; return the number of its case."""
    world, session, school = campus.world, campus.world.session, campus.school
    units = [school.institute, school.department, school.other_department]
    values = {"units": units, "group": school.group, "course": campus.things["course_id"]}
    for statement in (
        """UPDATE people.unit SET names = '{"ky":"Тышкыбирим","ru":"Тышкыбирим","en":"Тышкыбирим"}'
           WHERE id = ANY(:units)""",
        "UPDATE people.study_group SET name = 'ТЫШ-77' WHERE id = :group",
        """UPDATE journal.course SET code = 'ТШ99', names = '{"ky":"Тышкысабак","ru":"Тышкысабак","en":"Тышкысабак"}'
           WHERE id = :course""",
        """UPDATE people.person SET family_name = 'Тышкыева' WHERE id IN (
             SELECT person_id FROM people.role_grant WHERE unit_id = ANY(:units)
             UNION SELECT person_id FROM people.membership WHERE group_id = :group)""",
        "UPDATE cases.case SET requester_name = 'Тышкыева', number = 'ТЫШКЫ-1'",
    ):
        session.execute(text(statement), values)
    session.commit()
    return world.case(campus.things["case_id"]).number


def marks_elsewhere(campus: Campus, at: datetime | None = None) -> tuple[int, UUID]:
    """A mark of the other institute at a moment; return the number of its record and its cell."""
    school, world = campus.elsewhere, campus.world
    moment = at or world.clock()
    lesson = school.lesson(moment - timedelta(hours=3))
    world.session.rollback()
    act = school.teacher_act(moment)
    edit = CellEdit(lesson=lesson, student=school.students[0], kind="ATTENDANCE", value="ABSENT", version=0)
    with door.write(act) as session:
        record_mark(act, edit)
        newest = select(AuditRecord.id, AuditRecord.object_id).where(
            AuditRecord.object_kind == "journal.cell"
        )
        found = session.execute(newest.order_by(AuditRecord.id.desc()).limit(1)).one()
    return found.id, found.object_id


def rows_of(page: Any) -> list[int]:
    """The numbers of the deeds that a list shows."""
    assert page.status_code == 200, page.text[:500]
    return [int(one) for one in re.findall(r"/audit/records/(\d+)", page.text)]


def walks_in(campus: Campus) -> tuple[Browser, dict[str, Any], int]:
    """An auditor of the other institute, what he asks for outside of it, and the number of a deed inside."""
    number = plant(campus)
    own, _cell = marks_elsewhere(campus)
    with door.write(Act(campus.near["auditor"], None, campus.world.clock())) as session:
        shared = Act(campus.near["auditor"], None, campus.world.clock())
        save_search(shared, new_id(), "deeds", "Тышкысабак", {"group": str(campus.school.group)}, shared=True)
        last = session.scalar(select(func.max(AuditRecord.id)))
    things = campus.things | {"case_number": number, "person_id": campus.owner, "record_number": last}
    return audits(campus, (campus.elsewhere.institute, None)), things, own


OPENED = {
    *(
        "audit.list_deeds",
        "audit.list_cases",
        "audit.show_audit",
        "patterns.show_pattern",
        "seals.show_seals",
    ),
    *(
        "variants.download_event_log",
        "people.list_people",
        "structure.list_units",
        "journal.show_teacher_today",
    ),
}
"""Some that must open, so that the walk does not see refusals alone."""
PARTS = 3
"""The walk goes in so many parts, none of which takes long."""


@pytest.mark.parametrize("part", range(PARTS))
def test_no_route_shows_anything_of_another_institute(campus, part):
    browser, things, _own = walks_in(campus)
    opened: set[str] = set()
    shown: dict[str, set[str]] = {}
    for place in places(campus.app):
        verbs = set(place.policy) & (set(AUDITED_VERBS) - PUBLIC_SCHEDULES)
        is_open = (verbs and not place.endpoint.startswith(DRAWINGS)) or place.endpoint.startswith(OPEN_PAGES)
        if place.method != "GET" or not is_open or not place.arguments <= set(campus.named(things)):
            continue
        if crc32(place.endpoint.encode()) % PARTS != part:
            continue
        answer = campus.visits(browser, place, things, "text/html")
        assert answer.status_code < 500, place
        if answer.status_code == 200:
            opened.add(place.endpoint)
        said = answer.text + str(answer.headers) if answer.mimetype != "application/pdf" else ""
        found = {one for one in PLANTED if one in said}
        if found:
            shown[str(place)] = found
    assert not shown
    must_open = {one for one in OPENED if crc32(one.encode()) % PARTS == part}
    assert must_open and must_open <= opened


def test_no_search_finds_anything_of_another_institute(campus):
    browser, things, own = walks_in(campus)
    named = "&".join(f"{name}={campus.school.group}" for name in ("group",))
    outside = {
        "unit": campus.school.institute,
        "course": campus.things["course_id"],
        "person": campus.owner,
        "object": campus.things["cell_id"],
    }
    pages = [f"/audit/{page}?{name}={id}" for page in ("deeds", "cases") for name, id in outside.items()]
    pages += [f"/audit/deeds?{named}", "/audit/deeds?old=-5&new=>=0", f"/audit/cases?state=open&{named}"]
    pages += [f"/search?q={text}" for text in ("Тышкы", str(things["cell_id"]), str(things["record_number"]))]
    pages += [f"/audit/search?q={text}" for text in (*PLANTED, str(campus.owner), str(things["cell_id"]))]
    pages += ["/audit/find?page=deeds&person_name=Тышкыева", "/audit/find?page=deeds&group_name=ТЫШ-77"]
    pages += [f"/audit/patterns/corrections?unit={campus.school.institute}"]
    for page in pages:
        answer = browser.get(page)
        said = re.sub(r'value="[^"]*"|q=[^"&]*|«[^»]*»', "", answer.text)
        assert answer.status_code in (200, 302, 422) and not any(one in said for one in PLANTED[:2]), page
        assert not any(f"/audit/{one}/" in answer.text for one in ("cells", "cases")), page
    assert rows_of(browser.get("/audit/deeds")) and own in rows_of(browser.get("/audit/deeds"))
    assert browser.get(f"/audit/records/{own}").status_code == 200


@pytest.mark.parametrize(
    ("unit", "sees"), [("institute", True), ("department", True), ("other_department", False), (None, True)]
)
def test_a_unit_holds_what_lies_in_it_and_below_and_not_beside_it(campus, unit, sees):
    own = getattr(campus.school, unit) if unit else None
    browser = audits(campus, (own, None if unit else build_limits(date(2026, 1, 1), None, None)))
    things = campus.things
    case, version = things["case_number"], things["cell_id"]
    status = 200 if sees else 404
    pages = [f"cells/{version}", f"cases/{case}", f"journals/{things['offering']}"]
    # No deed about the sheet is recorded, so it has no day.
    pages += [f"sheets/{things['sheet']}"] if unit else []
    for page in pages:
        assert browser.get(f"/audit/{page}").status_code == status, page
    deeds = browser.get(f"/audit/deeds?object={version}")
    assert bool(rows_of(deeds)) is sees
    assert (case in browser.get("/audit/cases").text) is sees
    for number in rows_of(deeds):
        assert browser.get(f"/audit/records/{number}").status_code == 200
    assert browser.get("/audit/seals").status_code == 200 and browser.get("/backups").status_code == 404
    if unit:
        # The group belongs to the institute, so does its student.
        trace = browser.get(f"/audit/people/{things['student']}").status_code
        assert trace == (200 if unit == "institute" else 404)


def test_days_begin_and_end_at_midnight_in_bishkek(campus, clock):
    day, second = local_day(clock()), timedelta(seconds=1)
    browser = audits(campus, (None, ReadingLimits(day, day)))
    for moment, sees in (
        (first_moment_of(day) - second, False),
        (first_moment_of(day), True),
        (first_moment_after(day) - second, True),
        (first_moment_after(day), False),
    ):
        number, cell = marks_elsewhere(campus, moment)
        listed = "/audit/deeds?kind=journal.mark.recorded"
        assert (number in rows_of(browser.get(listed))) is sees, moment
        assert (number in rows_of(browser.get("/audit/deeds?new=НБ"))) is sees, moment
        for page in (f"records/{number}", f"cells/{cell}"):
            assert browser.get(f"/audit/{page}").status_code == (200 if sees else 404), (page, moment)


def test_what_came_after_the_last_day_is_left_out(campus, clock):
    world, case = campus.world, campus.things["case_id"]
    opened = local_day(world.case(case).opened_at)
    number = world.case(case).number
    world.session.rollback()
    clock.advance(days=1)
    world.head().approves(case)
    last = ReadingLimits(opened, opened)
    browser = audits(campus, (campus.school.institute, last))
    trace = browser.get(f"/audit/cases/{number}")
    assert trace.status_code == 200 and "Your role covers days up to" in trace.text
    whole = Browser(campus.app).enter(campus.near["auditor"]).get(f"/audit/cases/{number}").text
    approved = "cases.task.completed"
    kinds = browser.get("/audit/deeds?kind=" + approved)
    assert not rows_of(kinds) and "Your role covers days up to" not in whole
    assert browser.get(f"/cases/{case}").headers["Location"].endswith(f"/audit/cases/{number}")
    for page in (f"/cases/{case}/print", f"/cases/{case}/dossiers", f"/tasks/{campus.things['task_id']}"):
        assert browser.get(page).status_code == 404, page
    browser.get("/audit")
    assert browser.post(f"/cases/{case}/dossiers", language="ky").status_code == 409
    before = audits(campus, (None, ReadingLimits(None, opened - timedelta(days=1))))
    assert before.get(f"/audit/cases/{number}").status_code == 404
    assert number not in before.get("/audit/cases").text


@pytest.mark.parametrize("kind", ["journal", "cases", "people"])
def test_each_kind_opens_its_own_lists_and_objects(campus, kind):
    browser = audits(campus, (None, ReadingLimits(kinds=frozenset({kind}))))
    things = campus.things
    pages = {
        f"/audit/cells/{things['cell_id']}": "journal",
        f"/audit/journals/{things['offering']}": "journal",
        "/audit/patterns/corrections": "journal",
        f"/audit/cases/{things['case_number']}": "cases",
        "/audit/patterns/quick_approvals": "cases",
        "/processes/late_correction/event-log": "cases",
        f"/people/{things['person_id']}/reads": "people",
        "/people/rules": "people",
    }
    for page, wanted in pages.items():
        assert (browser.get(page).status_code == 200) is (wanted == kind), page
    found = rows_of(browser.get("/audit/deeds"))
    session = campus.world.session
    types = session.scalars(select(AuditRecord.event_type).where(AuditRecord.id.in_(found))).all()
    session.rollback()
    assert found and {kind_of_event_type(one) for one in types} == {kind}
    assert ("All cases" in browser.get("/audit/cases").text) and (
        (things["case_number"] in browser.get("/audit/cases").text) is (kind == "cases")
    )
    trace = browser.get(f"/audit/people/{things['person_id']}").text
    assert ("Offices, and who gave them" in trace) is (kind == "people")


def test_several_roles_are_read_together_and_said_in_words(campus):
    there = campus.elsewhere.institute
    browser = audits(
        campus,
        (there, None),
        (campus.school.institute, ReadingLimits(None, date(2020, 1, 1), frozenset({"cases"}))),
    )
    own, _cell = marks_elsewhere(campus)
    page = browser.get("/audit/deeds")
    assert (
        own in rows_of(page) and page.text.count("You see:") == 2 and "Requests and their papers" in page.text
    )
    patterns = browser.get("/audit/patterns")
    assert "one of them at a time" in patterns.text and "role=1" in patterns.text
    found = {browser.get(f"/audit/patterns/corrections?role={role}").status_code for role in (0, 1)}
    assert found == {200, 404}, "one of the roles is for cases alone"


def test_the_limits_of_the_moment_count_when_the_worker_writes(campus, app, clock):
    browser = audits(campus, (campus.school.institute, None))
    session = campus.world.session
    page = browser.get("/audit/deeds")
    listed = len(rows_of(page))
    asked = browser.post("/audit/lists/deeds/export", id=hidden(page.text, "id"), format="csv")
    assert listed and asked.status_code == 302
    session.rollback()
    session.execute(
        text("UPDATE people.role_grant SET kinds = '{people}' WHERE role = 'auditor' AND unit_id IS NOT NULL")
    )
    session.commit()
    due_work.run_due_work(app)
    session.rollback()
    (export,) = session.scalars(select(AuditExport).where(AuditExport.person != campus.near["auditor"])).all()
    made_id, person = export.id, export.person
    made = browser.get(f"/audit/exports/{made_id}/file")
    session.rollback()
    assert made.status_code == 200 and "Mark" not in made.text and len(made.text.splitlines()) < listed
    session.execute(
        text("UPDATE people.role_grant SET valid_until = :day WHERE role = 'auditor'"),
        {"day": local_day(clock())},
    )
    session.commit()
    clock.set(first_moment_after(local_day(clock())))
    over = Browser(app).enter(person)
    for path in (f"/audit/exports/{made_id}/file", "/audit", "/audit/deeds", "/audit/patterns"):
        assert over.get(path).status_code == 404, path
    assert over.get("/account").status_code == 200


def test_every_event_type_has_a_kind_or_is_about_the_installation():
    assert not set(KIND_BY_EVENT_PREFIX) & set(GENERAL_EVENT_PREFIXES)
    for written in written_event_types():
        name = written.removeprefix("re:").replace("\\", "")
        assert kind_of_event_type(name) or name.startswith(GENERAL_EVENT_PREFIXES), name
