"""The pictures of the guides, taken from the product in each language: `make pictures`. Not a part of `make test`.

A picture is the upper left corner of an element of a page, of the size that the guide names.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from lxml import etree

from app.diagrams import proposals
from app.diagrams.drafts import create_draft_from_file, create_draft_from_version, save_draft
from app.diagrams.import_repairs import add_layout_if_missing
from app.diagrams.versions import load_published_version_id
from app.kernel import door
from app.kernel.act import Act
from app.kernel.i18n import LOCALES
from app.kernel.ids import new_id
from app.web.core.static_files import STATIC_FOLDER
from app.web.help.routes import GUIDE_READERS, guide_picture_path, load_parsed_reader_guide
from tests.browser.conftest import Campus
from tests.cases.test_processes import asks
from tests.diagrams.verify.test_saboteur import LATE, SABOTAGE
from tests.scenarios.versions import SECOND_VISA
from tests.support import certificate

pytestmark = [pytest.mark.browser, pytest.mark.pictures]
KEY, DENSITY, PATIENCE = "late_correction", 1.25, 15_000
LARGEST = 45_000
ABOUT = dict(zip(LOCALES, certificate.ABOUT, strict=True))
TITLES = dict(zip(LOCALES, certificate.TITLES, strict=True))
WHY = {
    "ky": "Кафедра башчысынын сунушу боюнча: техникалык түзөтүүнү эми экинчи адам да көрөт.",
    "ru": "По просьбе кафедр: техническое исправление теперь видит и второй человек.",
    "en": "As the departments asked: a second person now sees a technical correction too.",
}
PURPOSE = {"ky": "Салык кызматына", "ru": "В налоговую службу", "en": "For the tax office"}
TO_WEBP = """async ([png, quality]) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const canvas = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""
SCROLLED = """e => {
  const list = e.closest(".studio-list");
  list.scrollTop += e.closest("tr").getBoundingClientRect().top - list.getBoundingClientRect().top;
}"""
CLEAN = """() => {
  for (const one of document.querySelectorAll(".studio-note, .toast")) one.hidden = true;
  document.activeElement?.blur();
  scrollTo(0, 0);
}"""


def sizes() -> dict[str, tuple[int, int]]:
    """The pictures that guides name: width and height in pixels."""
    return {
        block["picture"]["file"]: (block["picture"]["width"], block["picture"]["height"])
        for reader in GUIDE_READERS
        for section in load_parsed_reader_guide(reader)["section"]
        for block in section["block"]
        if "picture" in block
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "device_scale_factor": DENSITY}


class Photographer:
    """Takes pictures of the page into the folder of one language."""

    def __init__(self, page: Any, locale: str) -> None:
        self.page, self.locale = page, locale
        self.darkroom = page.context.new_page()

    def takes(self, name: str, place: str = "main") -> None:
        """Keep the upper left corner of this element as the picture of this name."""
        width, height = (int(side / DENSITY) for side in sizes()[name])
        self.page.evaluate(CLEAN)
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(300)
        box = self.page.locator(place).first.bounding_box()
        clip = {"x": round(box["x"]), "y": round(box["y"]), "width": width, "height": height}
        png = base64.b64encode(self.page.screenshot(clip=clip, full_page=True)).decode()
        for quality in (0.8, 0.7, 0.6, 0.5, 0.4):
            data = base64.b64decode(self.darkroom.evaluate(TO_WEBP, [png, quality]))
            if len(data) <= LARGEST:
                break
        path = STATIC_FOLDER / guide_picture_path(self.locale, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@pytest.fixture
def administrators(campus: Campus) -> Iterator[Campus]:
    """Two administrators of processes, and cases of the late correction that wait and that have ended."""
    world = campus.world
    for login, name in (("process", "Бектуров"), ("other", "Осмонова")):
        campus.admits(login, world.hires("process_admin", None, name=name))
    cases = [asks(world, day) for day in range(21, 32)]
    for case in cases[8:]:
        for role in ("department_head", "directorate", "academic_office", "it_admin"):
            world.clock.advance(hours=5)
            world.actor(role).approves(case)
    world.clock.advance(hours=3)
    for case in cases[:3]:
        world.head().approves(case)
    world.head().returns(cases[3])
    world.clock.advance(days=4)
    yield campus


def draft_of_certificate(campus: Campus) -> UUID:
    """A draft of a process that is not published yet, with forms, of the first administrator."""
    act, made = Act(campus.persons["process"], None, campus.world.clock()), new_id()
    with door.write(act):
        create_draft_from_file(act, made, certificate.drawing())
    with door.write(act):
        save_draft(act, made, 1, certificate.drawing(), certificate.forms())
    return made


def draft_of_correction(campus: Campus, change: Any) -> UUID:
    """A draft of the late correction with one change, laid out anew when the change adds an element."""
    drawing = etree.fromstring(LATE.xml.encode())
    change(drawing)
    if change is SECOND_VISA:
        for layout in drawing.findall("{*}BPMNDiagram"):
            drawing.remove(layout)
    xml = add_layout_if_missing(etree.tostring(drawing, encoding="unicode"))
    act, made = Act(campus.persons["process"], None, campus.world.clock()), new_id()
    with door.write(act):
        create_draft_from_version(act, made, load_published_version_id(KEY))
    with door.write(act):
        save_draft(act, made, 1, xml)
    return made


@pytest.mark.parametrize("locale", LOCALES)
def test_pictures(administrators: Campus, page: Any, sign_in: Any, locale: str) -> None:
    campus, shows = administrators, Photographer(page, locale)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.context.add_cookies([{"name": "locale", "value": locale, "url": campus.address}])
    sign_in("process")
    _new_process(campus, page, shows)
    _drawing(campus, page, shows)
    _trying(campus, page, locale, shows)
    _publishing(campus, page, locale, shows, sign_in)


def _new_process(campus: Campus, page: Any, shows: Photographer) -> None:
    page.goto(f"{campus.address}/processes/new")
    for code in LOCALES:
        page.fill(f"#title_{code}", TITLES[code])
        page.fill(f"#about_{code}", ABOUT[code])
    page.check("[name=start][value=about_me]")
    page.check("[name=starters][value=student]")
    page.select_option("#decider", "directorate")
    shows.takes("new", "main form.sheet")


def _drawing(campus: Campus, page: Any, shows: Photographer) -> None:
    draft = draft_of_certificate(campus)
    page.goto(f"{campus.address}/processes/drafts/{draft}?show=issue_office")
    page.wait_for_selector("[data-checked]", timeout=PATIENCE)
    page.wait_for_selector(".djs-element.selected", timeout=PATIENCE)
    shows.takes("editor", ".studio")
    page.click("[data-view=list]")
    page.click("[data-step=issue_office]")
    page.locator("[data-step=decided]").evaluate(SCROLLED)
    shows.takes("steps", ".studio")
    page.goto(f"{campus.address}/processes/drafts/{draft}/forms/{certificate.KEY}.start")
    page.wait_for_load_state("networkidle")
    shows.takes("form")
    weak = draft_of_correction(campus, next(iter(SABOTAGE.values())))
    page.goto(f"{campus.address}/processes/drafts/{weak}")
    page.wait_for_selector("[data-checked]", timeout=PATIENCE)
    if page.get_attribute(".studio-findings .studio-fold", "aria-expanded") == "false":
        page.click(".studio-findings .studio-fold")
    found = page.locator(".studio-finding[data-code='verify.approval.missing']").first
    for _ in range(2):
        found.locator("[data-does=next]").click()
    shows.takes("findings", ".studio")


def _trying(campus: Campus, page: Any, locale: str, shows: Photographer) -> None:
    draft = draft_of_certificate(campus)
    page.goto(f"{campus.address}/processes/drafts/{draft}/try")
    page.check("input[name=copies][value=one]")
    page.fill("[name=purpose]", PURPOSE[locale])
    page.click(".play-form .btn-primary")
    page.wait_for_selector(".djs-element.at-open", timeout=PATIENCE)
    shows.takes("try", "main .play-columns")


def _publishing(campus: Campus, page: Any, locale: str, shows: Photographer, sign_in: Any) -> None:
    page.goto(f"{campus.address}/processes/{KEY}")
    page.wait_for_selector(".step-badge", timeout=PATIENCE)
    shows.takes("map", "main section.sheet")
    act, proposal = Act(campus.persons["process"], None, campus.world.clock()), new_id()
    draft = draft_of_correction(campus, SECOND_VISA)
    with door.write(act):
        proposals.propose_draft(act, proposal, draft, 2, WHY[locale])
    campus.world.session.rollback()
    sign_in("other", f"/processes/proposals/{proposal}")
    page.wait_for_load_state("networkidle")
    shows.takes("proposal")
    page.goto(f"{campus.address}/processes/drafts/{draft}/replay")
    page.wait_for_load_state("networkidle")
    shows.takes("replay")
