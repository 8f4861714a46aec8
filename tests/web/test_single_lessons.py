"""The pages of single lessons: what depends on a lesson is shown before it is changed, typed text comes back."""

from __future__ import annotations

import html

import pytest

from app.diagrams import versions
from app.journal.tables import Lesson
from tests.scenarios.world import World
from tests.web.browser import hidden


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


def test_a_begun_lesson_is_moved_after_a_second_look_and_one_to_come_at_once(world, enter):
    office, page = enter(world.people["academic_office"]), f"/timetable/lessons/{world.lesson}"
    assert f'href="{page}"' in office.get(f"/journal/lesson/{world.lesson}").text
    shown = office.get(page).text
    typed = {
        "version": hidden(shown, "version"),
        "day": "2026-09-23",
        "starts_at": "08:00",
        "ends_at": "09:20",
        "room": "105",
        "reason": "Күнү жаңылыш",
        "confirmed": "",
    }
    asked = office.post(f"{page}/move", **typed)
    text = html.unescape(asked.text)
    assert asked.status_code == 409 and "1 mark is recorded." in text and 'value="105"' in text
    assert "Its attendance is due by" in text and "Move it all the same" in text
    digest = next(one for one in asked.text.split('name="confirmed" value="')[1:] if not one.startswith('"'))
    moved = office.post(f"{page}/move", **typed | {"confirmed": digest.split('"')[0]})
    assert moved.status_code == 302 and "Күнү жаңылыш" in office.get(page).text
    cancelled = office.post(f"{page}/cancel", version="2", reason="Жок", confirmed="")
    assert cancelled.status_code == 409 and "correct its marks first" in cancelled.text
    bad = office.post(f"{page}/move", **typed | {"version": "2", "day": "", "starts_at": "25:00"})
    assert (
        bad.status_code == 422
        and bad.text.count('aria-invalid="true"') >= 2
        and "This is not a time of day." in bad.text
    )


@pytest.mark.clause("3.1")
def test_lessons_are_added_and_substitutes_named_on_one_page(world, enter):
    directorate, offering = enter(world.people["directorate"]), world.school.offering
    page = f"/timetable/journals/{offering}/lessons"
    shown = directorate.get(page).text
    lesson = {
        "id": hidden(shown, "id"),
        "type": "LAB",
        "teacher": str(world.school.lecturer),
        "day": "2026-10-20",
        "starts_at": "14:00",
        "ends_at": "15:20",
        "room": "301",
        "hours": "2",
    }
    refused = directorate.post(page, **lesson | {"day": "2026-10-25", "hours": ""})
    assert refused.status_code == 422 and 'value="301"' in refused.text
    assert directorate.post(page, **lesson).status_code == 302
    assert world.session.get(Lesson, lesson["id"]).room == "301"
    colleague = world.hires("teacher", world.school.department, name="Кадыров")
    named = {"substitute": str(colleague), "instead_of": "", "first": "2026-10-20", "last": "2026-10-19"}
    wrong = directorate.post(f"/timetable/journals/{offering}/substitute", **named)
    assert wrong.status_code == 422 and 'value="19.10.2026"' in wrong.text
    done = directorate.post(f"/timetable/journals/{offering}/substitute", **named | {"last": "2026-10-20"})
    assert done.status_code == 302 and "1 lesson is given to the substitute." in directorate.get(page).text
    teacher = enter(world.school.lecturer)
    assert teacher.get(page).status_code == 404 and teacher.post(page, **lesson).status_code == 404
