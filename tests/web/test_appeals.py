"""Pages around an appeal: the student's result with its ways and flag, the sheet, the form (6.2, 6.3)."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from app.cases.commands.start import start_case
from app.cases.commands.withdraw import withdraw_case_by_requester
from app.diagrams import versions
from app.kernel import door
from app.kernel.ids import new_id
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios import appeals
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import World
from tests.support.query_counter import statements
from tests.web.browser import hidden

LAST = datetime(2026, 10, 15, 17, 59, 59, tzinfo=UTC)


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    made = World(db_session, clock)
    made._grant(made.student, "student", made.school.institute)
    return made


@pytest.fixture
def sheets(world, settings):
    return Sheets(world, event_handlers_by_type(settings))


@pytest.fixture
def result(world, sheets):
    """A published result of the world's student, and a commission that may decide about it."""
    appeals.commission(world)
    return appeals.signed(world, sheets)


def result_dispute(world, result):
    case = new_id()
    act = world.student_actor().act()
    with door.write(act):
        start_case(
            act, case, "result_dispute", {"appeal": {"result": str(result)}, "reason": "Эсеп туура эмес."}
        )
    return case


def marks(browser):
    return html.unescape(browser.get("/student/marks").text)


def links(text, part):
    return [address for address in re.findall(r'href="([^"]+)"', text) if part in address]


def test_a_result_offers_both_ways_with_their_terms(world, enter, result):
    page = marks(enter(world.student))
    assert links(page, f"start/appeal?result={result}")
    assert links(page, f"start/result_dispute?result={result}")
    assert "Due in 1 working day" in page and "Due in 3 working days" in page
    assert "under appeal" not in page and "what is still possible" not in page


@pytest.mark.clause("1.5.2")
def test_an_appeal_and_a_disputed_result_show_the_sheet_of_record(world, enter, sheets, result):
    sheet = sheets.row()
    asked = result_dispute(world, result)
    (task,) = world.open_tasks(asked)
    text = enter(world.school.lecturer).get(f"/tasks/{task.id}").text
    assert links(text, f"/sheets/{sheet.id}") and "The academic office has not approved it yet." in text
    student = enter(world.student).get(f"/cases/{asked}").text
    assert "Grade sheet" in student and not links(student, "/sheets/"), (
        "he sees which sheet, not the others on it"
    )
    appeal = appeals.appeals(world, result)
    assert links(enter(world.people["academic_office"]).get(f"/cases/{appeal}").text, f"/sheets/{sheet.id}")


def test_after_the_last_second_the_appeal_needs_words_and_the_teacher_is_still_asked(world, enter, result):
    world.clock.set(LAST)
    student = enter(world.student)
    assert "what is still possible" not in marks(student)
    world.clock.advance(seconds=1)
    page = marks(student)
    assert "A deadline has passed: what is still possible" in page
    later = page.split("what is still possible")[1]
    assert links(later, f"start/appeal?result={result}") and "Write why you come later" in later
    assert not links(later, f"start/result_dispute?result={result}")


def test_under_appeal_the_result_is_flagged_and_nothing_else_is_offered(world, enter, result):
    case = appeals.appeals(world, result)
    page = marks(enter(world.student))
    assert "under appeal" in page and links(page, f"/cases/{case}")
    assert not links(page, "start/appeal") and not links(page, "start/result_dispute")


def test_who_asked_his_teacher_sees_that_and_may_still_appeal(world, enter, result):
    student = enter(world.student)
    address = links(marks(student), "start/result_dispute")[0]
    form = student.get(address)
    sent = student.post(
        address, id=hidden(form.text, "id"), appeal_result=str(result), reason="Эсеп туура эмес."
    )
    assert sent.status_code == 302, sent.text
    page = marks(student)
    assert "has not answered yet" in page and links(page, sent.headers["Location"].rsplit("/", 1)[1])
    assert links(page, "start/appeal") and not links(page, "start/result_dispute")


def test_what_a_commission_decided_says_so_instead_of_a_button(world, enter, sheets, result):
    case = appeals.appeals(world, result)
    appeals.decided(world, case, "KEEP", "KEEP", "KEEP", points=None)
    page = marks(enter(world.student))
    assert not links(page, "start/appeal") and not links(page, "start/result_dispute")
    assert "under appeal" not in page and "decided" in page


def test_an_appeal_taken_back_opens_both_ways_again(world, enter, result):
    case = appeals.appeals(world, result)
    student = enter(world.student)
    page = student.get(f"/cases/{case}")
    version = hidden(page.text, "version") if 'name="version"' in page.text else ""
    sent = student.post(f"/cases/{case}/withdraw", reason="Түшүндүм", version=version)
    assert sent.status_code == 302, sent.text
    page = marks(student)
    assert links(page, "start/appeal") and links(page, "start/result_dispute")


def test_the_sheet_flags_the_line_and_says_how_many(world, enter, sheets, result):
    address = f"/sheets/{sheets.row().id}"
    teacher = enter(world.school.lecturer)
    assert "under appeal" not in teacher.get(address).text
    case = appeals.appeals(world, result)
    page = teacher.get(address).text
    assert "1 result is under appeal" in page and links(page, f"/cases/{case}")
    (task,) = world.open_tasks(sheets.case())
    head = enter(world.people["department_head"])
    assert "under appeal" in head.get(f"/tasks/{task.id}").text, "who approves sees it beside the lines"
    world.head().approves(sheets.case())
    world.office().approves(sheets.case())
    assert "under appeal" in teacher.get(address).text and sheets.row().state == "APPROVED"


def test_who_may_not_open_the_case_sees_the_flag_without_a_link(world, enter, sheets, result):
    case = appeals.appeals(world, result)
    colleague = world.hires("teacher", world.school.department, name="Башка")
    assert enter(colleague).get(f"/cases/{case}").status_code == 404
    other = world.school.students[1]
    world._grant(other, "student", world.school.institute)
    page = marks(enter(other))
    assert "under appeal" not in page and not links(page, f"/cases/{case}")
    assert enter(other).get(f"/cases/start/appeal?result={result}").status_code == 404


def test_a_refused_form_keeps_what_was_typed(world, enter, result):
    world.clock.set(LAST)
    world.clock.advance(seconds=1)
    student = enter(world.student)
    address = f"/cases/start/appeal?result={result}"
    form = student.get(address)
    assert "The deadline has passed" in form.text
    why = "Экинчи маселе туура чыгарылган."
    sent = student.post(address, id=hidden(form.text, "id"), appeal_result=str(result), reason=why)
    assert sent.status_code == 422 and why in sent.text and "f-late" in sent.text
    again = student.post(
        address,
        id=hidden(sent.text, "id"),
        appeal_result=str(result),
        reason=why,
        late="Ооруканада болгом",
    )
    assert again.status_code == 302, again.text


def test_the_day_names_the_term_of_an_appeal(world, enter, result):
    world.clock.set(LAST)
    student = enter(world.student)
    assert "An appeal against the result" in student.get("/student").text
    world.clock.advance(seconds=1)
    assert "An appeal against the result" not in student.get("/student").text


def test_the_page_costs_the_same_however_many_are_under_appeal(world, enter, sheets, result):
    teacher, counts = enter(world.school.lecturer), []
    address = f"/sheets/{sheets.row().id}"
    for student in world.school.students[:3]:
        appeals.appeals(world, sheets.result(student).id, world.student_actor(student))
        with statements() as seen:
            assert teacher.get(address).status_code == 200
        counts.append(len(seen))
    assert len(set(counts)) == 1, counts


def test_the_commission_reads_what_the_teacher_explained(world, enter, result):
    case = appeals.appeals(world, result)
    appeals.heard(world, case)
    (task,) = world.open_tasks(case)
    page = enter(appeals.secretary(world, case).person).get(f"/tasks/{task.id}")
    assert page.status_code == 200 and "Экинчи маселенин жолу жазылган эмес." in page.text


def test_office_and_it_read_the_protocol_they_verify_and_the_student_its_number(world, enter, sheets, result):
    case = appeals.appeals(world, result)
    appeals.decided(world, case)
    correction = appeals.correction(world, sheets)
    for role in ("academic_office", "it_admin"):
        (task,) = world.open_tasks(correction)
        page = enter(world.people[role]).get(f"/tasks/{task.id}").text
        assert appeals.MOTIVE in page and links(page, f"/cases/{case}") and "1/2026" in page
        assert links(page, f"/sheets/{sheets.row().id}"), "the sheet of record (1.5.2)"
        world.actor(role).approves(correction)
    student = enter(world.student)
    assert "changed by commission decision" in marks(student) and "1/2026" in marks(student)
    assert "1/2026" in student.get(f"/cases/{case}").text
    page = marks(student)
    assert not links(page, "start/appeal") and not links(page, "start/result_dispute"), (
        "a commission decided it"
    )


def test_words_for_a_missed_term_are_asked_only_after_it(world, enter, result):
    address = f"/cases/start/appeal?result={result}"
    world.clock.set(LAST)
    student = enter(world.student)
    assert 'name="late"' not in student.get(address).text
    world.clock.advance(seconds=1)
    assert 'name="late"' in student.get(address).text


def test_a_step_the_case_went_past_is_not_shown_as_still_to_come(world, enter, result):
    case = appeals.appeals(world, result)
    student = enter(world.student)
    steps = re.findall(r'class="step-label">([^<]+)<', student.get(f"/cases/{case}").text)
    assert len(steps) == 6 and not any("commission" in step.lower() for step in steps), steps
    assert "Arranging the re-examination" not in steps, "only one decision leads there"


@pytest.mark.clause("6.3")
def test_the_secretary_is_offered_the_admission_that_this_appeal_allows(world, enter, result):
    def offered(case):
        (task,) = world.open_tasks(case)
        page = enter(appeals.hearing(world, case).secretary_id).get(f"/tasks/{task.id}").text
        return re.findall(r'name="decision" value="([^"]+)"', page)

    in_time = appeals.appeals(world, result)
    assert offered(in_time) == ["admit", "inadmissible", "step_aside"]
    with door.write(world.student_actor().act()):
        withdraw_case_by_requester(world.student_actor().act(), in_time, "Түшүндүм")
    world.clock.set(LAST + timedelta(seconds=1))
    late = appeals.appeals(world, result, late="Ооруканада болгом")
    assert offered(late) == ["restore", "inadmissible", "step_aside"]


def test_the_page_of_a_start_names_who_gets_it_in_the_order_of_the_way(world, enter, result):
    page = html.unescape(enter(world.student).get(f"/cases/start/appeal?result={result}").text)
    way = "Secretary of the commission → Chair of the commission → Teacher"
    assert f"The request goes: {way}" in page
