"""The pages of migrations: plan, choice, progress, report; what the history of a case says."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from app.cases.migration.tables import Migration
from app.cases.migration.worker import migrate_waiting_cases
from app.diagrams import versions
from app.kernel import door
from app.people.models import Account
from tests.scenarios.versions import SECOND_VISA, publishes, retitled
from tests.scenarios.world import World
from tests.web.browser import Browser

PAGE = "/processes/late_correction/migration"
REASON = "Жаңы чийме күчүнө кирди"


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def cases(world: World) -> dict[str, UUID]:
    """One case that moves and one that stays, because version 2 has a second visa."""
    made = {"moves": world.teacher().requests_correction(), "stays": world.teacher().requests_correction()}
    world.head().approves(made["stays"])
    publishes(world, SECOND_VISA)
    return made


def enters(app: Any, world: World, person: UUID, locale: str = "en") -> Browser:
    world.session.merge(Account(person_id=person, login=str(person), password="never"))
    world.session.commit()
    return Browser(app, locale).enter(person)


def administrator(app: Any, world: World, locale: str = "en", role: str = "process_admin") -> Browser:
    return enters(app, world, world.hires(role, None), locale)


def sends(browser: Browser, **other: Any) -> Any:
    values = {"id": str(uuid4()), "target": "2", "choose": "all", "reason": REASON} | other
    return browser.post(PAGE, **values)


def works(world: World) -> None:
    migrate_waiting_cases(door.write, world.clock(), 100)


def number(world: World, case: UUID) -> str:
    return str(world.case(case).number)


def test_the_plan_counts_and_names_reasons_and_lists_the_cases_of_one(app, world, cases):
    browser = administrator(app, world)
    page = browser.get(PAGE).text
    assert "1 case moves" in page and "1 case stays" in page
    assert "requires the approval “Second visa” before this place" in page
    assert number(world, cases["moves"]) in page and number(world, cases["stays"]) in page
    only = browser.get(f"{PAGE}?show=moves").text
    assert number(world, cases["moves"]) in only and number(world, cases["stays"]) not in only
    others = browser.get(f"{PAGE}?show=approval_missing:second_visa").text
    assert number(world, cases["moves"]) not in others and number(world, cases["stays"]) in others
    assert "No case to move" in browser.get(f"{PAGE}?target=2&version=2").text
    assert "No case of this kind" in browser.get(f"{PAGE}?show=nothing_like_it").text


def test_cases_are_moved_from_the_page_and_the_case_says_by_whom_and_why(app, world, cases):
    browser = administrator(app, world)
    answer = sends(browser)
    assert answer.status_code == 302 and answer.location.endswith(f"{PAGE}/1")
    running = browser.get(f"{PAGE}/1").text
    assert "Chosen: Every case that can move" in running
    assert "cases are being moved" in running and "hx-trigger" in running and REASON in running
    works(world)
    state = browser.get(f"{PAGE}/1/progress").text
    assert "<html" not in state and "hx-trigger" not in state and "done" in state
    done = browser.get(f"{PAGE}/1").text
    assert "Why cases stayed" in done and "Second visa" in done
    assert number(world, cases["stays"]) not in browser.get(f"{PAGE}/1?show=moved").text
    for role, locale, words in (
        ("department_head", "en", "Moved to version 2 of the process"),
        ("department_head", "ky", "Процесстин 2-версиясына которулду"),
        ("department_head", "ru", "Перенесено на версию 2 процесса"),
    ):
        told = enters(app, world, world.people[role], locale).get(f"/cases/{cases['moves']}").text
        assert words in told and REASON in told and "Process_Admin" in told
    told = browser.get("/processes/late_correction").text
    assert "Move running cases" in told


def test_only_ticked_cases_move_and_the_others_wait(app, world, cases):
    other = world.teacher().requests_correction()
    publishes(world, retitled)
    browser = administrator(app, world)
    refused = sends(browser, target="3", choose="ticked")
    assert refused.status_code == 422 and "Please tick at least one case" in refused.text
    assert REASON in refused.text, "what was typed is kept"
    assert sends(browser, target="3", choose="ticked", case=str(cases["moves"])).status_code == 302
    works(world)
    numbers = {
        name: world.session.get_one(type(world.case(cases["moves"])), case) for name, case in cases.items()
    }
    assert [versions.load_version(one.version_id).number for one in numbers.values()] == [3, 1]
    assert versions.load_version(world.case(other).version_id).number == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"reason": " "}, "Please fill this in."),
        ({"target": "9"}, "There is no such published version."),
        ({"choose": "some"}, "Please fill this in."),
        ({"choose": "all", "case": str(uuid4())}, "You ticked single cases."),
        ({"choose": "ticked", "case": "x"}, "This is not a known identifier."),
        ({"id": "x"}, "This is not a known identifier."),
    ],
)
def test_a_wrong_form_is_shown_again_with_its_error(app, world, cases, wrong, words):
    answer = sends(administrator(app, world), **wrong)
    assert answer.status_code == 422 and words in answer.text
    assert world.session.scalar(select(func.count()).select_from(Migration)) == 0


def test_a_migration_is_paused_goes_on_and_is_turned_round_from_its_page(app, world, cases):
    browser = administrator(app, world)
    sends(browser)
    assert browser.post(f"{PAGE}/1/pause").status_code == 302
    page = browser.get(f"{PAGE}/1").text
    assert "paused" in page and "hx-trigger" not in page
    works(world)
    browser.post(f"{PAGE}/1/resume")
    works(world)
    assert "Move the cases back?" in browser.get(f"{PAGE}/1").text
    browser.post(f"{PAGE}/1/revert")
    works(world)
    page = browser.get(f"{PAGE}/1").text
    assert "moved back" in page and "Move the cases back?" not in page
    told = enters(app, world, world.people["department_head"], "en").get(f"/cases/{cases['moves']}").text
    assert "Moved back to version 1 of the process" in told
    listed = browser.get(PAGE).text
    assert "Migrations so far" in listed and f"{PAGE}/1" in listed


def test_the_report_has_a_line_for_each_case_and_no_formula(app, world, cases):
    browser = administrator(app, world)
    sends(browser)
    works(world)
    answer = browser.get(f"{PAGE}/1/report.csv")
    assert answer.mimetype == "text/csv" and "migration-1.csv" in answer.headers["Content-Disposition"]
    head, *lines = csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")))
    assert len(head) == 7 and [line[0] for line in lines] == [number(world, case) for case in cases.values()]
    assert [line[3] for line in lines] == ["moved", "stayed"]
    assert lines[1][6] == "cases.migration.approval_missing" and "Second visa" in lines[1][4]


def test_an_auditor_reads_and_cannot_steer_and_others_find_nothing(app, world, cases):
    auditor = administrator(app, world, role="auditor")
    page = auditor.get(PAGE).text
    assert "1 case moves" in page and "Why are these cases moved?" not in page
    assert sends(auditor).status_code == 404
    sends(administrator(app, world))
    assert "Pause" not in auditor.get(f"{PAGE}/1").text
    assert auditor.post(f"{PAGE}/1/pause").status_code == 404
    office = enters(app, world, world.people["academic_office"], "en")
    assert office.get(PAGE).status_code == 404
    assert "Move running cases" not in office.get("/processes/late_correction").text


def test_pages_of_a_long_list_do_not_overlap(app, world, monkeypatch):
    monkeypatch.setattr("app.web.processes.migration_routes.CASES_PER_PAGE", 2)
    made = [world.teacher().requests_correction() for _ in range(5)]
    publishes(world, retitled)
    browser = administrator(app, world)

    def walks(address: str) -> list[str]:
        seen: list[str] = []
        while address:
            page = browser.get(address).text
            seen += [one for one in (number(world, case) for case in made) if one in page]
            found = page.split('rel="next" href="')
            address = found[1].split('"')[0].replace("&amp;", "&") if len(found) > 1 else ""
        return seen

    numbers = [number(world, case) for case in made]
    assert walks(PAGE) == numbers
    sends(browser)
    works(world)
    assert walks(f"{PAGE}/1") == numbers


def test_a_bad_page_key_and_a_migration_that_never_was_are_answered(app, world, cases):
    browser = administrator(app, world)
    assert browser.get(f"{PAGE}?after=x").status_code == 422
    for address in (f"{PAGE}/7", f"{PAGE}/{10**12}", f"{PAGE}/7/report.csv", f"{PAGE}/7/progress"):
        assert browser.get(address).status_code == 404
    assert browser.post(f"{PAGE}/{10**12}/pause").status_code == 404
    assert browser.get(f"{PAGE}?before={10**12}").status_code == 200
