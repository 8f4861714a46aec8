"""The pages of the journal: what people see, and every kind of bad input, as pages and as JSON."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from lxml import html

from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.kernel import door
from app.kernel.ids import new_id
from tests.journal.school import NOW
from tests.journal.visitor import Visitor


@pytest.fixture
def teacher(app, school):
    return Visitor(app, school, school.lecturer, "teacher")


@pytest.fixture
def head(app, school):
    return Visitor(app, school, school.person("Башчы", "Бир"), "department_head", school.department)


@pytest.fixture
def stranger(app, school):
    return Visitor(app, school, school.person("Башка", "Мугалим"), "teacher")


@pytest.fixture
def student(app, school):
    return Visitor(app, school, school.students[0], "student")


def cell(lesson, student, value="absent", version=0, kind="attendance", **more):
    return {
        "lesson": str(lesson),
        "student": str(student),
        "kind": kind,
        "value": value,
        "version": version,
        **more,
    }


def test_a_teacher_begins_with_the_day(school, teacher):
    lesson = school.lesson(topic="Limits")
    school.lesson(NOW - timedelta(days=3))
    page = teacher.get("/journal")
    assert page.status_code == 200
    assert f"/journal/lesson/{lesson}" in page.text and "Limits" in page.text
    assert "Still to be entered" in page.text and "entries count as late" in page.text
    assert f"/journal/{school.offering}" in page.text


def test_empty_pages_say_what_will_appear(school, teacher, stranger, student):
    assert "No lessons today" in teacher.get("/journal").text
    assert "No journals yet" in stranger.get("/journal").text
    assert "No lessons today" in student.get("/student").text
    assert "Nothing is missing" in student.get("/student/absences").text
    assert "No requests yet" in student.get("/requests").text
    assert "No documents yet" in student.get("/student/documents").text


def test_the_grid_has_what_its_script_needs(school, teacher):
    lesson = school.lesson()
    page = teacher.get(f"/journal/{school.offering}")
    assert page.status_code == 200
    assert page.text.count('data-student="') == 5
    assert f'data-lesson="{lesson}"' in page.text
    assert "/journal/lesson/{lesson}/rest-present" in page.text
    assert re.search(r'class="c s-not_recorded now"[^>]*data-v="0"', page.text)


def test_a_cell_is_saved_and_answers_its_version(school, teacher):
    lesson, one = school.lesson(), school.students[0]
    answer = teacher.put("/journal/cell", cell(lesson, one))
    assert answer.status_code == 200
    assert answer.json == {
        "value": "absent",
        "version": 1,
        "status": "absent",
        "entered_at": NOW.isoformat(),
        "late": False,
    }
    graded = teacher.put("/journal/cell", cell(lesson, one, "87.5", kind="grade"))
    assert (graded.json["value"], "status" in graded.json) == ("87.5", False)
    number = teacher.put("/journal/cell", cell(lesson, school.students[1], 60, kind="grade"))
    assert number.json["value"] == "60"


def test_a_double_post_is_harmless_and_a_stale_version_shows_what_holds(school, teacher):
    lesson, one = school.lesson(), school.students[0]
    body = cell(lesson, one)
    assert [teacher.put("/journal/cell", body).json["version"] for _ in range(2)] == [1, 1]
    answer = teacher.put("/journal/cell", cell(lesson, one, "present", version=0, reason="no"))
    assert answer.status_code == 409
    assert answer.json["current"] == {"value": "absent", "version": 1}
    assert answer.json["error"]["code"] == "journal.cell.changed"


def test_a_correction_without_reason_asks_for_it(school, teacher):
    lesson, one = school.lesson(), school.students[0]
    teacher.put("/journal/cell", cell(lesson, one, "60", kind="grade"))
    answer = teacher.put("/journal/cell", cell(lesson, one, "70", 1, "grade"))
    assert answer.status_code == 422 and answer.json["error"]["fields"]["reason"]
    answer = teacher.put("/journal/cell", cell(lesson, one, "70", 1, "grade", reason="misread"))
    assert (answer.status_code, answer.json["version"]) == (200, 2)


def test_a_closed_cell_teaches_and_offers_the_prefilled_request(school, teacher):
    lesson, one = school.lesson(NOW - timedelta(days=12)), school.students[0]
    answer = teacher.put("/journal/cell", cell(lesson, one, "60", kind="grade"))
    error = answer.json["error"]
    assert (answer.status_code, error["clause"]) == (409, "4.3.1")
    assert "current" not in answer.json
    place = f"{lesson}:{one}:GRADE"
    assert error["remedy"]["url"].replace("%3A", ":").endswith(f"cells={place}")
    card = teacher.get(f"/journal/cell?lesson={lesson}&student={one}", headers={"X-Fragment": "1"})
    assert "<html" not in card.text
    assert "Why is this cell locked?" in card.text and "How this was computed" in card.text
    assert "/cases/start/late_entry?cells=" in card.text and 'data-clause="4.2.1"' in card.text
    page = teacher.get(f"/journal/cell?lesson={lesson}&student={one}")
    assert "<html" in page.text


@pytest.mark.parametrize(
    "change, field",
    [
        ({"version": "1"}, "version"),
        ({"version": None}, "version"),
        ({"version": -1}, "version"),
        ({"version": 2**40}, "version"),
        ({"version": True}, "version"),
        ({"lesson": "x"}, "lesson"),
        ({"lesson": None}, "lesson"),
        ({"student": 7}, "student"),
        ({"kind": "mood"}, "kind"),
        ({"kind": None}, "kind"),
        ({"value": "excused"}, "value"),
        ({"value": ["absent"]}, "value"),
        ({"value": True}, "value"),
        ({"kind": "grade", "value": "101"}, "value"),
        ({"kind": "grade", "value": "abc"}, "value"),
        ({"kind": "grade", "value": float("1e300")}, "value"),
        ({"reason": 7}, "reason"),
    ],
)
def test_wrong_types_are_named_by_field(school, teacher, change, field):
    answer = teacher.put("/journal/cell", {**cell(school.lesson(), school.students[0]), **change})
    assert answer.status_code == 422
    assert list(answer.json["error"]["fields"]) == [field]
    assert not any(text.startswith(("journal.", "kernel.")) for text in answer.json["error"]["fields"][field])


@pytest.mark.parametrize("body", [None, [], "text", 7])
def test_a_body_that_is_no_object_is_invalid(school, teacher, body):
    assert teacher.put("/journal/cell", body).status_code == 422


def test_bytes_that_are_no_json_are_invalid(school, teacher):
    headers = {"X-CSRFToken": teacher.token, "Accept": "application/json", "Content-Type": "application/json"}
    answer = teacher.send("PUT", "/journal/cell", data=b"{not json", headers=headers)
    assert answer.status_code == 422


def test_without_the_token_nothing_is_written(school, teacher):
    lesson = school.lesson()
    answer = teacher.send("PUT", "/journal/cell", json=cell(lesson, school.students[0]))
    assert answer.status_code == 400
    assert school.cell(lesson, school.students[0]) is None


def test_without_a_session_the_answer_is_401(app, school):
    answer = app.test_client().get("/journal", headers={"Accept": "application/json"})
    assert answer.status_code == 401


def test_foreign_and_absent_answer_byte_for_byte_the_same(school, teacher, stranger, student):
    lesson, one = school.lesson(), school.students[1]
    for someone in (stranger, student):
        for path, nothing in (
            (f"/journal/{school.offering}", f"/journal/{new_id()}"),
            (f"/journal/lesson/{lesson}", f"/journal/lesson/{new_id()}"),
            (
                f"/journal/cell?lesson={lesson}&student={one}",
                f"/journal/cell?lesson={new_id()}&student={one}",
            ),
            (f"/journal/{school.offering}/students/{one}", f"/journal/{new_id()}/students/{one}"),
        ):
            foreign, absent = someone.get(path), someone.get(nothing)
            assert (foreign.status_code, foreign.data) == (404, absent.data), path
    foreign = stranger.put("/journal/cell", cell(lesson, one))
    absent = stranger.put("/journal/cell", cell(new_id(), one))
    assert (foreign.status_code, foreign.data) == (404, absent.data)


def test_a_head_may_look_but_not_write(school, head):
    lesson, one = school.lesson(), school.students[0]
    page = head.get(f"/journal/{school.offering}")
    assert page.status_code == 200 and 'data-k="ag"' in page.text
    assert head.put("/journal/cell", cell(lesson, one)).status_code == 403
    assert head.post_json(f"/journal/lesson/{lesson}/rest-present", {}).status_code == 403
    assert head.post(f"/journal/lesson/{lesson}/roll", {}).status_code == 403
    assert str(school.offering) in head.get("/journal").text
    assert 'name="absent"' not in head.get(f"/journal/lesson/{lesson}").text


def test_the_rest_are_present_answers_the_cells_nobody_had_marked(school, teacher):
    lesson = school.lesson()
    teacher.put("/journal/cell", cell(lesson, school.students[0]))
    answer = teacher.post_json(f"/journal/lesson/{lesson}/rest-present", {})
    assert {one["student"] for one in answer.json["cells"]} == {str(one) for one in school.students[1:]}
    assert answer.json["cells"][0] | {"student": ""} == {"student": "", "value": "present", "version": 0}
    assert answer.json["roll"].startswith("Attendance recorded")
    again = teacher.post_json(f"/journal/lesson/{lesson}/rest-present", {})
    assert (again.status_code, again.json["cells"]) == (200, [])


def seen(school, absent=()):
    return [
        f"{one}:{1 if one in absent else 0}:{'absent' if one in absent else ''}" for one in school.students
    ]


def test_the_roll_is_called_without_a_script(school, teacher):
    lesson = school.lesson()
    page = teacher.get(f"/journal/lesson/{lesson}")
    assert page.text.count('name="absent"') == 5
    form = {"absent": [str(school.students[1])], "seen": seen(school)}
    answer = teacher.post(f"/journal/lesson/{lesson}/roll", form)
    assert (answer.status_code, answer.location) == (302, f"/journal/lesson/{lesson}")
    assert school.cell(lesson, school.students[1]).value == "ABSENT"
    assert school.cell(lesson, school.students[0]) is None
    done = teacher.get(f"/journal/lesson/{lesson}")
    assert "Attendance recorded" in done.text and 'name="absent"' not in done.text


def test_a_lesson_that_has_not_begun_says_from_when_its_roll_is_taken(school, teacher):
    later, over = school.lesson(NOW + timedelta(hours=2), room="214"), school.lesson()
    page = teacher.get(f"/journal/lesson/{later}").text
    assert "The lesson has not begun" in page and "room 214" in page
    assert "The lesson has not begun" not in teacher.get(f"/journal/lesson/{over}").text


def test_a_tick_taken_away_takes_the_mark_back(school, teacher):
    lesson, one = school.lesson(), school.students[0]
    teacher.put("/journal/cell", cell(lesson, one))
    teacher.post(f"/journal/lesson/{lesson}/roll", {"absent": [], "seen": seen(school, [one])})
    assert school.cell(lesson, one).value is None
    assert teacher.put("/journal/cell", cell(lesson, one, "present", 2)).json["status"] == "present"


def test_a_stale_roll_comes_back_with_its_ticks(school, teacher):
    lesson, one = school.lesson(), school.students[0]
    teacher.put("/journal/cell", cell(lesson, one, "absent"))
    teacher.put("/journal/cell", cell(lesson, one, None, 1))
    form = {"absent": [str(one), str(school.students[2])], "seen": seen(school)}
    answer = teacher.post(f"/journal/lesson/{lesson}/roll", form)
    assert answer.status_code == 409
    assert answer.text.count(" checked>") == 2
    assert "Someone else changed this" in answer.text
    assert school.cell(lesson, school.students[2]) is None


@pytest.mark.parametrize(
    "form",
    [
        {"absent": ["x"], "seen": []},
        {"absent": [], "seen": ["nonsense"]},
        {"absent": ["01890000-0000-7000-8000-000000000000"], "seen": []},
        {"absent": [], "seen": ["01890000-0000-7000-8000-000000000000:1:absent"] * 2},
    ],
)
def test_an_unreadable_roll_is_invalid(school, teacher, form):
    lesson = school.lesson()
    assert teacher.post(f"/journal/lesson/{lesson}/roll", form).status_code == 422
    assert teacher.get(f"/journal/lesson/{lesson}").text.count('name="absent"') == 5


def described(**more):
    usual = {
        "version": "1",
        "type": "LAB",
        "topic": "Limits",
        "methods": "talk",
        "task": "p. 12",
        "hours": "2",
    }
    return {**usual, **more}


def test_a_lesson_is_described(school, teacher):
    lesson = school.lesson()
    answer = teacher.post(f"/journal/lesson/{lesson}/describe", described())
    assert answer.status_code == 302
    assert "Limits" in teacher.get(f"/journal/lesson/{lesson}").text


@pytest.mark.parametrize(
    "change, status",
    [
        ({"hours": "two"}, 422),
        ({"hours": ""}, 422),
        ({"hours": "99"}, 422),
        ({"version": "x"}, 422),
        ({"version": "7"}, 409),
        ({"type": "SEMINAR"}, 422),
        ({"task": "x" * 501}, 422),
    ],
)
def test_a_refused_description_keeps_what_was_typed(school, teacher, change, status):
    lesson = school.lesson()
    answer = teacher.post(f"/journal/lesson/{lesson}/describe", described(topic="Kept words", **change))
    assert answer.status_code == status
    assert 'value="Kept words"' in answer.text


def test_a_student_sees_his_marks_and_nobody_elses(school, student):
    lesson = school.lesson()
    act = school.teacher_act()
    with door.write(act):
        record_mark(act, CellEdit(lesson, school.students[0], "ATTENDANCE", "ABSENT", 0))
        record_mark(act, CellEdit(lesson, school.students[0], "GRADE", "88", 0))
        take_roll(act, lesson)
    page = student.get("/student/marks")
    assert page.status_code == 200 and "88" in page.text and "НБ" in page.text
    own = student.get(f"/journal/cell?lesson={lesson}&student={school.students[0]}")
    assert own.status_code == 200 and "Осмонова А." in own.text
    assert student.get("/journal").status_code == 404


def test_a_teacher_opens_one_student_of_his_journal(school, teacher):
    school.lesson()
    page = teacher.get(f"/journal/{school.offering}/students/{school.students[0]}")
    assert page.status_code == 200 and "Асанова" in page.text
    assert teacher.get(f"/journal/{school.offering}/students/{new_id()}").status_code == 404


@pytest.mark.parametrize("path", ["/journal/cell", "/journal/cell?lesson=x&student=y"])
def test_an_address_that_cannot_be_read_is_invalid(school, teacher, path):
    assert teacher.get(path).status_code == 422


def test_the_statements_of_a_save_do_not_grow_with_the_journal(school, teacher, counted):
    first = school.lesson()
    counts = []
    teacher.put("/journal/cell", cell(first, school.students[0]))
    for students, lessons in ((0, 0), (20, 40)):
        for number in range(students):
            school.students.append(school.student(9 + number))
        school.lessons(lessons, NOW - timedelta(days=1))
        with counted() as statements:
            assert (
                teacher.put("/journal/cell", cell(first, school.students[1 + len(counts)])).status_code == 200
            )
        counts.append(len(statements))
    assert counts[0] == counts[1], counts


def test_the_teacher_sees_how_often_each_student_has_each_status(school, teacher):
    held, _ = school.lesson(), school.lesson(NOW + timedelta(hours=2))
    empty = rows_of_statistics(school, teacher)
    assert set(empty.values()) == {(0, 0, 0, 0, 0, 0, 2)}, "an absence, then of them refused"
    teacher.get(f"/journal/lesson/{held}")
    form = {"absent": [str(school.students[1])], "seen": seen(school)}
    teacher.post(f"/journal/lesson/{held}/roll", form)
    counted = rows_of_statistics(school, teacher)
    assert counted[str(school.students[1])] == (0, 1, 0, 0, 0, 0, 1)
    assert counted[str(school.students[0])] == (1, 0, 0, 0, 0, 0, 1)
    assert counted[""] == (4, 1, 0, 0, 0, 0, 5), "the sums of all five"


def rows_of_statistics(school, teacher) -> dict[str, tuple[int, ...]]:
    """The numbers of each student by id, and of all together under ""."""
    page = html.document_fromstring(teacher.get(f"/journal/{school.offering}/attendance").text)
    (table,) = page.find_class("leaf")
    rows = [row for row in table.iter("tr") if row.findall("td")]
    ids = [
        link.get("href").rsplit("/", 1)[1] if (link := row.find("th/a")) is not None else "" for row in rows
    ]
    numbers = [tuple(int(cell.text_content()) for cell in row.findall("td")) for row in rows]
    found = dict(zip(ids, numbers, strict=True))
    assert found[""] == tuple(map(sum, zip(*(found[one] for one in ids if one), strict=True)))
    return found if any(found[""][:6]) else {key: row for key, row in found.items() if key}
