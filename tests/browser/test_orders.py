"""An order about students from the workbook of the directorate to the journal in which its cells are not applicable."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from app.kernel.clock import local_day
from app.people import queries as people
from app.people.rules import enrolment_status
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, decides, ready, shoot
from tests.exchange.test_structure_workbook import workbook
from tests.scenarios.commissions import rector
from tests.scenarios.orders import days

pytestmark = [pytest.mark.browser]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADS = ["Студент", "Азыркы тайпасы", "Өргүүнүн акыркы күнү"]


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [DESK, PHONE])
def test_a_leave_goes_from_a_workbook_to_the_journal(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    world = campus.world
    campus.admits("rector", rector(world).person)
    student, today = world.student, local_day(world.clock())
    name = people.load_names([student])[student].full
    lesson = world.school.lesson()
    ready(page, campus, width, locale)

    def sends(*rows: list[Any], merged: bool = False) -> None:
        content = workbook({"Студенттер": [HEADS, *rows]}, merged=merged)
        page.set_input_files("#file", {"name": "өргүү.xlsx", "mimeType": XLSX, "buffer": content})
        page.click("main form .btn-primary")
        page.wait_for_load_state()

    sign_in("directorate", "/orders")
    assert page.locator(".empty").count() == 1
    shoot(page, "order1-none", width, locale)
    page.click(".page-head .btn-primary")
    page.click("a[href*='kind=LEAVE']")
    page.fill("#choice-search", name.split()[0])
    page.click(".request-search .btn")
    assert page.locator("h3 a", has_text=name).count() == 1
    shoot(page, "order2-search", width, locale)
    page.click("a[href^='/orders/sheet']")
    sends([name, "", "кийин"], ["Жок Студент", "", today + days(200)])
    cells = page.locator("table.plain tbody tr td:nth-child(2)").all_inner_texts()
    assert cells == ["C2", "A3"] or cells == ["A3", "C2"], "each finding names its cell"
    shoot(page, "order3-findings", width, locale)
    sends([name, "", today + days(200)])
    page.wait_for_selector("[name=order_row]:checked")
    page.fill("[name=order_no]", "12-С")
    page.fill("[name=order_date]", today.strftime("%d.%m.%Y"))
    page.fill("[name=effective_on]", (today + days(500)).strftime("%d.%m.%Y"))
    page.check("[name=signature][value=here]")
    shoot(page, "order4-form", width, locale)
    page.click(".task-form .btn-primary")
    page.wait_for_selector("[role=alert]")
    assert page.locator("[name=order_row]:checked").count() == 1, "nothing typed is lost"
    page.fill("[name=effective_on]", today.strftime("%d.%m.%Y"))
    page.click(".task-form .btn-primary")
    page.wait_for_url("**/cases/0*")
    case = UUID(page.url.rpartition("/")[2])
    shoot(page, "order5-case", width, locale)
    for role in ("academic_office", "rector"):
        sign_in(role)
        decides(page, campus, "approve", (f"order6-{role}", width, locale))
    assert world.case(case).outcome == "in_force"
    assert enrolment_status(people.load_enrolment_periods([student])[student], today).kind == "on_leave"
    assert world.status(lesson) == "NOT_APPLICABLE"
    sign_in("student", "/student/documents")
    page.click("a:has-text('12-С')")
    assert page.locator("main tbody tr").count() == 1
    shoot(page, "order7-own-line", width, locale)
    sign_in("teacher", f"/journal/{world.school.offering}")
    shoot(page, "order8-journal", width, locale)
