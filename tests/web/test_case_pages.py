"""Requests, tasks and the inbox as pages: a first press, a second one, and what is refused without losing a word."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.cases.models import Case, History, Incident, Task
from app.files.models import File
from app.kernel.ids import new_id
from tests.cases.test_hostile_diagrams import leads, publish
from tests.files.pictures import pdf
from tests.web.browser import Browser, hidden
from tests.web.campus import Campus

REASON = "Жаңылып терилген: студент сабакта отурган."


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    return Campus(app, db_session, clock)


def enter(campus: Campus, role: str, locale: str = "en") -> Browser:
    return Browser(campus.app, locale).enter(campus.near[role])


def count(campus: Campus, model: Any, *conditions: Any) -> int:
    campus.world.session.rollback()
    return campus.world.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def case_of(campus: Campus) -> Any:
    return campus.things["case_id"]


def task_of(campus: Campus) -> Any:
    return campus.things["task_id"]


@pytest.fixture
def lesson(campus: Campus) -> UUID:
    """An old lesson at which the student was marked absent, and about which nobody has asked yet."""
    return campus.world.missed(20)


def request_path(campus: Campus, lesson: UUID) -> str:
    return f"/cases/start/late_correction?cells={lesson}:{campus.world.student}:ATTENDANCE"


def request_form(campus: Campus, case: UUID, lesson: UUID, **other: Any) -> dict[str, Any]:
    """What the page of the start sends for the absent student."""
    cell = f"{lesson}:{campus.world.student}:ATTENDANCE"
    return {
        "id": str(case),
        "cell": f"{cell}:1",
        f"new:{cell}:1": "PRESENT",
        "error_kind": "typo",
        "reason": REASON,
        **other,
    }


# --- the start --------------------------------------------------------------------------------------------


def test_a_request_sent_twice_is_one_case(campus, lesson):
    teacher, case = enter(campus, "teacher"), new_id()
    path = request_path(campus, lesson)
    first = teacher.post(path, **request_form(campus, case, lesson))
    again = teacher.post(path, **request_form(campus, case, lesson))
    assert first.status_code == again.status_code == 302 and first.location == again.location
    assert count(campus, Case, Case.id == case) == 1
    assert count(campus, History, History.case_id == case, History.kind == "started") == 1


def test_a_request_without_its_reason_comes_back_with_everything_else(campus, lesson):
    teacher, case = enter(campus, "teacher"), new_id()
    path = request_path(campus, lesson)
    answer = teacher.post(path, **request_form(campus, case, lesson, reason=" "))
    assert answer.status_code == 422 and hidden(answer.text, "id") == str(case)
    assert 'aria-invalid="true"' in answer.text
    assert count(campus, Case, Case.id == case) == 0


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(b"%PDF-1.7\n" + b"\0" * (10 * 1024 * 1024 + 1), 422, id="over ten megabytes"),
        pytest.param(b"\x7fELF" + b"\0" * 1000, 422, id="a program that calls itself pdf"),
        pytest.param(b"", 422, id="nothing"),
        pytest.param(b"%PDF-1.7\n" + b"\0" * (13 * 1024 * 1024), 413, id="over what a request may carry"),
    ],
)
def test_a_bad_file_is_named_and_leaves_neither_case_nor_file(campus, content: bytes, status: int, lesson):
    teacher, case = enter(campus, "teacher"), new_id()
    before = count(campus, File)
    form = request_form(campus, case, lesson, files=(io.BytesIO(content), "акт.pdf"))
    path = request_path(campus, lesson)
    answer = teacher.post(path, **form)
    assert answer.status_code == status, answer.text[:300]
    if status == 422:
        assert REASON in answer.text
    assert count(campus, Case, Case.id == case) == 0 and count(campus, File) == before


def test_evidence_travels_with_the_request_once(campus, lesson):
    teacher, case = enter(campus, "teacher"), new_id()
    path = request_path(campus, lesson)
    before = count(campus, File)
    for _ in range(2):
        form = request_form(campus, case, lesson, files=(io.BytesIO(pdf()), "акт.pdf"))
        assert teacher.post(path, **form).status_code == 302
    assert count(campus, File) == before + 1
    assert "акт.pdf" in enter(campus, "department_head").get(f"/cases/{case}").text


# --- a task -----------------------------------------------------------------------------------------------


def test_a_decision_pressed_twice_is_taken_once(campus):
    head = enter(campus, "department_head")
    for _ in range(2):
        assert head.post(f"/tasks/{task_of(campus)}", decision="approve").status_code == 302
    steps = History.case_id == case_of(campus), History.kind == "completed"
    assert count(campus, History, *steps) == 1


def test_another_decision_after_the_first_is_told_who_was_before(campus):
    head = enter(campus, "department_head")
    head.post(f"/tasks/{task_of(campus)}", decision="approve")
    late = head.post(f"/tasks/{task_of(campus)}", decision="reject", reason="Ойлонуп көрдүм, болбойт")
    assert late.status_code == 409 and "completed this task" in late.text
    assert count(campus, History, History.case_id == case_of(campus), History.kind == "completed") == 1


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_a_return_without_a_reason_comes_back_and_decides_nothing(campus, decision: str):
    head = enter(campus, "department_head")
    answer = head.post(f"/tasks/{task_of(campus)}", decision=decision, reason="")
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text
    assert count(campus, History, History.case_id == case_of(campus), History.kind == "completed") == 0


def test_what_was_typed_is_kept_and_shown_again(campus):
    head = enter(campus, "department_head")
    words = "Деканаттын актысы керек"
    assert (
        head.json("PUT", f"/tasks/{task_of(campus)}/draft", {"values": {"reason": words}}).status_code == 204
    )
    assert words in head.get(f"/tasks/{task_of(campus)}").text
    assert words in enter(campus, "department_head").get(f"/tasks/{task_of(campus)}").text
    head.post(f"/tasks/{task_of(campus)}", decision="return", reason=words)
    assert count(campus, History, History.case_id == case_of(campus), History.decision == "return") == 1


def test_a_draft_is_seen_by_nobody_else(campus):
    enter(campus, "department_head").json(
        "PUT", f"/tasks/{task_of(campus)}/draft", {"values": {"reason": "Купуя сөз"}}
    )
    for role in ("directorate", "academic_office", "it_admin", "auditor", "teacher"):
        assert "Купуя сөз" not in enter(campus, role).get(f"/tasks/{task_of(campus)}").text, role


def test_a_visa_typed_while_the_session_ended_is_given_after_signing_in(campus):
    head = enter(campus, "department_head")
    page = head.get(f"/tasks/{task_of(campus)}")
    assert page.status_code == 200
    other = enter(campus, "department_head")
    other.post("/account/sessions/end-others")
    answer = head.post(
        f"/tasks/{task_of(campus)}", decision="return", reason="Далил жетишпейт, кайра караңыз"
    )
    assert answer.status_code == 401 and "what you typed is kept" in answer.text
    assert hidden(answer.text, "carry")
    assert count(campus, History, History.case_id == case_of(campus), History.kind == "completed") == 0


def test_a_diagram_that_goes_round_a_role_is_refused_kindly_and_told_to_it_once(campus):
    world = campus.world
    publish(world, leads("request_made", "forward_directorate"))
    second = world.school.lesson(world.clock() - timedelta(days=19))
    world._marked_absent_at(second, world.school.teacher_act)
    case = world.teacher().requests_correction(world.edit(lesson=str(second)))
    world.directorate().approves(case)
    world.office().approves(case)
    (task,) = world.open_tasks(case)
    it = enter(campus, "it_admin")
    for _ in range(2):
        answer = it.post(f"/tasks/{task.id}", decision="approve")
        assert answer.status_code == 409 and "An approval is missing" in answer.text
    told = Incident.case_id == case, Incident.code == "operations.approval.missing"
    assert count(campus, Incident, *told) == 1
    assert world.case(case).status == "open" and world.school.cell(second, world.student).value == "ABSENT"
    page = it.get("/incidents").text
    assert world.case(case).number in page and "An approval is missing." in page


# --- taking back, talking, attaching ----------------------------------------------------------------------


def test_a_request_is_withdrawn_before_the_first_decision_and_twice_is_harmless(campus):
    teacher = enter(campus, "teacher")
    for _ in range(2):
        answer = teacher.post(f"/cases/{case_of(campus)}/withdraw", reason="Кереги жок болуп калды")
        assert answer.status_code == 302
    assert campus.world.case(case_of(campus)).status == "withdrawn"
    assert count(campus, Task, Task.case_id == case_of(campus), Task.closed_at.is_(None)) == 0
    assert count(campus, History, History.case_id == case_of(campus), History.kind == "withdrawn") == 1


def test_after_the_first_decision_it_cannot_be_withdrawn(campus):
    campus.world.head().approves(case_of(campus))
    answer = enter(campus, "teacher").post(f"/cases/{case_of(campus)}/withdraw", reason="Кереги жок")
    assert answer.status_code == 409 and "A decision has already been made" in answer.text
    assert campus.world.case(case_of(campus)).status == "open"


def test_only_the_requester_withdraws(campus):
    answer = enter(campus, "department_head").post(f"/cases/{case_of(campus)}/withdraw", reason="Башка киши")
    assert answer.status_code == 403 and campus.world.case(case_of(campus)).status == "open"


def test_a_comment_sent_twice_is_one_and_an_empty_one_is_none(campus):
    head, said = enter(campus, "department_head"), str(new_id())
    for _ in range(2):
        answer = head.post(f"/cases/{case_of(campus)}/comments", id=said, text="Скан кайда?")
        assert answer.status_code == 302
    assert head.get(f"/cases/{case_of(campus)}").text.count("Скан кайда?") == 1
    assert head.post(f"/cases/{case_of(campus)}/comments", id=str(new_id()), text="  ").status_code == 422


def test_a_file_attached_to_a_case_is_named_in_it_once(campus):
    teacher, drawn = enter(campus, "teacher"), str(new_id())
    for _ in range(2):
        answer = teacher.post(
            f"/cases/{case_of(campus)}/files", id=drawn, file=(io.BytesIO(pdf()), "барак.pdf")
        )
        assert answer.status_code == 302
    assert count(campus, File, File.id == UUID(drawn)) == 1
    assert teacher.post(f"/cases/{case_of(campus)}/files", id=str(new_id())).status_code == 422


def test_the_drawing_of_a_case_speaks_the_language_of_its_reader(campus):
    drawn = {
        said: enter(campus, "teacher", said).get(f"/cases/{case_of(campus)}/diagram.json").json["names"]
        for said in ("en", "ru")
    }
    assert drawn["en"]["lane_it_admin"] == "IT administrator"
    assert drawn["ru"]["late_correction"] == "Техническая корректировка после срока"


# --- the inbox --------------------------------------------------------------------------------------------


@pytest.fixture
def pooled(campus) -> list[UUID]:
    """Two tasks that wait for the academic office, where two people work."""
    world = campus.world
    second = world.school.lesson(world.clock() - timedelta(days=19))
    world._marked_absent_at(second, world.school.teacher_act)
    cases = [case_of(campus), new_id()]
    world.teacher().starts(cases[1], [world.edit(lesson=str(second))])
    for case in cases:
        world.head().approves(case)
        world.directorate().approves(case)
    return [world.open_tasks(case)[0].id for case in cases]


def test_a_task_of_the_role_is_claimed_given_back_and_claimed_by_another(campus, pooled):
    one, other = (
        enter(campus, "academic_office"),
        Browser(campus.app, "en").enter(campus.colleague["academic_office"]),
    )
    assert one.post(f"/tasks/{pooled[0]}/claim").status_code == 302
    assert one.post(f"/tasks/{pooled[0]}/claim").status_code == 302
    taken = other.post(f"/tasks/{pooled[0]}/claim")
    assert taken.status_code == 409
    assert one.post(f"/tasks/{pooled[0]}/release").status_code == 302
    assert other.post(f"/tasks/{pooled[0]}/claim").status_code == 302
    assert count(campus, Task, Task.assignee == campus.colleague["academic_office"]) == 1


def test_deciding_is_the_first_button_of_a_task_and_claiming_stands_aside(campus, pooled):
    page = enter(campus, "academic_office").get(f"/inbox?view=pool&task={pooled[0]}").text
    claim = page.split("/claim")[1].split("</form>")[0]
    assert "Claim" in claim and "btn-primary" not in claim
    assert 'class="btn btn-primary"' in page.split('class="decide"')[1]


def test_many_are_claimed_at_once_and_what_failed_says_why(campus, pooled):
    one, other = (
        enter(campus, "academic_office"),
        Browser(campus.app, "en").enter(campus.colleague["academic_office"]),
    )
    other.post(f"/tasks/{pooled[0]}/claim")
    answer = one.send(
        "POST",
        "/inbox/bulk",
        data={"csrf_token": one.token, "verb": "claim", "task": [str(task) for task in pooled]},
    )
    assert answer.status_code == 409 and "taken this task" in answer.text
    assert count(campus, Task, Task.assignee == campus.near["academic_office"]) == 1
    mine = one.get("/inbox?view=mine").text
    assert str(pooled[1]) in mine and str(pooled[0]) not in mine


def test_the_address_of_the_inbox_holds_view_filters_and_search(campus, pooled):
    office = enter(campus, "academic_office")
    assert all(str(task) in office.get("/inbox?view=pool").text for task in pooled)
    number = campus.world.case(case_of(campus)).number
    found = office.get(f"/inbox?q={number}").text
    assert str(pooled[0]) in found and str(pooled[1]) not in found
    assert not any(str(task) in office.get("/inbox?due=later").text for task in pooled)
    empty = office.get("/inbox?q=жокнерсе").text
    assert "No task fits these filters" in empty


@pytest.mark.parametrize("query", ["view=other", "due=never", "after=xyz", "after=bnVsbA", "task=1"])
def test_an_address_of_the_inbox_that_cannot_be_read_is_refused(campus, query: str):
    assert enter(campus, "department_head").get(f"/inbox?{query}").status_code in (404, 422)


def test_the_form_shows_the_way_to_a_correction_that_is_under_way(campus):
    page = enter(campus, "teacher").get(request_path(campus, campus.world.lesson)).text
    running = campus.world.case(case_of(campus))
    assert f"/cases/{running.id}" in page and running.number in page
