"""Steps of a case that several stories take in Chromium: read the task, fill it in, decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.browser.conftest import Campus
from tests.browser.test_story import shoot
from tests.browser.test_students_rights import opens_first_task


def asks(page: Any, name: str, width: int, locale: str, **fields: str) -> str:
    """Fill in the request that is open and send it; answers the address of its case."""
    fills(page, fields)
    shoot(page, name, width, locale)
    page.click("form.task-form button.btn-primary")
    page.wait_for_url("**/cases/0*")
    return str(page.url)


def decides(
    page: Any,
    campus: Campus,
    decision: str,
    picture: tuple[str, int, str] | None = None,
    **fields: str,
) -> None:
    """Open the first task of the inbox, fill it in and press this decision."""
    opens_first_task(page, campus, decision)
    fills(page, fields)
    if picture is not None:
        shoot(page, *picture)
    page.click(f"[data-decision={decision}]")
    page.wait_for_url("**/inbox")


def does(page: Any, campus: Campus, picture: tuple[str, int, str], **fields: str) -> None:
    """Open the first task of the inbox, one that decides nothing, fill it in and send it."""
    page.goto(f"{campus.address}/inbox")
    page.click(".row-link >> nth=0")
    page.wait_for_selector(".decide button")
    fills(page, fields)
    shoot(page, *picture)
    page.click(".decide button")
    page.wait_for_url("**/inbox")


def fills(page: Any, fields: dict[str, str]) -> None:
    """Texts are written, choices are ticked."""
    for key, value in fields.items():
        if page.locator(f"textarea[name={key}]").count():
            page.fill(f"textarea[name={key}]", value)
        else:
            page.check(f"input[name={key}][value={value}]")


def named(address: str) -> UUID:
    """The case a page is about, read from its address."""
    return UUID(address.rsplit("/", 1)[1])
