"""The office adds units, a group, a discipline and a journal with its teacher, who then sees the journal."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.journal.tables import Offering
from app.people.models import StudyGroup
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, ready, shoot

pytestmark = [pytest.mark.browser]


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [DESK, PHONE])
def test_the_office_makes_a_structure_and_the_teacher_sees_the_journal(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    world = campus.world
    ready(page, campus, width, locale)
    sign_in("academic_office", "/structure")
    shoot(page, "s1-units", width, locale)

    def unfolds(form: str) -> None:
        if page.locator(f"#{form}[open]").count() == 0:
            page.click(f"#{form} > summary")

    def adds(address: str, key: str = "add", **fields: str) -> None:
        page.goto(f"{campus.address}{address}")
        unfolds(key)
        for name, value in fields.items():
            field = page.locator(f"#{key} [name={name.rstrip('_')}]")
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)
        page.click(f"#{key} .btn-primary")
        page.wait_for_selector(".flash, .note-good, [role=status]")

    page.goto(f"{campus.address}/structure")
    unfolds("add")
    shoot(page, "s2-add-unit", width, locale)
    institute = {"ky": "институт", "ru": "институт"}[locale]
    department = {"ky": "кафедра", "ru": "кафедра"}[locale]
    adds("/structure", kind=institute, code="ЖИ", name_ky="Жаңы институт", name_ru="Жаңы институт")
    adds(
        "/structure",
        kind=department,
        parent="Жаңы институт",
        code="ЖК",
        name_ky="Жаңы кафедра",
        name_ru="Жаңы кафедра",
    )
    shoot(page, "s3-unit", width, locale)
    adds("/structure/groups", name="ЖИ-1-26", unit="Жаңы институт", year="1")
    world.session.rollback()
    group = world.session.scalars(select(StudyGroup.id).where(StudyGroup.name == "ЖИ-1-26")).one()
    curator = page.locator("#curator-curator option[value]:not([value=''])").first.text_content()
    adds(f"/structure/groups/{group}", "curator", curator=curator)
    shoot(page, "s4-group", width, locale)
    adds("/structure/disciplines", code="Л-1", name_ky="Логика", name_ru="Логика", unit="Жаңы кафедра")
    adds("/structure/journals", course="Л-1 Логика", group="ЖИ-1-26", **{"hours-LECTURE": "30"})
    world.session.rollback()
    journal = world.session.scalars(select(Offering.id).where(Offering.group_id == group)).one()
    shoot(page, "s5-journal", width, locale)
    page.select_option("#teacher [name=teacher]", str(world.school.lecturer))
    page.click("#teacher .btn-primary")
    page.wait_for_selector("a[href*='teaching=']")
    shoot(page, "s6-teacher", width, locale)
    page.goto(f"{campus.address}/structure/journals")
    shoot(page, "s7-journals", width, locale)

    sign_in("teacher", f"/journal/{journal}")
    assert "ЖИ-1-26" in page.content()
    page.goto(f"{campus.address}/journal")
    assert "Логика" in page.content() or page.locator("text=ЖИ-1-26").count()
