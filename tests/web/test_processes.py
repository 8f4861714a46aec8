"""The pages of processes over HTTP: what they say, to whom, at what cost; their files; what is not there (3.1, 7.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.bpmn.parse import parse_diagram
from app.diagrams import versions as diagrams
from app.diagrams.models import DiagramVersion
from app.diagrams.versions import read_shipped_diagrams
from app.kernel.settings import PROJECT_DIR
from app.people.models import ROLES
from app.people.rules import PERMISSIONS
from app.regulation.clauses import clause_by_number
from tests.cases.test_processes import asks, asks_next_door, publishes_again
from tests.support.query_counter import statements
from tests.web.browser import Browser
from tests.web.campus import Campus

PAGE = "/processes/late_correction"
READERS = frozenset(PERMISSIONS["processes.read"])
PATHS = (
    "/processes",
    PAGE,
    f"{PAGE}/diagram.json",
    f"{PAGE}/versions/1",
    f"{PAGE}/versions/1/diagram.json",
    f"{PAGE}/versions/1/file",
)


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    diagrams.clear_version_cache()
    yield Campus(app, db_session, clock)
    diagrams.clear_version_cache()


def enter(campus: Campus, role: str, locale: str = "en") -> Browser:
    return Browser(campus.app, locale).enter(campus.near[role])


def words(answer: Any) -> str:
    """What stands on the page, without its elements."""
    assert answer.status_code == 200, answer.text[:2000]
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.split("<main")[1].split("</main")[0]).split())


def numbers(answer: Any) -> list[str]:
    """The numbers of the cases in the list, in order."""
    return re.findall(r'class="row-title"><span[^>]*>([^<]+)<', answer.text)


def loads(browser: Browser, path: str = f"{PAGE}/diagram.json") -> dict[str, tuple[str, str]]:
    """What the map shows on each step where somebody waits."""
    steps = browser.get(path).json["steps"]
    return {step["id"]: (step["open"], step["late"]) for step in steps if step["open"]}


# --- the list ---------------------------------------------------------------------------------------------


def test_the_list_says_what_a_process_does_on_what_it_rests_and_how_many_run_and_are_late(campus):
    campus.world.clock.advance(days=4)
    asks(campus.world)
    page = enter(campus, "process_admin").get("/processes")
    text = words(page)
    assert "Technical correction after the deadline" in text and "Corrects a technical error" in text
    assert 'data-clause="4.4.2"' in page.text
    assert "Version 1 , in force" in text and "came with Depter" in text
    assert "Running 2 Late 1" in text


def test_a_university_without_a_process_reads_how_one_will_appear(app, staff):
    keeper = staff.person("Каипова", login="kaipova")
    staff.grants(keeper, "process_admin", None)
    page = Browser(app).enter(keeper).get("/processes")
    assert "No processes yet" in words(page) and "as soon as its diagram is published" in words(page)


def test_the_rail_leads_there_who_may_go_and_nobody_else(campus):
    for role in ROLES:
        page = enter(campus, role).get("/account").text
        assert ('href="/processes"' in page) == (role in READERS), role


# --- the live map -----------------------------------------------------------------------------------------


def test_the_map_carries_on_each_step_who_waits_and_who_is_late_in_words(campus):
    second = asks(campus.world)
    campus.world.head().approves(second)
    campus.world.clock.advance(days=1)
    asks(campus.world, 23)
    campus.world.clock.advance(days=1)
    browser = enter(campus, "process_admin")
    answer = browser.get(f"{PAGE}/diagram.json").json
    assert loads(browser) == {
        "endorse_department_head": ("2 wait", "1 late"),
        "forward_directorate": ("1 waits", "1 late"),
    }
    assert answer["xml"].startswith("<?xml") and answer["names"]["lane_it_admin"] == "IT administrator"
    assert answer["names"]["late_correction"] == "Technical correction after the deadline"
    russian = loads(enter(campus, "process_admin", "ru"))
    assert russian["endorse_department_head"] == ("2 ждут", "1 просрочено")


def test_the_steps_say_in_order_and_by_lane_what_the_drawing_says(campus):
    text = words(enter(campus, "auditor").get(PAGE))
    lanes = ["Teacher", "Head of department", "Directorate", "Academic office", "IT administrator"]
    places = [text.index(f"{lane} ", text.index(" Steps ")) for lane in lanes]
    assert places == sorted(places)
    assert "2 Endorsement by the head of department 1 waits" in text
    assert "Endorse, goes to: Directorate" in text
    assert "Return for rework, back to the one who asked" in text
    assert "When the deadline passes: Endorsement by the deputy" in text
    assert "A case ends as: Withdrawn, Rejected" in text


def test_a_chosen_step_tells_its_role_clause_term_form_usual_time_and_cases(campus):
    world = campus.world
    quick, slow = asks(world, 21), asks(world, 22)
    world.clock.advance(hours=2)
    world.head().approves(quick)
    world.clock.advance(hours=4)
    world.head().approves(slow)
    page = enter(campus, "process_admin").get(f"{PAGE}?step=endorse_department_head")
    text = words(page)
    facts = text[text.index(" Role ") : text.index(" Running cases ")]
    assert "Head of department of the department that teaches the discipline" in facts
    assert "1 working day correction.step_sla , a default, until the university sets its own" in facts
    assert "Usual time 4 hours median of 2 (the last 90 days); nine of ten within 6 hours" in facts
    assert "Decision a choice" in facts and "Reason text, needed with: Return for rework, Reject" in facts
    assert 'data-clause="4.4.2"' in page.text and 'data-chosen="endorse_department_head"' in page.text
    assert numbers(page) == [world.case(campus.things["case_id"]).number]


def test_a_step_of_the_system_itself_names_its_operation(campus):
    text = words(enter(campus, "auditor").get(f"{PAGE}?step=apply_correction"))
    assert "done by the system" in text and "journal.apply_correction" in text


@pytest.mark.parametrize("part", range(3))
def test_every_step_of_every_shipped_process_opens(campus, part):
    browser = enter(campus, "process_admin")
    for one in read_shipped_diagrams(PROJECT_DIR / "workflows", PROJECT_DIR / "forms")[part::3]:
        model = parse_diagram(one.xml.encode())
        for step, task in model.user_tasks.items():
            text = words(browser.get(f"/processes/{one.key}?step={step}"))
            assert task.titles["en"] in text, (one.key, step)


def test_a_process_that_says_nothing_of_itself_shows_what_its_clause_means(campus, database):
    (diagram,) = campus.world.session.query(DiagramVersion).filter_by(key="late_correction").all()
    xml = re.sub(r"<depter:about.*?</depter:about>", "", diagram.xml)
    forms = dict(diagram.forms)
    with database.connect("depter") as connection:
        connection.execute("ALTER TABLE diagrams.version DISABLE TRIGGER version_kept")
        connection.execute(
            "UPDATE diagrams.version SET xml = %s, sha256 = %s WHERE key = 'late_correction'",
            (xml, diagrams.diagram_sha256(xml, forms)),
        )
    diagrams.clear_version_cache()
    assert clause_by_number("4.4.2").says["en"] in words(enter(campus, "auditor").get("/processes"))


def test_a_version_that_is_not_what_was_published_is_neither_drawn_nor_given_out(campus, database):
    with database.connect("depter") as connection:
        connection.execute("ALTER TABLE diagrams.version DISABLE TRIGGER version_kept")
        connection.execute("UPDATE diagrams.version SET xml = xml || ' '")
    diagrams.clear_version_cache()
    browser = enter(campus, "process_admin")
    for path in (PAGE, f"{PAGE}/versions/1"):
        page = browser.get(path)
        assert "its fingerprint does not match" in words(page) and "diagram" not in page.text
    assert numbers(browser.get(PAGE)) == [campus.world.case(campus.things["case_id"]).number]
    assert browser.get("/processes").status_code == 200
    for path in (f"{PAGE}/diagram.json", f"{PAGE}/versions/1/diagram.json", f"{PAGE}/versions/1/file"):
        assert browser.get(path).status_code == 404


# --- running cases ----------------------------------------------------------------------------------------


def test_the_filters_live_in_the_address_and_say_what_they_leave(campus):
    world = campus.world
    first = world.case(campus.things["case_id"]).number
    second = asks(world)
    world.head().approves(second)
    publishes_again(world)
    third = world.case(asks(world, 23)).number
    second = world.case(second).number
    browser = enter(campus, "auditor")
    assert numbers(browser.get(PAGE)) == [first, second, third]
    assert numbers(browser.get(f"{PAGE}?step=forward_directorate")) == [second]
    assert numbers(browser.get(f"{PAGE}?version=2")) == [third]
    assert numbers(browser.get(f"{PAGE}?version=1&step=endorse_department_head")) == [first]
    page = browser.get(f"{PAGE}?late=1")
    assert numbers(page) == [] and "No case fits these filters" in words(page)
    world.clock.advance(days=4)
    browser = enter(campus, "auditor")
    assert len(numbers(browser.get(f"{PAGE}?late=1"))) == 3
    assert '<option value="1" selected>' in browser.get(f"{PAGE}?late=1").text


@pytest.mark.parametrize("query", ["step=no_such_step", "version=99", "late=yes", "version=-1&step="])
def test_a_filter_that_cannot_be_meant_leaves_the_whole_list(campus, query):
    page = enter(campus, "auditor").get(f"{PAGE}?{query}")
    assert len(numbers(page)) == 1 and 'data-chosen=""' in page.text


def test_the_list_goes_on_by_key_and_keeps_its_filters(campus, monkeypatch):
    monkeypatch.setattr("app.cases.queries.processes.CASES_PER_PAGE", 2)
    for day in (21, 22, 23):
        asks(campus.world, day)
    browser = enter(campus, "auditor")
    first = browser.get(f"{PAGE}?step=endorse_department_head")
    following = re.search(r'rel="next" href="([^"]+)"', first.text)[1].replace("&amp;", "&")
    assert "step=endorse_department_head" in following and following.endswith("#cases")
    second = browser.get(following.split("#")[0])
    assert len(set(numbers(first) + numbers(second))) == 4 and 'rel="next"' not in second.text
    assert browser.get(f"{PAGE}?after=nonsense").status_code == 422


def test_nobody_waiting_is_said_in_words(campus):
    campus.world.head().rejects(campus.things["case_id"])
    page = enter(campus, "auditor").get(PAGE)
    assert "No case is running" in words(page) and loads(enter(campus, "auditor")) == {}


# --- who sees what ----------------------------------------------------------------------------------------


@pytest.mark.clause("3.1")
def test_a_head_counts_and_lists_only_the_cases_of_his_unit(campus):
    world = campus.world
    theirs = world.case(asks_next_door(world)).number
    ours = world.case(campus.things["case_id"]).number
    head, auditor = enter(campus, "department_head"), enter(campus, "auditor")
    assert numbers(head.get(PAGE)) == [ours] and theirs not in head.get(PAGE).text
    assert loads(head) == {"endorse_department_head": ("1 waits", "")}
    assert "Running 1 Late 0" in words(head.get("/processes"))
    assert numbers(auditor.get(PAGE)) == [ours, theirs]
    far = Browser(campus.app).enter(campus.far["department_head"])
    assert numbers(far.get(PAGE)) == [] and loads(far) == {}


@pytest.mark.clause("3.1")
def test_who_keeps_the_diagrams_counts_every_case_and_opens_none(campus):
    case = campus.world.case(campus.things["case_id"])
    page = enter(campus, "process_admin").get(PAGE)
    assert numbers(page) == [case.number] and "counted here, opened by its own people" in words(page)
    assert str(case.id) not in page.text and case.requester_name not in page.text
    assert "IVT" not in page.text and "ИВТ-2-23" not in page.text
    read = enter(campus, "auditor").get(PAGE)
    assert f'href="/cases/{case.id}"' in read.text and "ИВТ-2-23" in read.text


@pytest.mark.parametrize("role", sorted(READERS))
def test_every_case_a_row_leads_to_opens(campus, role):
    asks_next_door(campus.world)
    browser = enter(campus, role)
    page = browser.get(PAGE)
    links = re.findall(r'class="row-link" href="(/cases/[^"]+)"', page.text)
    assert all(browser.get(link).status_code == 200 for link in links)
    assert len(links) == (0 if role == "process_admin" else len(numbers(page)))


@pytest.mark.parametrize("role", ROLES)
def test_each_path_opens_for_its_roles_and_is_nowhere_for_the_others(campus, role):
    browser = enter(campus, role)
    nothing = browser.get("/no-such-page")
    for path in PATHS:
        answer = browser.get(path)
        assert answer.status_code == (200 if role in READERS else 404), path
        if role not in READERS:
            assert (answer.data, sorted(answer.headers)) == (nothing.data, sorted(nothing.headers)), path


ABSENT = (
    "/processes/never_was",
    "/processes/..",
    "/processes/Late_Correction",
    f"/processes/{'x' * 300}",
    f"{PAGE}/versions/0",
    f"{PAGE}/versions/99999999999999999999",
    f"{PAGE}/versions/1x",
    "/processes/never_was/versions/1",
    "/processes/never_was/diagram.json",
    f"{PAGE}/versions/7/diagram.json",
    f"{PAGE}/versions/7/file",
)


@pytest.mark.parametrize("path", ABSENT)
def test_what_never_was_is_answered_as_any_other_address(campus, path):
    browser = enter(campus, "process_admin")
    nothing = browser.get("/no-such-page")
    answer = browser.get(path)
    same = [(name, value) for name, value in nothing.headers if name != "Date"]
    assert answer.status_code == 404 and answer.data == nothing.data
    assert [(name, value) for name, value in answer.headers if name != "Date"] == same


# --- versions ---------------------------------------------------------------------------------------------


def test_the_versions_say_who_published_them_whence_they_came_and_what_still_runs_on_them(campus):
    publishes_again(campus.world)
    asks(campus.world)
    newest, oldest = sorted(
        campus.world.session.query(DiagramVersion).filter_by(key="late_correction").all(),
        key=lambda row: -row.number,
    )
    page = enter(campus, "auditor").get(PAGE)
    table = words(page)[words(page).index(" Fingerprint ") :]
    assert table.index(newest.sha256[:12]) < table.index(oldest.sha256[:12])
    assert "Version 2 in force" in table and "Version 1 replaced" in table
    assert table.count("came with Depter") == 2
    assert loads(enter(campus, "auditor"), f"{PAGE}/versions/1/diagram.json") == {
        "endorse_department_head": ("1 waits", "")
    }


def test_a_version_that_a_person_published_names_him(campus, database):
    name = campus.near["process_admin"]
    with database.connect("depter") as connection:
        connection.execute("ALTER TABLE diagrams.version DISABLE TRIGGER version_kept")
        connection.execute("UPDATE diagrams.version SET published_by = %s, origin = 'edited'", (name,))
    for path in ("/processes", PAGE, f"{PAGE}/versions/1"):
        text = words(enter(campus, "academic_office").get(path))
        assert "Process_Admin" in text, path
    assert "drawn at the university" in text


def test_a_version_shows_its_whole_fingerprint_its_drawing_and_its_steps(campus):
    (row,) = campus.world.session.query(DiagramVersion).filter_by(key="late_correction").all()
    page = enter(campus, "auditor").get(f"{PAGE}/versions/1")
    assert row.sha256 in page.text and f'data-url="{PAGE}/versions/1/diagram.json"' in page.text
    assert "Endorsement by the head of department" in words(page)
    assert f"{PAGE}?step=release_it&amp;version=1#step" in page.text


def test_the_file_is_the_drawing_byte_for_byte_and_never_opens_in_place(campus):
    (row,) = campus.world.session.query(DiagramVersion).filter_by(key="late_correction").all()
    answer = enter(campus, "process_admin").get(f"{PAGE}/versions/1/file")
    assert answer.data == row.xml.encode()
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="late_correction-1.bpmn"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_where_a_case_waits_at_a_step_that_is_gone_the_page_says_so(campus):
    publishes_again(
        campus.world,
        lambda xml: re.sub(r"(?<!late_correction\.)endorse_department_head", "visa_of_head", xml),
    )
    page = enter(campus, "auditor").get(PAGE)
    text = words(page)
    assert "Only in older versions Endorsement by the head of department 1 waits" in text
    assert len(numbers(enter(campus, "auditor").get(f"{PAGE}?step=endorse_department_head"))) == 1


# --- what it costs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/processes", PAGE, f"{PAGE}/diagram.json", f"{PAGE}/versions/1"])
def test_a_page_costs_the_same_for_one_case_as_for_many_and_opens_no_state(campus, path):
    browser = enter(campus, "academic_office")
    browser.get(path)
    with statements() as few:
        browser.get(path)
    for day in (21, 22, 23):
        asks(campus.world, day)
    asks_next_door(campus.world)
    campus.world.clock.advance(seconds=1)
    browser.get(path)
    with statements() as many:
        assert browser.get(path).status_code == 200
    assert len(many) == len(few), many
    assert not [text for text in many if "cases.state" in text or "body" in text]


def test_the_pages_change_nothing(campus):
    browser = enter(campus, "process_admin")
    for path in PATHS:
        with statements() as seen:
            browser.get(path)
        written = [text for text in seen if re.match(r"\s*(insert|update|delete)", text, re.IGNORECASE)]
        assert written == [], path
        assert browser.post(path).status_code == 405, path
    assert json.loads(browser.get(f"{PAGE}/diagram.json").data)["steps"]


def test_a_late_step_is_late_for_everybody_at_the_same_moment(campus):
    due = campus.world.open_tasks(campus.things["case_id"])[0].due_at
    campus.world.clock.set(due)
    assert loads(enter(campus, "auditor"))["endorse_department_head"] == ("1 waits", "")
    campus.world.clock.set(due + timedelta(seconds=1))
    assert loads(enter(campus, "auditor"))["endorse_department_head"] == ("1 waits", "1 late")
