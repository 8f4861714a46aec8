"""The calendar's pages: everybody of the staff reads, few change, and before a change one sees what would move."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from app.diagrams import versions
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from app.people.models import Account
from app.regulation.queries import load_regulation_snapshot, load_unit_deadline_calendar
from tests.scenarios.calendar import counts_anew, due, pauses, puts, works_week
from tests.scenarios.world import World
from tests.web.browser import Browser, hidden

THURSDAY, FRIDAY, SATURDAY = (date(2026, 10, day) for day in (15, 16, 17))
NAMES = {"name_ky": "Шаар күнү", "name_ru": "День города", "name_en": "City day"}


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def office(world, visitor):
    return enters(world, visitor, world.people["academic_office"])


def enters(world, visitor: Browser, person) -> Browser:
    """Somebody of the world comes in."""
    world.session.merge(Account(person_id=person, login=str(person), password="never"))
    world.session.commit()
    visitor.enter(person)
    return visitor


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form that sends a previewed change."""
    form = page[page.index('action="/calendar"') :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found if name != "csrf_token"}


def previews(visitor: Browser, day: date, unit="", **given: str):
    page = visitor.get(f"/calendar?day={day.isoformat()}&unit={unit}").text
    asked = {"what": "day", "day": day.isoformat(), "unit": str(unit), "seen": hidden(page, "seen")}
    return visitor.post(
        "/calendar/preview",
        **{**asked, "kind": "off", "origin": "university", "source": "№ 14", **NAMES, **given},
    )


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(answer.text)).split())


def works(world, day, unit=None) -> bool:
    world.session.rollback()
    return load_unit_deadline_calendar(world.session, unit, THURSDAY).is_workday(day)


def test_a_year_shows_each_kind_of_day_with_a_letter_and_words(world, office):
    puts(world.office(), FRIDAY)
    works_week(world.office(), 5, THURSDAY)
    puts(world.office(), SATURDAY, "working", origin="government")
    page = office.get("/calendar?year=2026").text
    for kind, letter in (("public", "H"), ("government", "G"), ("university", "U"), ("working", "W")):
        assert re.search(rf'<td class="cal-day cal-{kind}[^>]*title="[^"]+">.*?<i [^>]*>{letter}</i>', page)
    assert page.count('<table class="cal-month">') == 12
    assert "City day" in page and "Victory Day" in page and "weekend" in page


@pytest.mark.parametrize("role", ["teacher", "department_head", "auditor", "curator", "it_admin"])
def test_all_of_the_staff_read_and_do_not_change(world, visitor, role):
    unit = world.school.department if role == "department_head" else None
    enters(world, visitor, world.hires(role, unit, name="Окурман"))
    for path in ("/calendar", "/calendar/units", "/calendar/changes", f"/calendar?day={FRIDAY}"):
        page = visitor.get(path)
        assert page.status_code == 200 and "/calendar/preview" not in page.text
    assert previews_blindly(visitor).status_code == 404


def previews_blindly(visitor):
    return visitor.post("/calendar/preview", what="day", day=FRIDAY.isoformat(), kind="off", source="x")


def test_students_have_no_calendar_of_the_staff(world, visitor):
    enters(world, visitor, world.student)
    assert visitor.get("/calendar").status_code == 404


def test_before_a_change_one_sees_what_would_move_and_after_it_what_moved(world, office):
    case = world.teacher().requests_correction()
    number = world.case(case).number
    page = previews(office, THURSDAY)
    assert "1 open deadline would move." in text_of(page) and number in page.text
    assert works(world, THURSDAY), "nothing is written by looking"
    sent = fields(page.text)
    answer = office.post("/calendar", **sent)
    assert answer.status_code == 302 and not works(world, THURSDAY)
    assert "being counted anew" in text_of(office.get(answer.location))
    counts_anew(world)
    done = text_of(office.get(answer.location))
    assert "1 open deadline moved." in done and number in done and "City day" in done
    assert local_day(due(world, case)) == FRIDAY
    assert office.post("/calendar", **sent).location == answer.location, "a repeat is harmless"
    assert "deadlines moved: 1" in text_of(office.get("/calendar/changes"))


def test_a_change_nothing_depends_on_says_so(world, office):
    assert "No open deadline moves by it." in text_of(previews(office, date(2026, 12, 15)))


def test_a_refused_form_comes_back_as_it_was_typed(world, office):
    answer = previews(office, FRIDAY, name_ru="", source="Буйрук № 99")
    assert answer.status_code == 422
    assert "Буйрук № 99" in answer.text and 'aria-describedby="name_ru-error"' in answer.text


def test_a_day_that_has_begun_asks_why_and_keeps_it_for_those_who_keep_the_calendar(world, office):
    today = local_day(world.clock())
    assert previews(office, today).status_code == 422
    page = previews(office, today, reason="Өрт болду")
    where = office.post("/calendar", **fields(page.text)).location
    assert "Өрт болду" in office.get(where).text
    enters(world, office, world.people["department_head"])
    assert "Өрт болду" not in office.get(where).text


def test_who_was_slower_is_told_and_nothing_is_overwritten(world, office):
    page = previews(office, FRIDAY)
    puts(world.office(), FRIDAY, "short")
    answer = office.post("/calendar", **fields(page.text))
    assert answer.status_code == 409 and "Someone else changed this day" in text_of(answer)
    assert works(world, FRIDAY)


def test_a_day_is_taken_out_of_the_calendar(world, office):
    puts(world.office(), FRIDAY)
    page = previews(office, FRIDAY, what="remove")
    office.post("/calendar", **fields(page.text))
    assert works(world, FRIDAY)


def test_a_directorate_opens_its_own_institute_and_changes_nothing_else(world, visitor):
    enters(world, visitor, world.people["directorate"])
    institute = world.school.institute
    page = visitor.get(f"/calendar?day={FRIDAY}").text
    assert f'name="unit" value="{institute}"' in page
    answer = visitor.post("/calendar", **fields(previews(visitor, FRIDAY, institute).text))
    assert answer.status_code == 302
    assert not works(world, FRIDAY, world.school.department) and works(world, FRIDAY)
    university = {"what": "day", "day": SATURDAY.isoformat(), "unit": "", "kind": "off", "source": "№ 1"}
    for path in ("/calendar/preview", "/calendar"):
        answer = visitor.post(path, **university, origin="university", id=str(new_id()), **NAMES)
        assert answer.status_code == 403


def test_a_week_is_changed_for_a_unit(world, office):
    unit = world.school.institute
    page = office.post("/calendar/preview", what="week", unit=str(unit), days="5", since=FRIDAY.isoformat())
    assert office.post("/calendar", **fields(page.text)).status_code == 302
    assert not works(world, SATURDAY, unit) and works(world, SATURDAY)
    units = text_of(office.get("/calendar/units"))
    assert "as above it" in units
    again = office.post("/calendar/preview", what="week", unit="", days="5", since="2026-10-14")
    assert again.status_code == 422 and 'id="since-error"' in again.text


def test_a_pause_is_recorded_and_ended(world, office):
    page = office.post(
        "/calendar/preview",
        what="pause",
        unit="",
        kind="outage",
        starts_at="2026-10-14T12:00",
        ends_at="2026-10-16T12:00",
        reference="Акт № 3",
    )
    office.post("/calendar", **fields(page.text))
    units = office.get("/calendar/units").text
    assert "Акт № 3" in units and "failure of the system" in units
    pause = hidden(units, "pause")
    page = office.post("/calendar/preview", what="end", unit="", pause=pause)
    office.post("/calendar", **fields(page.text))
    assert "Pause of deadlines cancelled" in text_of(office.get("/calendar/changes"))
    assert "Акт № 3" not in office.get("/calendar/units").text


def test_a_year_without_confirmed_days_warns_loudly_and_names_what_runs_into_it(world, office, clock):
    clock.advance(days=77)
    case = world.teacher().requests_correction()
    assert local_day(due(world, case)).year == 2026
    puts(world.office(), date(2026, 12, 31), reason="")
    counts_anew(world)
    enters(world, office, world.people["academic_office"])
    page = office.get("/calendar?year=2027")
    assert "The days of 2027 are not confirmed." in text_of(page)
    assert "1 open deadline runs into this year." in text_of(page) and world.case(case).number in page.text
    assert "not confirmed" not in office.get("/calendar?year=2026").text
    sent = {"what": "year", "year": "2027", "id": hidden(page.text, "id")}
    assert office.post("/calendar", **sent, source="").status_code == 422
    assert office.post("/calendar", **sent, source="№ 12 токтом").status_code == 302
    assert "not confirmed" not in office.get("/calendar?year=2027").text
    world.session.rollback()
    assert 2027 in load_regulation_snapshot(world.session).confirmed_years


def test_the_office_moves_the_last_day_for_work_offs_and_sees_what_moves(world, office):
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case)
    page = office.get("/calendar/semesters").text
    kept = dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"\s+inputmode="numeric"', page))
    asked = {"what": "semester", "semester": hidden(page, "semester"), "seen": hidden(page, "seen"), **kept}
    refused = office.post("/calendar/preview", **{**asked, "makeup_until": "2026-12-12"})
    assert refused.status_code == 422 and "the semester is running" in text_of(refused)
    looked = office.post("/calendar/preview", **{**asked, "makeup_until": "2026-12-12", "reason": "Буйрук"})
    assert "1 open deadline would move." in text_of(looked) and world.case(case).number in looked.text
    where = office.post("/calendar", **fields(looked.text)).location
    counts_anew(world)
    assert "1 open deadline moved." in text_of(office.get(where))
    assert "Make-up deadline of the semester" in text_of(office.get("/calendar/changes"))
    enters(world, office, world.people["directorate"])
    assert "/calendar/preview" not in office.get("/calendar/semesters").text
    assert office.post("/calendar", **{**asked, "id": str(new_id()), "reason": "Буйрук"}).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/calendar?year=99999",
        "/calendar?year=x",
        "/calendar?day=2026-13-40",
        "/calendar?unit=x",
        "/calendar/changes?below=x~y",
        "/calendar/changes?change=x",
        "/calendar/changes?change=01a2192f-35d2-7127-8147-cddae8ae6dbd",
        "/calendar?unit=01a2192f-35d2-7127-8147-cddae8ae6dbd",
    ],
)
def test_a_broken_address_is_no_failure(world, office, path):
    assert office.get(path).status_code in (200, 404, 422)


@pytest.mark.parametrize("what", ["", "siesta", "day", "remove", "week", "pause", "end", "year", "semester"])
def test_an_empty_form_is_no_failure(world, office, what):
    for path in ("/calendar/preview", "/calendar"):
        assert office.post(path, what=what).status_code in (404, 422)


def test_a_list_of_changes_is_paged_by_key(world, office):
    for number in range(30):
        puts(world.office(), date(2026, 11, 1 + number), id=None)
    page = office.get("/calendar/changes").text
    onward = re.search(r'rel="next" href="([^"]+)"', page)
    rest = office.get(html.unescape(onward[1])).text
    assert page.count('class="row-link"') == 25 and rest.count('class="row-link"') == 5


def test_a_pause_of_the_university_is_drawn_in_its_year(world, office):
    pauses(world.office(), world.clock(), 30)
    assert (
        "deadlines paused" in re.search(r'cal-paused[^"]*" title="([^"]+)"', office.get("/calendar").text)[1]
    )
