"""A version comes into force by a second person: who may, what is refused, when, and what two people do at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.audit.models import AuditRecord
from app.diagrams import drafts, proposals, versions
from app.diagrams.models import DiagramDraft, DiagramProposal, DiagramVersion
from app.diagrams.proposal_queries import load_proposal, load_waiting_proposals
from app.diagrams.version_writes import RETIRED
from app.diagrams.versions import load_published_version_id
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.worker.due_work import publish_due_diagram_versions
from tests.diagrams.test_sync import KEY, bring, changed
from tests.scenarios.world import Actor, World

TITLE = ">Technical correction after the deadline<"
WHY = "The deputy decides alone when the head is away for long."


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def author(world: World) -> Actor:
    return world.actor("process_admin", world.hires("process_admin", None))


@pytest.fixture
def reviewer(world: World) -> Actor:
    return world.actor("process_admin", world.hires("process_admin", None))


def edited(author: Actor, title: str = ">Late correction<") -> tuple[UUID, int]:
    """A draft of the late correction with another title: id and revision."""
    draft_id, in_force = new_id(), load_published_version_id(KEY)
    assert in_force is not None
    with door.write(author.act()):
        drafts.create_draft_from_version(author.act(), draft_id, in_force)
    draft = author.world.session.get(DiagramDraft, draft_id)
    xml = draft.xml.replace(TITLE, title)
    with door.write(author.act()):
        saved = drafts.save_draft(author.act(), draft_id, 1, xml)
    return draft_id, saved.revision


def proposed(author: Actor, title: str = ">Late correction<") -> UUID:
    draft_id, revision = edited(author, title)
    proposal_id = new_id()
    with door.write(author.act()):
        proposals.propose_draft(author.act(), proposal_id, draft_id, revision, WHY)
    return proposal_id


def approve(reviewer: Actor, proposal_id: UUID, at: Any = None, seen: UUID | None = None) -> None:
    with door.write(reviewer.act()):
        base = seen or load_published_version_id(KEY)
        proposals.approve_proposal(reviewer.act(), proposal_id, base, at)


def in_force(world: World) -> str:
    """The English title of the version in force."""
    world.session.rollback()
    row = world.session.scalar(
        select(DiagramVersion).where(DiagramVersion.key == KEY, DiagramVersion.state == "published")
    )
    return str(row.titles["en"])


def states(world: World) -> list[tuple[int, str]]:
    world.session.rollback()
    rows = world.session.execute(
        select(DiagramVersion.number, DiagramVersion.state)
        .where(DiagramVersion.key == KEY)
        .order_by(DiagramVersion.number)
    )
    return [(number, state) for number, state in rows]


def news(world: World, event_type: str) -> list[dict[str, Any]]:
    world.session.rollback()
    rows = world.session.scalars(select(Message.payload).where(Message.event_type == event_type))
    return [dict(payload) for payload in rows]


def test_a_second_person_brings_a_draft_into_force_and_new_cases_use_it(world, author, reviewer):
    running = world.teacher().requests_correction()
    proposal_id = proposed(author)
    assert states(world) == [(1, "published"), (2, "proposed")] and in_force(world) != "Late correction"
    approve(reviewer, proposal_id)
    assert states(world) == [(1, "retired"), (2, "published")] and in_force(world) == "Late correction"
    row = load_proposal(proposal_id)
    assert (row.state, row.decided_by, row.effective_at, row.why) == (
        "published",
        reviewer.person,
        world.now(),
        WHY,
    )
    assert versions.load_version(world.case(running).version_id).number == 1
    world.head().rejects(running)
    later = world.teacher().requests_correction()
    assert versions.load_version(world.case(later).version_id).number == 2
    assert world.session.get(DiagramDraft, row.draft_id).closed_how == "published"


def test_who_proposed_drew_or_stands_in_for_them_does_not_decide(world, author, reviewer):
    draft_id, revision = edited(author)
    with door.write(reviewer.act()):
        xml = world.session.get(DiagramDraft, draft_id).xml.replace("Late correction", "Later correction")
        revision = drafts.save_draft(reviewer.act(), draft_id, revision, xml).revision
    proposal_id = new_id()
    with door.write(author.act()):
        proposals.propose_draft(author.act(), proposal_id, draft_id, revision, WHY)
    for actor in (author, reviewer):
        with pytest.raises(Refused) as refused, door.write(actor.act()):
            proposals.approve_proposal(actor.act(), proposal_id, load_published_version_id(KEY), None)
        assert refused.value.code == "diagrams.proposal.own" and refused.value.clause is None
        with pytest.raises(Refused), door.write(actor.act()):
            proposals.send_proposal_back_to_author(actor.act(), proposal_id, "It is not what we agreed upon.")
    third = world.actor("process_admin", world.hires("process_admin", None))
    behalf = third.act().__class__(**{**_parts(third.act()), "on_behalf_of": author.person})
    with pytest.raises(Refused), door.write(behalf):
        proposals.approve_proposal(behalf, proposal_id, load_published_version_id(KEY), None)
    approve(third, proposal_id)
    assert in_force(world) == "Later correction"


def _parts(act: Act) -> dict[str, Any]:
    return {
        name: getattr(act, name) for name in act.__dataclass_fields__ if act.__dataclass_fields__[name].init
    }


def test_the_database_too_lets_no_author_decide(world, author):
    proposal_id = proposed(author)
    with pytest.raises(Exception, match="second_person"):
        world.session.execute(
            text("UPDATE diagrams.proposal SET state = 'returned', decided_by = proposed_by WHERE id = :id"),
            {"id": proposal_id},
        )
    world.session.rollback()


def test_a_diagram_with_an_error_is_neither_proposed_nor_approved(world, author, reviewer):
    draft_id, revision = edited(author)
    with door.write(author.act()):
        xml = world.session.get(DiagramDraft, draft_id).xml
        start = xml.index('<bpmn:userTask id="forward_directorate"')
        end = xml.index(">", start)
        broken = xml[:start] + xml[start:end].replace(' depter:approves="true"', "") + xml[end:]
        revision = drafts.save_draft(author.act(), draft_id, revision, broken).revision
    with pytest.raises(Refused) as refused, door.write(author.act()):
        proposals.propose_draft(author.act(), new_id(), draft_id, revision, WHY)
    assert refused.value.code == "diagrams.proposal.not_sound"
    assert states(world) == [(1, "published")] and load_waiting_proposals() == []


def test_what_is_in_force_already_is_not_proposed(world, author):
    draft_id = new_id()
    with door.write(author.act()):
        drafts.create_draft_from_version(author.act(), draft_id, load_published_version_id(KEY))
    with pytest.raises(Refused) as refused, door.write(author.act()):
        proposals.propose_draft(author.act(), new_id(), draft_id, 1, WHY)
    assert refused.value.code == "diagrams.proposal.nothing_changed"
    with pytest.raises(Refused), door.write(author.act()):
        proposals.propose_version(author.act(), new_id(), load_published_version_id(KEY), WHY)


def test_one_proposal_of_a_process_waits_at_a_time(world, author, reviewer):
    proposed(author)
    draft_id, revision = edited(reviewer, ">Another title<")
    with pytest.raises(Refused) as refused, door.write(reviewer.act()):
        proposals.propose_draft(reviewer.act(), new_id(), draft_id, revision, WHY)
    assert refused.value.code == "diagrams.proposal.one_waits"


@pytest.mark.parametrize("why", ["", "   ", "too short", "x" * 2001])
def test_a_proposal_says_why(world, author, why):
    draft_id, revision = edited(author)
    with pytest.raises(Invalid) as refused, door.write(author.act()):
        proposals.propose_draft(author.act(), new_id(), draft_id, revision, why)
    assert set(refused.value.fields) == {"why"}


def test_a_draft_that_changed_meanwhile_is_not_proposed_as_it_was(world, author):
    draft_id, revision = edited(author)
    with pytest.raises(Stale), door.write(author.act()):
        proposals.propose_draft(author.act(), new_id(), draft_id, revision - 1, WHY)


def test_a_repeat_of_a_request_changes_nothing(world, author, reviewer):
    draft_id, revision = edited(author)
    proposal_id = new_id()
    for _ in range(2):
        with door.write(author.act()):
            proposals.propose_draft(author.act(), proposal_id, draft_id, revision, WHY)
    base = load_published_version_id(KEY)
    for _ in range(2):
        approve(reviewer, proposal_id, seen=base)
    wanted = select(AuditRecord.event_type).where(AuditRecord.event_type.like("diagrams.proposal.%"))
    world.session.rollback()
    assert sorted(world.session.scalars(wanted)) == ["diagrams.proposal.approved", "diagrams.proposal.made"]
    with pytest.raises(Stale), door.write(reviewer.act()):
        proposals.send_proposal_back_to_author(reviewer.act(), proposal_id, "Something else has to change.")


def test_a_later_moment_is_kept_to_the_minute(world, author, reviewer, settings):
    proposal_id = proposed(author)
    moment = world.now() + timedelta(hours=5)
    approve(reviewer, proposal_id, at=moment)
    assert states(world) == [(1, "published"), (2, "scheduled")]
    assert not publish_due_diagram_versions(settings, moment - timedelta(minutes=1))
    assert states(world) == [(1, "published"), (2, "scheduled")]
    assert publish_due_diagram_versions(settings, moment)
    assert states(world) == [(1, "retired"), (2, "published")]
    assert not publish_due_diagram_versions(settings, moment)


@pytest.mark.parametrize("hours", [-1, 0, 24 * 367])
def test_a_moment_in_the_past_or_beyond_a_year_is_bad_input(world, author, reviewer, hours):
    proposal_id = proposed(author)
    with pytest.raises(Invalid) as refused:
        approve(reviewer, proposal_id, at=world.now() + timedelta(hours=hours))
    assert set(refused.value.fields) == {"effective_at"}


def test_a_proposal_compared_with_a_version_that_is_gone_is_outdated(world, author, reviewer, settings):
    first = proposed(author)
    seen = load_published_version_id(KEY)
    approve(reviewer, first, at=world.now() + timedelta(hours=1), seen=seen)
    bring(world, changed("a release"))
    assert states(world)[0] == (1, "retired")
    assert publish_due_diagram_versions(settings, world.now() + timedelta(hours=1))
    assert load_proposal(first).state == "outdated" and in_force(world) != "Late correction"
    second = proposed(author, ">Second title<")
    with pytest.raises(Stale) as stale:
        approve(reviewer, second, seen=seen)
    assert stale.value.code == "diagrams.proposal.outdated"


def test_a_returned_proposal_goes_back_with_its_reason_and_the_draft_stays(world, author, reviewer):
    proposal_id = proposed(author)
    with door.write(reviewer.act()):
        proposals.send_proposal_back_to_author(
            reviewer.act(), proposal_id, "The deadline of the head is too short."
        )
    row = load_proposal(proposal_id)
    assert (row.state, row.decision_reason) == ("returned", "The deadline of the head is too short.")
    assert states(world) == [(1, "published"), (2, RETIRED)]
    assert world.session.get(DiagramDraft, row.draft_id).closed_at is None
    told = news(world, "diagrams.proposal.decided")
    assert [(one["outcome"], one["recipients"]) for one in told] == [("returned", [str(author.person)])]


def test_who_proposed_or_approved_withdraws_while_it_waits_and_nobody_else(world, author, reviewer):
    proposal_id = proposed(author)
    stranger = world.actor("process_admin", world.hires("process_admin", None))
    with pytest.raises(Refused), door.write(stranger.act()):
        proposals.withdraw_proposal(stranger.act(), proposal_id)
    approve(reviewer, proposal_id, at=world.now() + timedelta(days=1))
    with door.write(reviewer.act()):
        proposals.withdraw_proposal(reviewer.act(), proposal_id)
    assert load_proposal(proposal_id).state == "withdrawn" and states(world) == [
        (1, "published"),
        (2, RETIRED),
    ]
    again = proposed(author, ">Third title<")
    approve(reviewer, again)
    with pytest.raises(Stale), door.write(author.act()):
        proposals.withdraw_proposal(author.act(), again)


def test_an_old_version_comes_back_by_a_proposal_under_its_number(world, author, reviewer):
    approve(reviewer, proposed(author))
    old = world.session.scalar(
        select(DiagramVersion.id).where(DiagramVersion.key == KEY, DiagramVersion.number == 1)
    )
    back = new_id()
    with door.write(reviewer.act()):
        proposals.propose_version(reviewer.act(), back, old, "The new title confuses the teachers.")
    approve(author, back)
    assert states(world) == [(1, "published"), (2, RETIRED)] and load_published_version_id(KEY) == old


def test_a_release_over_a_version_of_the_university_is_proposed_and_decided_like_any_other(
    world, author, reviewer
):
    approve(reviewer, proposed(author))
    assert bring(world, changed("next release")) == "proposed"
    shipped = world.session.scalar(select(DiagramVersion.id).where(DiagramVersion.state == "proposed"))
    proposal_id = new_id()
    with door.write(author.act()):
        proposals.propose_version(author.act(), proposal_id, shipped, "The release mends a typing error.")
    approve(reviewer, proposal_id)
    assert load_published_version_id(KEY) == shipped


def test_everybody_who_decides_in_the_process_is_told_and_who_published_is_not(world, author, reviewer):
    approve(reviewer, proposed(author))
    (told,) = news(world, "diagrams.version.effective")
    heads = {str(world.head().person), str(world.it().person), str(world.office().person)}
    assert heads <= set(told["recipients"]) and str(reviewer.person) not in told["recipients"]
    assert told["version"] == 2 and told["process"]["en"] == "Late correction"
    (asked,) = news(world, "diagrams.proposal.made")
    assert str(reviewer.person) in asked["recipients"] and str(author.person) not in asked["recipients"]


def test_what_does_not_exist_is_missing(world, author):
    for deed in (
        lambda act: proposals.propose_draft(act, new_id(), new_id(), 1, WHY),
        lambda act: proposals.propose_version(act, new_id(), new_id(), WHY),
        lambda act: proposals.approve_proposal(act, new_id(), None, None),
        lambda act: proposals.send_proposal_back_to_author(act, new_id(), "A reason that is long enough."),
        lambda act: proposals.withdraw_proposal(act, new_id()),
    ):
        with pytest.raises(Missing), door.write(author.act()):
            deed(author.act())
    assert world.session.scalars(select(DiagramProposal)).all() == []
