"""A date field in Chromium: typed in any way, chosen in the calendar of the page's language, kept half-typed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Campus, violations
from tests.browser.steps import DESK, PHONE, ready, shoot


@pytest.mark.parametrize(("width", "locale"), [DESK, PHONE])
def test_a_day_is_typed_or_chosen_in_the_language_of_the_page(
    campus: Campus, sign_in: Any, page: Any, width: int, locale: str
) -> None:
    ready(page, campus, width, locale)
    assert page.evaluate("navigator.language") == "en-US", (
        "a browser that writes dates as in the United States"
    )
    sign_in("student", "/cases/start/excuse")
    first, last = page.locator("#period-from"), page.locator("#period-to")
    button = page.locator(".date-open").first
    button.wait_for()
    assert first.get_attribute("placeholder") == {"ky": "кк.аа.жжжж", "ru": "дд.мм.гггг"}[locale]
    first.fill("30.11.26")
    first.press("ArrowUp")
    assert first.input_value() == "30.11.26", "arrows move the caret only"
    first.press("Tab")
    assert first.input_value() == "30.11.2026", "written out once the field is left"
    button.click()
    month = page.locator(".date-month:visible")
    assert month.locator("strong").inner_text() == "Ноябрь 2026"
    assert month.locator("th").first.get_attribute("title") == {"ky": "дүйшөмбү", "ru": "понедельник"}[locale]
    assert month.locator("[aria-pressed=true]").inner_text() == "30"
    shoot(page, "date-field", width, locale)
    assert violations(page) == []
    for key in ("ArrowRight", "ArrowDown", "PageDown", "Home", "Enter"):
        page.keyboard.press(key)
    assert first.input_value() == "04.01.2027", "1 December, 8 December, 8 January, its Monday"
    assert page.locator(".date-month:visible").count() == 0
    assert page.evaluate("document.activeElement.id") == "period-from"
    button.click()
    page.keyboard.press("Escape")
    assert first.input_value() == "04.01.2027" and page.locator(".date-month:visible").count() == 0
    last.fill("05.1")
    page.reload()
    button.wait_for()
    assert (first.input_value(), last.input_value()) == ("04.01.2027", "05.1"), "kept half-typed"
