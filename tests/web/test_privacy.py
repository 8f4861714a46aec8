"""7.1: names are masked from auditors, their role limits every page, and who looked at data is shown to its person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.audit.models import AuditRecord, ReadRecord
from app.kernel import door
from app.kernel.act import Act, ReadingLimits
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from app.people import commands
from app.people.models import Account
from app.people.name_masking import masked_name
from app.people.queries import load_names
from tests.journal.school import School
from tests.scenarios.world import World
from tests.web.browser import Browser

pytestmark = pytest.mark.clause("7.1")
REASON = "Апелляцияны текшерүү үчүн студенттин аты керек"


@pytest.fixture
def world(app: Any, db_session: Any, clock: Any) -> World:
    return World(db_session, clock)


def enters(app: Any, world: World, person: Any) -> Browser:
    world.session.merge(Account(person_id=person, login=str(person), password="never"))
    world.session.commit()
    return Browser(app).enter(person)


def audits(
    world: World, unit: Any = None, limits: ReadingLimits | None = None, until: date | None = None
) -> Any:
    """An auditor whose role has these limits."""
    person = world.hires("academic_office", None, name="Текшерүүчү")
    world.session.rollback()
    act = Act(world.people["it_admin"], None, world.clock())
    with door.write(act) as session:
        session.execute(text("DELETE FROM people.role_grant WHERE person_id = :p"), {"p": person})
        commands.grant_role(
            act,
            new_id(),
            person,
            "auditor",
            unit,
            date(2026, 9, 1),
            until,
            limits=limits,
            from_outside=until is not None,
        )
    return person


def reads_of(session: Any) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(ReadRecord))


def test_an_auditor_sees_initials_and_a_number_until_he_says_why(app, world, clock):
    head, today = world.head().person, local_day(clock())
    world.stands_in(head, world.hires("teacher", world.school.department, name="Ордуна"), today, today)
    case = world.teacher().requests_correction()
    student, teacher = world.student, world.teacher().person
    names = load_names([student, teacher, head])
    pages = [f"/journal/{world.school.offering}", f"/cases/{case}", f"/people/{student}"]
    traces = ["/audit/cases", f"/audit/cases/{world.case(case).number}"]
    person = audits(world)
    browser = enters(app, world, person)

    def shown(name: str) -> list[bool]:
        return [name in browser.get(page).text for page in pages]

    family = names[student].full.split()[0]
    for page in (*pages, *traces):
        answer = browser.get(page)
        assert (answer.status_code == 200 and world.case(case).number in answer.text) or page in pages
        assert [one for one in names.values() if one.full.split()[0] in answer.text] == [], page
    assert f"{student.int % 1_000_000:06d}"[:3] in browser.get(pages[0]).text
    world.session.rollback()
    found = browser.get(f"/people?q={family}").text
    assert f"/people/{student}" in found and f">{family}" not in found
    searched = world.session.scalars(
        select(ReadRecord.subject).where(ReadRecord.object_kind == "people.search")
    )
    assert student in set(searched), "who was found by a name is told"
    browser.get("/account/names")
    for wrong in ("", "аты"):
        assert browser.post("/account/names", reason=wrong).status_code == 422
    assert shown(family) == [False] * 3
    assert browser.post("/account/names", reason=REASON, next=pages[0]).status_code == 302
    assert shown(family) == [True] * 3
    assert family not in Browser(app).enter(person).get(pages[0]).text, "another session"
    world.session.rollback()
    body = world.session.scalar(
        select(AuditRecord.body).where(AuditRecord.event_type == "people.names.uncovered")
    )
    assert REASON not in body and "sealed" in body
    clock.advance(hours=1, seconds=-1)
    assert shown(family)[0]
    clock.advance(seconds=1)
    assert shown(family) == [False] * 3
    assert enters(app, world, world.head().person).get("/account/names").status_code == 302
    assert masked_name(student, "Асан уулу", "Бакыт", "").startswith("А. Б. ")


def test_the_limits_of_an_auditor_hold_on_every_page_and_end_by_themselves(app, world, clock):
    case = world.teacher().requests_correction()
    other = School(world.session)
    today = local_day(clock())
    journal, theirs = f"/journal/{world.school.offering}", f"/journal/{other.offering}"
    ours = world.school.institute
    semester = ReadingLimits(date(2026, 9, 1), date(2026, 12, 31))
    before = ReadingLimits(None, date(2026, 1, 31))
    people = ReadingLimits(kinds=frozenset({"people"}))
    for unit, limits, answers in (
        (ours, None, (200, 404, 200, 200, 404, 404)),
        (other.institute, None, (404, 200, 404, 404, 404, 404)),
        (None, semester, (200, 200, 200, 200, 404, 404)),
        (None, before, (404, 404, 404, 200, 404, 404)),
        (None, people, (404, 404, 404, 200, 404, 200)),
        (None, None, (200, 200, 200, 200, 200, 200)),
    ):
        browser = enters(app, world, audits(world, unit, limits))
        places = (journal, theirs, f"/cases/{case}", f"/people/{world.student}", "/takeovers", "/backups")
        found = tuple(browser.get(place).status_code for place in places)
        assert found == answers, (unit, limits)
        if browser.get("/journal").status_code == 200:
            listed = browser.get("/journal").text
            assert (journal in listed, theirs in listed) == (answers[0] == 200, answers[1] == 200)
            sheets = browser.get("/sheets")
            assert sheets.status_code == 200
        assert browser.get("/search?q=Иванов").status_code == 200
    agency = audits(world, None, None, until=today)
    clock.set(datetime(today.year, today.month, today.day, 17, 59, 59, tzinfo=UTC))
    outside = enters(app, world, agency)
    assert outside.get(journal).status_code == 200
    clock.advance(seconds=1)
    assert outside.get(journal).status_code == 404 and outside.get("/account").status_code == 200


def test_who_looked_is_written_once_and_shown_to_whom_it_concerns(app, world, clock):
    school, student = world.school, world.student
    world._grant(student, "student", school.institute)
    grid = f"/journal/{school.offering}"
    teacher = enters(app, world, school.lecturer)
    head = enters(app, world, world.head().person)
    own = enters(app, world, student)
    assert (teacher.get(grid).status_code, reads_of(world.session)) == (200, 0), "his own journal"
    assert "Nobody looked yet" in own.get("/account/reads").text
    for wait, count in ((timedelta(), 1), (timedelta(minutes=14, seconds=59), 1), (timedelta(seconds=1), 2)):
        clock.advance(seconds=wait.total_seconds())
        assert head.get(grid).status_code == 200
        assert reads_of(world.session) == count
    assert head.get(f"/journal/{new_id()}").status_code == 404 and reads_of(world.session) == 2
    page = own.get("/account/reads").text
    names = load_names([world.head().person, school.lecturer])
    assert page.count(names[world.head().person].full) == 2 and names[school.lecturer].full not in page
    case = world.student_actor().hands_in(world.day(20))
    assert own.get(f"/cases/{case}").status_code == 200 and reads_of(world.session) == 2, "one's own papers"
    directorate = enters(app, world, world.directorate().person)
    assert directorate.get(f"/cases/{case}").status_code == 200 and reads_of(world.session) == 3
    page = own.get("/account/reads").text
    assert "Papers and words of an excuse" in page and f"/cases/{case}" in page
    auditor = enters(app, world, audits(world))
    about, by = (auditor.get(f"/people/{student}/reads{more}").text for more in ("", "?show=by"))
    assert names[world.head().person].full not in about and "Papers and words of an excuse" in about
    assert "Nothing was opened yet" in by
    assert "Records of the audit" in own.get("/account/reads").text, "the auditor looked too"
    assert head.get(f"/people/{student}/reads").status_code == 404


def test_the_role_of_an_auditor_is_given_with_its_limits(app, world):
    it = enters(app, world, world.people["it_admin"])
    agency = world.hires("teacher", None, name="Агенттик")
    page = f"/people/{agency}"

    def gives(**more: Any) -> Any:
        it.get(page)
        form = {"id": str(new_id()), "role": "auditor", "from_": "01.10.2026", "from_outside": "1", **more}
        return it.post(f"{page}/roles", **form)

    refused = gives()
    assert refused.status_code == 422 and "ends by itself" in refused.text
    assert gives(until="31.12.2026", covers_from="01.09.2026", covers_until="31.08.2026").status_code == 422
    given = gives(until="31.12.2026", covers_from="01.09.2026", covers_until="31.12.2026", kinds="cases")
    assert given.status_code == 302
    shown = it.get(page).text
    assert "from outside" in shown and "Requests and their papers" in shown and "2026" in shown
    assert gives(role="teacher", until="31.12.2026").status_code == 422


def test_the_office_erases_the_texts_of_a_person_after_the_years_and_not_before(app, world, clock):
    office = enters(app, world, world.office().person)
    student = world.student
    assert "so nothing is erased" in office.get(f"/people/{student}/erasure").text
    assert enters(app, world, world.people["it_admin"]).get(f"/people/{student}/erasure").status_code == 404
    gone = world.hires("teacher", None, name="Кеткен")
    world.session.rollback()
    act = replace(world.office().act(), person=gone)
    with door.write(act) as session:
        session.execute(
            text(
                "UPDATE people.role_grant SET valid_from = '2019-01-01', valid_until = '2020-12-31'"
                " WHERE person_id = :p"
            ),
            {"p": gone},
        )
    form = {"document": "№ 12", "decided_on": "13.10.2026", "words": "Архив комиссиясы чечти", "sure": "1"}
    address = f"/people/{gone}/erasure"
    before = bodies(world)
    assert office.get(address).status_code == 200
    assert office.post(address, **form | {"sure": ""}).status_code == 422
    assert office.post(address, **form | {"document": ""}).status_code == 422
    assert office.post(address, **form).status_code == 302
    assert bodies(world)[: len(before)] == before, "records keep their bytes, so every proof stays valid"
    assert office.post(address, **form).status_code == 409
    assert "were erased on" in office.get(address).text


def bodies(world: World) -> list[tuple[int, str]]:
    world.session.rollback()
    found = world.session.execute(select(AuditRecord.id, AuditRecord.body).order_by(AuditRecord.id))
    return [(row.id, row.body) for row in found]
