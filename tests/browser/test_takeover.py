"""A semester that began elsewhere: the office sends an act with the marks, the directorate confirms it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.journal.tables import Cell
from app.kernel.clock import local_time
from app.people import queries as people
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, ready, shoot
from tests.exchange.test_structure_workbook import workbook
from tests.web.test_roster import works

pytestmark = [pytest.mark.browser]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize("width, locale", [DESK, pytest.param(*PHONE, marks=pytest.mark.torture)])
def test_marks_kept_elsewhere_are_sent_confirmed_and_seen(
    app: Any, campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    world = campus.world
    lesson = world.school.lesson(world.clock() - timedelta(days=6))
    names = [one.full for one in people.load_names(world.school.students).values()]
    world.session.rollback()
    at = f"{local_time(world.clock() - timedelta(days=6)):%d.%m.%Y %H:%M}"
    head = [["Тайпа", "ИВТ-2-23", "Код дисциплины", "M1"], ["", "", at, at]]
    head.append(["Номери", "Студент", "катышуу", "балл"])

    def sends(rows: list[list[Any]]) -> None:
        page.goto(f"{campus.address}/takeovers")
        page.fill("#number", "12")
        page.fill("#signed_by", "Осмонов У. К.")
        content = workbook({"M1": [*head, *rows]})
        page.set_input_files("#file", {"name": "m.xlsx", "mimeType": XLSX, "buffer": content})
        page.click("form[enctype] .btn-primary")
        page.wait_for_url("**/takeovers/*-*")

    ready(page, campus, width, locale)
    sign_in("academic_office", "/takeovers")
    shoot(page, "k1-empty", width, locale)
    sends([["", "Эч Ким", "+", 500]])
    shoot(page, "k2-reading", width, locale)
    works(app)
    page.reload()
    shoot(page, "k3-findings", width, locale)
    sends([["", name, "нб" if number else "+", 60 + number] for number, name in enumerate(names)])
    works(app)
    page.reload()
    assert page.locator("form[action$='/confirm']").count() == 0, "the sender does not confirm"
    act = page.url
    sign_in("directorate")
    page.goto(act)
    shoot(page, "k4-waits", width, locale)
    page.click("form[action$='/confirm'] .btn-primary")
    page.wait_for_selector("#import-state progress")
    works(app)
    page.wait_for_selector("#import-state .note-good")
    shoot(page, "k5-done", width, locale)
    world.session.rollback()
    assert world.session.query(Cell).filter_by(lesson_id=lesson).count() == 2 * len(names)
    sign_in("teacher", f"/journal/{world.school.offering}")
    assert "№ 12" in page.locator(".crumbs").inner_text()
    shoot(page, "k6-journal", width, locale)
