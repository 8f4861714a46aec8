"""Help in the reader's words: three languages, terms from the rules in force, nothing that leads nowhere (6.1)."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from lxml import html

from app.kernel.i18n import LOCALES
from app.regulation.clauses import all_clauses
from app.regulation.models import PolicyRow
from app.regulation.seed import read_seed_policies
from app.web.core.static_files import STATIC_FOLDER
from app.web.help.routes import (
    BLOCK_VIEW_BUILDERS,
    GUIDE_OF_OTHER_ROLE,
    GUIDE_READERS,
    MOVING_GUIDE_BY_ROLE,
    MOVING_GUIDES,
    PLACEHOLDER_PATTERN,
    clause_numbers_named_in_guide,
    guide_picture_path,
    iter_guide_texts,
    load_parsed_reader_guide,
)
from tests.web.browser import Browser
from tests.web.campus import Campus
from tools.catalogues import stored

OWN_GUIDES = [reader for reader in GUIDE_READERS if reader not in MOVING_GUIDES]
LARGEST_PICTURE, LARGEST_PICTURES = 60_000, 2_900_000
"""Bytes of one picture, and of all."""


def page(app: Any, path: str = "/help", locale: str = "en", login: Any = None) -> str:
    browser = Browser(app, locale)
    answer = (browser.enter(login) if login else browser).get(path)
    assert answer.status_code == 200, answer.text[:1000]
    return " ".join(answer.text.split())


def words(page: str) -> str:
    return " ".join(html.document_fromstring(page).text_content().split())


def spoken(found: Any) -> Any:
    """Every text of a guide as it stands in the file: {ky, ru, en}."""
    if isinstance(found, dict):
        if set(found) & set(LOCALES):
            yield found
        else:
            for value in found.values():
                yield from spoken(value)
    elif isinstance(found, list):
        for value in found:
            yield from spoken(value)


@pytest.mark.parametrize("reader", GUIDE_READERS)
def test_every_text_of_a_guide_is_there_in_three_languages_with_the_same_terms_and_clauses(reader):
    for texts in spoken(load_parsed_reader_guide(reader)):
        assert set(texts) == set(LOCALES) and all(texts.values()), texts
        named = [
            sorted(found.groups("") for found in PLACEHOLDER_PATTERN.finditer(texts[locale]))
            for locale in LOCALES
        ]
        assert named[0] == named[1] == named[2], texts["en"]


@pytest.mark.parametrize("reader", GUIDE_READERS)
def test_a_guide_names_only_terms_and_clauses_that_there_are_and_blocks_that_can_be_drawn(reader):
    found = load_parsed_reader_guide(reader)
    keys = {row["key"] for row in read_seed_policies() if row["measure"] != "code"}
    assert {
        match[1]
        for text in iter_guide_texts(found)
        for match in PLACEHOLDER_PATTERN.finditer(text)
        if match[1]
    } <= keys
    assert set(clause_numbers_named_in_guide(found)) <= {clause.number for clause in all_clauses()}
    ids = [section["id"] for section in found["section"]]
    assert len(ids) == len(set(ids))
    for section in found["section"]:
        assert all(
            set(block) - {"name", "needs"} <= set(BLOCK_VIEW_BUILDERS) and block for block in section["block"]
        )


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("reader", GUIDE_READERS)
def test_a_page_or_button_that_a_guide_names_is_called_so_in_the_product(reader, locale):
    quoted = re.compile(r"“([^”]+)”" if locale == "en" else r"«([^»{]+)»")
    said = {str(message.id) for message in stored("ru")}
    if locale != "en":
        said = {str(message.string) for message in stored(locale)}
    named = {
        name for texts in spoken(load_parsed_reader_guide(reader)) for name in quoted.findall(texts[locale])
    }
    assert {name for name in named if name not in said} == set()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("reader", GUIDE_READERS)
def test_a_guest_reads_every_guide_in_his_language_and_every_link_in_it_leads_somewhere(
    app, db_session, reader, locale
):
    text = page(app, f"/help/{reader}", locale)
    found, root = load_parsed_reader_guide(reader), html.document_fromstring(text)
    assert f'<html lang="{locale}"' in text and root.findtext(".//h1") == found["title"][locale]
    for section in found["section"]:
        assert section["title"][locale] in words(text)
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    for link in root.iter("a"):
        address = link.get("href", "")
        if address.startswith("#"):
            assert address[1:] in ids, address
        else:
            assert Browser(app, locale).get(address).status_code in (200, 302), address


def test_the_page_says_what_each_mark_means_by_letter_and_word(app, db_session):
    text = words(page(app))
    for letter, word in (("НБ", "absent"), ("С", "excused"), ("О", "sick"), ("✓", "made up")):
        assert re.search(rf"{letter} ?{word}", text), word
    assert "not recorded" in text and "not applicable" in text


def test_terms_are_those_in_force_today_and_not_words_of_the_text(app, db_session, clock):
    before = words(page(app))
    assert "within 3 working days" in before.lower()
    db_session.add(
        PolicyRow(
            id=uuid4(),
            key="dispute.term",
            unit_id=None,
            value="9",
            measure="working_days",
            clause="6.2",
            source="default",
            effective_from=clock().date(),
        )
    )
    db_session.commit()
    after = words(page(app))
    assert "9 working days" not in before and "You dispute the mark: 9 working days*." in after.replace(
        " *", "*"
    )


def test_a_length_that_the_regulation_does_not_name_is_marked_as_a_setting(app, db_session):
    found = html.document_fromstring(page(app))
    said = {term.text_content().strip() for term in found.find_class("term")}
    assert (
        any(text.endswith("*") for text in said) and "3 working days" in said and "14 calendar days" in said
    )
    (note,) = found.find_class("guide-settings")
    assert "the regulation does not name" in note.text_content()


def test_an_example_begins_today_and_unfolds_into_its_days(app, db_session, clock):
    text = page(app)
    found = html.document_fromstring(text).find_class("guide-example")
    assert len(found) >= 4
    for example in found:
        lines = [line.text_content() for line in example.iter("li")]
        assert lines[0].startswith("Counted from") and lines[-1].startswith("Ends")
        assert example.find_class("clause")


def test_a_clause_opens_its_meaning_in_place_and_for_a_guest_on_the_page(app, db_session, clock):
    campus = Campus(app, db_session, clock)
    assert 'href="#c6.2"' in page(app) and 'id="c6.2"' in page(app)
    assert 'data-clause="6.2"' in page(app, login=campus.near["student"])


def test_a_student_finds_help_in_the_rail_and_the_ways_that_are_open_to_him(app, db_session, clock):
    campus = Campus(app, db_session, clock)
    text = page(app, "/student", login=campus.near["student"])
    assert re.search(r'<a class="rail-link" href="/help"', text)
    assert 'href="/cases/start/excuse"' in page(app, login=campus.near["student"])
    assert 'href="/cases/start/excuse"' not in page(app)


@pytest.mark.parametrize("role", [*OWN_GUIDES, "it_admin", "academic_office"])
def test_help_is_that_of_the_role_in_use_and_stands_in_the_menu_of_the_account(app, db_session, clock, role):
    campus = Campus(app, db_session, clock)
    text = page(app, login=campus.near[role])
    title = load_parsed_reader_guide(GUIDE_OF_OTHER_ROLE.get(role, role))["title"]["en"]
    assert html.document_fromstring(text).findtext(".//h1") == title
    assert '<a class="menu-item" href="/help">' in text


def test_the_page_of_moving_in_leads_each_role_to_its_guide_whose_buttons_open(app, db_session, clock):
    campus = Campus(app, db_session, clock)
    for role, reader in MOVING_GUIDE_BY_ROLE.items():
        login = campus.near[role]
        assert f'href="/help/{reader}"' in page(app, "/setup", login=login)
        guide = html.document_fromstring(page(app, f"/help/{reader}", login=login))
        blocks = [block for part in load_parsed_reader_guide(reader)["section"] for block in part["block"]]
        named = [block["go"] for block in blocks if "go" in block]
        buttons = [one for one in guide.find_class("btn-primary") if one.tag == "a"]
        assert len(buttons) == len(named) and all(block["role"] == role for block in named)
        for button in buttons:
            assert Browser(app, "en").enter(login).get(button.get("href")).status_code == 200, button.get(
                "href"
            )


def test_the_sign_in_page_leads_to_the_help_of_students(app, db_session):
    assert 'href="/help/student"' in page(app, "/sign-in")


def test_a_guide_that_nobody_wrote_is_not_there(app, db_session):
    assert Browser(app, "en").get("/help/rector").status_code == 404


def test_each_picture_is_there_in_each_language_small_and_of_the_size_that_the_guide_says():
    named = {}
    for reader in GUIDE_READERS:
        for section in load_parsed_reader_guide(reader)["section"]:
            for block in section["block"]:
                if "picture" in block:
                    named[block["picture"]["file"]] = block["picture"]["width"], block["picture"]["height"]
    folder = STATIC_FOLDER / "guide"
    kept = {path.relative_to(STATIC_FOLDER).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert set(kept) == {guide_picture_path(locale, name) for locale in LOCALES for name in named}
    for path in kept.values():
        assert webp_size(path.read_bytes()) == named[path.stem], f"{path}: run make pictures"
        assert path.stat().st_size < LARGEST_PICTURE, path
    assert sum(path.stat().st_size for path in kept.values()) < LARGEST_PICTURES


def test_a_picture_keeps_its_room_waits_until_it_is_seen_and_says_what_it_shows(app, db_session):
    for picture in html.document_fromstring(page(app, "/help/process_admin", "ru")).iter("img"):
        if "/guide/ru/" in picture.get("src", ""):
            assert picture.get("loading") == "lazy" and picture.get("alt")
            assert picture.get("width") and picture.get("height")


def webp_size(data: bytes) -> tuple[int, int]:
    """The width and height of a WebP file as Chromium writes it: the canvas of its extended header (RFC 9649)."""
    assert (data[:4], data[8:16]) == (b"RIFF", b"WEBPVP8X")
    return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
