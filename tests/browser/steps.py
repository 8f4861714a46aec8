"""Steps that several stories take in Chromium: a page made ready and looked at, a task opened, filled in, decided."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from tests.browser.conftest import SHOTS, Campus, violations

TASK_LIST = re.compile(r"/(inbox(\?task=[^&]*)?|student)$")
"""Where a completed task leads: to the inbox, or a student, who has none, to his own day."""
FIRST_TASK = ":is(.row-link, .due-row a[href^='/tasks/']) >> nth=0"
"""The first task of the inbox, and of the day of a student, to which the address of the inbox leads him."""
WIDTHS = {1440: 900, 360: 740}
STUDIO, STUDIO_SIZE = re.compile(r"/processes/(drafts/|[a-z_]+/versions/\d+/replay)"), (1024, 768)
"""Pages on which administrators draw, try and replay are looked at on a small screen of a desk too."""
DESK, PHONE = (1440, "ky"), (360, "ru")
"""A story is walked once, on a desk in Kyrgyz or on a phone in Russian; `shoot` looks at its pages at both widths."""
WIDE = """() => {
  const screen = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= screen + 1) return [];
  return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > screen + 1)
    .slice(0, 4).map(e => e.tagName + "." + e.className);
}"""
FORMS = r"""() => [...document.querySelectorAll("main [name]")].map(e => e.name)"""
"""The names of the fields that a page shows."""
NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
looked_at: list[Path] = []
"""The folder, shared by the workers of a run, with an empty file for each page that axe has looked at."""
READ = "() => document.body && document.readyState !== 'loading'"
"""The page that a click led to has been read: before, it may be a document without a body."""
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", e => {
  const evaluated = e.effectiveDirective.startsWith("style-src") && !e.sourceFile;
  if (!evaluated) window.refused.push(e.effectiveDirective + " " + e.sourceFile);
});
"""
"""Keep what the policy of the browser refuses. Styles of a script without a file are axe's own: a test evaluates it,
and the browser reports them at a time of its choosing."""


def presses(page: Any, button: str) -> None:
    """Press what completes a task, until the list stands there, or the next step of the same person beside it."""
    with page.expect_navigation(url=TASK_LIST):
        page.click(button)


def ready(page: Any, campus: Campus, width: int, locale: str) -> None:
    """A screen of this width that speaks this language; what the policy of the browser refuses is kept for `shoot`."""
    page.add_init_script(WATCH)
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    page.context.add_cookies([{"name": "locale", "value": locale, "url": campus.address}])


def shoot(page: Any, name: str, width: int, locale: str) -> None:
    """See that the page is no wider than the screen, on a desk and on a phone, and that the policy let everything of
    ours through; `STUDIO` on a small desk too. Let axe look at it the first time in a run that the same address shows
    the same form at the width of the story, and the first time that the address is seen at another width, there
    without the contrast of its colours. The story goes on at its own width.

    `make shots` keeps a picture of each page at both widths.
    """
    page.wait_for_function(READ)
    fields = page.evaluate(FORMS)
    other = next(one for one in WIDTHS if one != width)
    sizes = [(other, WIDTHS[other]), (width, WIDTHS[width])]
    if STUDIO.search(page.url):
        sizes.insert(1, STUDIO_SIZE)
    for at, height in sizes:
        page.set_viewport_size({"width": at, "height": height})
        ours, wide = page.evaluate(f"[window.refused, ({WIDE})()]")
        assert (ours, wide) == ([], []), (
            f"{name} at {at}: refused by the policy {ours}, wider than the screen {wide}"
        )
        if os.environ.get("SHOTS"):
            SHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(SHOTS / f"{name}-{at}-{locale}.png"), full_page=True, caret="initial")
        # Both are asked, so that a form seen at one width counts for its address.
        new_page, new_form = _is_new(page.url, [], at), _is_new(page.url, fields, at)
        if new_page or (new_form and at == width):
            found = violations(page, colours=at == width)
            assert not found, f"{name} at {at}: {found}"


def _is_new(address: str, fields: list[str], width: int) -> bool:
    """Whether nobody in this run has looked at this form of this address at this width; from now on somebody has."""
    shown = sorted({NUMBERS.sub("#", field) for field in fields})
    place = NUMBERS.sub("#", urlsplit(address).path)
    key = hashlib.sha256(repr((place, shown, width)).encode()).hexdigest()
    try:
        (looked_at[0] / key).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def opens_first_task(page: Any, campus: Campus, decision: str) -> None:
    page.goto(f"{campus.address}/inbox")
    page.click(FIRST_TASK)
    page.wait_for_selector(f"[data-decision={decision}]")


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
    presses(page, f"[data-decision={decision}]")


def does(page: Any, campus: Campus, picture: tuple[str, int, str], **fields: str) -> None:
    """Open the first task of the inbox, one that decides nothing, fill it in and send it."""
    page.goto(f"{campus.address}/inbox")
    page.click(FIRST_TASK)
    page.wait_for_selector(".decide button")
    fills(page, fields)
    shoot(page, *picture)
    presses(page, ".decide button")


def fills(page: Any, fields: dict[str, str]) -> None:
    """Texts are written, choices are ticked."""
    for key, value in fields.items():
        written = page.locator(f"textarea[name={key}], input[name={key}]:not([type=radio], [type=checkbox])")
        if written.count():
            written.fill(value)
        else:
            page.check(f"input[name={key}][value={value}]")


def named(address: str) -> UUID:
    """The case a page is about, read from its address."""
    return UUID(address.rsplit("/", 1)[1])
