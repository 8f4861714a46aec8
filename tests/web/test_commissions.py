"""The pages of commissions: the list, the form of an order, the rector's task (P07)."""

from __future__ import annotations

import html

import pytest

from app.kernel.ids import new_id
from tests.scenarios import commissions
from tests.scenarios.world import World
from tests.support.query_counter import statements


@pytest.fixture
def world(db_session, clock):
    return World(db_session, clock)


def posted(world, **other):
    """The form of an order as a page posts it: names as they stand in the list of staff."""
    answers = commissions.order(world)
    counted = {}
    fields = {}
    for seat in answers.pop("commission")["seats"]:
        number = counted.get(seat["part"], 0)
        counted[seat["part"]] = number + 1
        person = next(n for n, id in world.people.items() if str(id) == seat["person"])
        fields[f"seat:{seat['part']}:{number}"] = f"Кесиптеш{person.removeprefix('colleague')} Башчы"
    return {**answers, **fields, "commission_scope": "university", "id": str(new_id())} | other


def test_the_office_drafts_on_one_page_and_the_rector_reads_all_of_it_in_his_task(world, enter):
    office = enter(world.people["academic_office"])
    commissions.rector(world)
    page = office.get("/cases/start/commission").text
    assert 'name="commission_scope"' in page and 'list="commission-staff"' in page
    sent = office.post("/cases/start/commission", **posted(world))
    assert sent.status_code == 302
    rector = enter(world.people["rector"])
    (task,) = world.open_tasks(world.session.execute(commissions.LAST_CASE).scalar())
    text = html.unescape(rector.get(f"/tasks/{task.id}").text)
    assert "№ 41-К" in text and "Кесиптеш0 Б." in text and "Sign" in text


def test_an_unknown_name_and_an_impossible_quorum_come_back_with_all_that_was_typed(world, enter):
    office = enter(world.people["academic_office"])
    office.get("/cases/start/commission")
    unknown = office.post("/cases/start/commission", **posted(world, **{"seat:CHAIR:0": "Белгисиз Адам"}))
    assert unknown.status_code == 422 and "Белгисиз Адам" in unknown.text
    few = office.post("/cases/start/commission", **posted(world, quorum="9"))
    assert few.status_code == 422 and "Кесиптеш0" in few.text


def test_the_list_shows_members_and_state_and_a_member_sees_his_own(world, enter):
    commission = commissions.formed(world)
    assert "41-К" in enter(world.people["directorate"]).get("/commissions").text
    member = commissions.sitting(world, commission)[2].person
    assert "41-К" in enter(member).get("/commissions").text
    assert "41-К" not in enter(world.school.lecturer).get("/commissions").text


def test_signing_says_who_publishes_and_returning_says_who_mends(world, enter):
    case = commissions.drafts(world)
    (task,) = world.open_tasks(case)
    page = enter(commissions.rector(world).person).get(f"/tasks/{task.id}").text
    assert page.count("goes to: Academic office") == 1 and page.count("back to the one who asked") == 1


def test_the_list_costs_the_same_however_many_orders_there_are(world, enter):
    counts = []
    for number in ("41-К", "42-К"):
        commissions.formed(world, order_no=number)
        office = enter(world.people["academic_office"])
        with statements() as seen:
            assert number in office.get("/commissions").text
        counts.append(len(seen))
    assert len(set(counts)) == 1, counts
