"""Every route, as every role, about things near, of a colleague, foreign and absent. New routes join by themselves.

The pages that open are drawn in the pseudo-language: each holds no script or style of its own, and no text that the
catalogue forgot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from zlib import crc32

import pytest

from app.kernel.i18n import PSEUDO_LOCALE
from app.people.models import ROLES
from app.people.rules import PERMISSIONS
from tests.web.browser import TOKEN, Browser
from tests.web.campus import ABOUT, ABSENT_NUMBER, PERSONAL, PUBLIC, WIDE, Campus, Place, places
from tests.web.test_pseudo import bare

ACCEPTS = ("text/html", "application/json")
STAFF_OF_UNIT = frozenset({"department_head", "programme_head", "directorate"})
NEAR_CASE = frozenset(ROLES) - {"process_admin", "rector"}
COLLEAGUE_CASE = STAFF_OF_UNIT | WIDE
JOURNAL = STAFF_OF_UNIT | WIDE | {"teacher", "curator"}
DIRECTORATE = frozenset({"directorate"}) | WIDE
NEAR_STUDENT, COLLEAGUE_STUDENT = frozenset({"curator", "directorate"}), frozenset({"directorate"})
ROSTER = frozenset({"academic_office", "it_admin"})
KEEPERS = frozenset({"it_admin", "process_admin"})
"""Incidents of every unit are theirs; the subject of a case and its names stay with those who read the case."""

PROCESS_READERS = frozenset(PERMISSIONS["processes.read"])
SEEN: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "person_reads.list_reads_of_person": (frozenset({"auditor"}), frozenset({"auditor"})),
    "person_erasure.show_erasure_form": (frozenset({"academic_office"}), frozenset({"academic_office"})),
    "cases.show_case": (NEAR_CASE, COLLEAGUE_CASE),
    "cases.get_case_diagram_json": (NEAR_CASE, COLLEAGUE_CASE),
    "cases.print_case": (NEAR_CASE, COLLEAGUE_CASE),
    "dossiers.list_dossiers": (NEAR_CASE, COLLEAGUE_CASE),
    "dossiers.show_dossier": (NEAR_CASE, COLLEAGUE_CASE),
    "files.show_or_download_file": (NEAR_CASE, COLLEAGUE_CASE),
    "acknowledgements.show_sheet": (
        frozenset({"curator", "directorate", "academic_office", "auditor"}),
        frozenset({"directorate", "academic_office", "auditor"}),
    ),
    "acknowledgements.print_sheet": (
        frozenset({"curator", "directorate", "academic_office", "auditor"}),
        frozenset({"directorate", "academic_office", "auditor"}),
    ),
    "groups.group": (NEAR_STUDENT, COLLEAGUE_STUDENT),
    "groups.today": (NEAR_STUDENT, COLLEAGUE_STUDENT),
    "groups.marks": (NEAR_STUDENT, COLLEAGUE_STUDENT),
    "groups.absences": (NEAR_STUDENT, COLLEAGUE_STUDENT),
    "groups.requests": (NEAR_STUDENT, COLLEAGUE_STUDENT),
    "groups.documents": (NEAR_STUDENT, COLLEAGUE_STUDENT),
    "inbox.show_inbox": (NEAR_CASE - {"student"}, COLLEAGUE_CASE - {"student"}),
    "tasks.show_task": (NEAR_CASE, COLLEAGUE_CASE),
    "journal.attendance": (JOURNAL, STAFF_OF_UNIT | WIDE),
    "journal.show_cell_card": (JOURNAL | {"student"}, STAFF_OF_UNIT | WIDE),
    "journal.show_lesson": (JOURNAL, STAFF_OF_UNIT | WIDE),
    "journal.show_journal_grid": (JOURNAL, STAFF_OF_UNIT | WIDE),
    "journal.show_student_journal_row": (JOURNAL, STAFF_OF_UNIT | WIDE),
    "journal.show_journal_title_page": (JOURNAL, STAFF_OF_UNIT | WIDE),
    **dict.fromkeys(
        ("timetable.list_journal_lessons", "timetable.show_lesson_change"),
        (frozenset({"directorate", "academic_office"}), frozenset({"directorate", "academic_office"})),
    ),
    "timetable.show_timetable_plan": (frozenset(), frozenset()),
    "topics.show_topic_plan": (JOURNAL, STAFF_OF_UNIT | WIDE),
    "timetable.show_journal_timetable": (JOURNAL, STAFF_OF_UNIT | WIDE),
    "account_import.preview": (frozenset({"it_admin"}), frozenset()),
    "orders.show_order": (DIRECTORATE - {"it_admin"} | {"rector"}, DIRECTORATE - {"it_admin"} | {"rector"}),
    "structure.preview_structure_import": (frozenset({"academic_office"}), frozenset()),
    "structure.show_structure_progress": (frozenset({"academic_office"}), frozenset()),
    "takeover.show_takeover": (DIRECTORATE | WIDE, DIRECTORATE | WIDE),
    "takeover.show_takeover_progress": (DIRECTORATE | WIDE, DIRECTORATE | WIDE),
    "structure.show_unit": (STAFF_OF_UNIT | WIDE, STAFF_OF_UNIT | WIDE),
    "structure.show_programme": (DIRECTORATE, DIRECTORATE),
    "structure.show_group": (DIRECTORATE, DIRECTORATE),
    "structure.show_discipline": (STAFF_OF_UNIT | WIDE, STAFF_OF_UNIT | WIDE),
    "structure.show_journal": (STAFF_OF_UNIT | WIDE, STAFF_OF_UNIT | WIDE),
    "openings.show_journal_state": (JOURNAL, STAFF_OF_UNIT | WIDE),
    "openings.list_department_journals": (STAFF_OF_UNIT | WIDE, STAFF_OF_UNIT | WIDE),
    "schemes.show_syllabus_criteria": (JOURNAL, STAFF_OF_UNIT | WIDE),
    "sheets.list_closing_blockers": (frozenset({"academic_office"}), frozenset({"academic_office"})),
    "sheets.show_grade_sheet": (JOURNAL, STAFF_OF_UNIT | WIDE),
    "start.show_start_form": (frozenset({"teacher"}), frozenset()),
    **dict.fromkeys(
        (
            "studio.show_draft_editor",
            "studio.get_draft_json",
            "studio.download_draft",
            "studio.download_package",
            "studio.list_draft_revisions",
            "studio.get_draft_revision_json",
            "studio.get_draft_comparison_json",
            "studio.show_draft_proposal_form",
            "studio.list_draft_forms",
            "studio.show_form_editor",
            "studio.show_form_preview",
            "studio.get_form_findings",
            "studio.show_form_field",
            "studio.show_draft_replay",
            "studio.get_draft_replay_json",
            "plays.show_play",
            "plays.get_play_diagram_json",
            "plays.list_draft_scenarios",
            "plays.show_scenario_removal_form",
            "plays.show_play_replacement_question",
        ),
        (frozenset({"process_admin"}), frozenset({"process_admin"})),
    ),
    "studio.show_proposal": (PROCESS_READERS, PROCESS_READERS),
    "people.show_person": (WIDE, WIDE),
    **dict.fromkeys(
        (
            "trace.show_cell_trace",
            "trace.show_journal_trace",
            "trace.show_case_trace",
            "trace.show_sheet_trace",
            "trace.show_person_trace",
            "trace.show_account_trace",
            "trace.show_file_trace",
            "trace.show_object_trace",
            "trace.show_order_trace",
        ),
        (frozenset({"auditor"}), frozenset({"auditor"})),
    ),
    "audit.show_record": (frozenset({"auditor"}), frozenset({"auditor"})),
    "audit.download_export": (frozenset({"auditor"}), frozenset()),
    "roster.preview_import": (ROSTER, ROSTER),
    "roster.show_import_progress": (ROSTER, ROSTER),
    "bell.open_notice": (frozenset(), frozenset()),
    "seals.send_checkpoint": (frozenset(), frozenset()),
    "seals.send_record_proof": (frozenset(), frozenset()),
    "incidents.show_incident": (KEEPERS, KEEPERS),
    "incidents.get_incident_diagram_json": (KEEPERS, KEEPERS),
}
"""Who sees the thing on a page: those near to it (its teacher, its student, the curator of the group, the staff of its
unit), and colleagues of the same role and unit who have nothing to do with it: the curator of another group, another
teacher. Everybody else finds nothing (3.1)."""

DRAWN_FOR_EVERYBODY = frozenset({"start.save_start_draft", "inbox.claim_or_release_tasks"})
"""What they are about is the sender's own: a draft under a number he drew, a list of tasks each answered for itself."""

READ_ANYWHERE = {"rector": frozenset({"orders.show_order"})}
"""Pages of roles that read some things of every unit."""

OF_THE_UNIVERSITY = frozenset({"draft_id", "proposal_id", "scenario_id"})
"""Things of no unit: everybody whom the policy of a page lets in sees all of them."""

BY_SIGNATURE = frozenset({"seals.add_witnessed_checkpoint"})
"""Routes for machines of others, which have no session: what they send is signed, and gives nobody a right."""

BY_SECRET = frozenset(
    {"feed.download_calendar_file", "invitation.show_invitation_form", "verify.show_dossier_check"}
)
"""Routes whose address is the secret that opens them: without it they are missing for everybody (test_feed.py,
test_invitations.py, test_dossiers.py)."""


OWN_CODE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|<[a-z][^>]*\s(on[a-z]+|style)\s*=|javascript:",
    re.IGNORECASE,
)


def check_page(place: Place, answer: Any) -> None:
    """The page holds no script or style itself, which its policy of content refuses, and no untranslated text."""
    if answer.mimetype == "text/html":
        assert not OWN_CODE.search(answer.text), (place, OWN_CODE.search(answer.text))
        if answer.status_code == 200:
            assert sorted(set(bare(answer.text))) == [], place


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    return Campus(app, db_session, clock)


def things_of(place: Place) -> bool:
    return bool(place.arguments - set(PUBLIC)) or place.endpoint in ABOUT


def accept_of(place: Place) -> str:
    """What a browser or a script asks for: each route in one way, for what is missing is missing alike in both. Every
    second page is asked for as a browser does, the others and what writes as scripts do.
    """
    return ACCEPTS[crc32(str(place).encode()) % 2] if place.method == "GET" else ACCEPTS[1]


def bytes_of(answer: Any) -> tuple[Any, ...]:
    """All that a person could tell two answers apart by."""
    headers = sorted((name, value) for name, value in answer.headers if name != "Date")
    return answer.status_code, headers, answer.data


def without_token(answer: Any) -> tuple[int, str]:
    """A page that draws forms, without their token: it holds the second in which it was drawn."""
    tokens = {*TOKEN.findall(answer.text), *re.findall(r'data-csrf="([^"]+)"', answer.text)}
    return answer.status_code, re.sub("|".join(map(re.escape, tokens)) or "$^", "", answer.text)


def test_every_route_declares_who_may_come_in(app):
    silent = [str(place) for place in places(app) if not place.policy]
    assert silent == [], "declare @allow(...) above these views"


def test_every_kind_of_thing_a_route_names_is_on_the_campus(app, campus):
    named = {name for place in places(app) for name in place.arguments}
    unknown = named - set(campus.things) - set(PUBLIC)
    assert unknown == set(), "add one of each to Campus.things in tests/web/campus.py"


def test_every_page_about_one_thing_says_who_sees_it(app):
    about = {place.endpoint for place in places(app) if place.method == "GET" and things_of(place)}
    assert about - set(SEEN) == set(), (
        "add the page to SEEN with the roles that see it near and as colleagues"
    )


@pytest.mark.parametrize("part", range(4))
def test_a_guest_is_asked_to_sign_in_everywhere_but_at_the_door(app, campus, part):
    guest = Browser(app)
    guest.get("/sign-in")
    absent = campus.absent()
    for place in list(places(app))[part::4]:
        if "anyone" in place.policy:
            continue
        for accept in ACCEPTS:
            assert campus.visits(guest, place, campus.things, accept).status_code == 401, place
        known = campus.visits(guest, place, campus.things, ACCEPTS[1])
        assert bytes_of(known) == bytes_of(campus.visits(guest, place, absent, ACCEPTS[1])), place


def roles_of_policy(policy: Iterable[str]) -> set[str]:
    allowed = {role for verb in policy for role in PERMISSIONS.get(verb, ())}
    return set(ROLES) if {"anyone", "signed_in"} & set(policy) else allowed


@pytest.mark.parametrize(
    ("role", "part", "parts"),
    [*((role, 0, 1) for role in ROLES if role != "auditor"), ("auditor", 0, 2), ("auditor", 1, 2)],
)
def test_a_page_opens_for_the_roles_of_its_policy_and_is_missing_for_others(app, campus, role, part, parts):
    browser = Browser(app, PSEUDO_LOCALE).enter(campus.near[role])
    nothing = bytes_of(browser.get("/no-such-page", headers={"Accept": ACCEPTS[1]}))
    for place in list(places(app))[part::parts]:
        if role not in roles_of_policy(place.policy):
            answer = campus.visits(browser, place, campus.things, ACCEPTS[1])
            assert bytes_of(answer) == nothing, place
        elif place.method == "GET" and not things_of(place) and place.endpoint not in BY_SECRET:
            answer = campus.visits(browser, place, campus.things, ACCEPTS[0])
            assert answer.status_code in (200, 302), (place, answer.status_code)
            check_page(place, answer)


@pytest.mark.parametrize("role", sorted(set(ROLES) - WIDE))
def test_a_foreign_thing_answers_byte_for_byte_as_one_that_never_was(app, campus, role):
    browser, absent = Browser(app).enter(campus.far[role]), campus.absent()
    for place in places(app):
        if place.arguments & OF_THE_UNIVERSITY and role in roles_of_policy(place.policy):
            continue
        if place.endpoint in READ_ANYWHERE.get(role, ()):
            continue
        if things_of(place) and not (role in KEEPERS and place.endpoint.startswith("incidents.")):
            foreign = campus.visits(browser, place, campus.things, accept_of(place))
            never = campus.visits(browser, place, absent, accept_of(place))
            if place.endpoint in DRAWN_FOR_EVERYBODY:
                assert without_token(foreign) == without_token(never), place
            else:
                assert bytes_of(foreign) == bytes_of(never), place
                assert foreign.status_code == 404, place


@pytest.mark.parametrize("role", ROLES)
def test_what_belongs_to_one_person_is_missing_for_everybody_else_even_his_colleagues(app, campus, role):
    browser, absent = Browser(app).enter(campus.colleague[role]), campus.absent()
    for place in places(app):
        if place.arguments & PERSONAL:
            foreign = campus.visits(browser, place, campus.things, accept_of(place))
            never = campus.visits(browser, place, absent, accept_of(place))
            assert bytes_of(foreign) == bytes_of(never) and foreign.status_code == 404, place


@pytest.mark.clause("3.1")
@pytest.mark.parametrize(
    ("whose", "stride"),
    [("near", 1), ("colleague", 3), pytest.param("colleague", 1, marks=pytest.mark.torture)],
)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_what_is_near_to_it_and_no_more(app, campus, role, whose, stride):
    """A colleague, who works elsewhere, opens every third page in each run; which one differs from role to role."""
    browser = Browser(app, PSEUDO_LOCALE).enter(getattr(campus, whose)[role])
    for place in places(app):
        chosen = crc32(f"{role} {place}".encode()) % stride == 0
        if chosen and place.method == "GET" and things_of(place):
            answer = campus.visits(browser, place, campus.things, ACCEPTS[0])
            check_page(place, answer)
            near, colleague = SEEN[place.endpoint]
            assert (answer.status_code == 200) == (role in (near if whose == "near" else colleague)), place


@pytest.mark.parametrize("role", ROLES)
def test_with_one_identifier_right_and_one_absent_nothing_is_found(app, campus, role):
    browser = Browser(app).enter(campus.near[role])
    absent = {
        **campus.absent(),
        "process": "never_was",
        "version": ABSENT_NUMBER,
        "run": ABSENT_NUMBER,
        "revision": ABSENT_NUMBER,
        "form_name": "never.was",
        "field_key": "never_was",
    }
    for place in places(app):
        for name in place.arguments if len(place.arguments) > 1 else ():
            mixed = {**campus.things, name: absent[name]}
            assert campus.visits(browser, place, mixed, ACCEPTS[0]).status_code == 404, (place, name)


@pytest.mark.parametrize("role", ROLES)
def test_without_its_token_no_route_changes_anything(app, campus, role):
    browser = Browser(app).enter(campus.near[role])
    browser.token = "made up"
    for place in places(app):
        if place.endpoint in BY_SIGNATURE:
            continue
        if place.method != "GET" and role in roles_of_policy(place.policy):
            answer = campus.visits(browser, place, campus.things, ACCEPTS[1])
            assert answer.json["error"]["code"] == "kernel.input.no_token", place
