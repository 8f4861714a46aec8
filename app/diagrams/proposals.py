"""Commands on proposals: a version becomes the one in force only when a second person approves it.

Proposed is a draft, or a version that exists (one that came with a release, or an old one again). What is proposed
has no error in its check and is explored whole; it is checked again when it is approved and when it comes into force,
because a release may have changed operations meanwhile. No clause of the regulation says who publishes a diagram, so
refusals name none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record_audit_event
from app.audit.words import seal_text
from app.bpmn.parse import parse_diagram
from app.diagrams.draft_forms import load_form_texts_named_in_drawing
from app.diagrams.limited_check import check_diagram_with_limits
from app.diagrams.models import DiagramDraft, DiagramProposal, DiagramVersion, DraftRevision
from app.diagrams.scenario_queries import find_unpassed_scenario, require_scenarios_passed
from app.diagrams.version_writes import (
    EDITED,
    PROPOSED,
    PUBLISHED,
    RETIRED,
    SCHEDULED,
    insert_version,
    lock_process_versions,
    retire_version_in_force,
    set_version_state,
)
from app.diagrams.versions import diagram_sha256
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused, Stale
from app.outbox.post import post_event
from app.people import queries as people

OPEN, RETURNED, WITHDRAWN, OUTDATED = "open", "returned", "withdrawn", "outdated"
PROPOSAL_MADE_EVENT = "diagrams.proposal.made"
PROPOSAL_DECIDED_EVENT = "diagrams.proposal.decided"
VERSION_EFFECTIVE_EVENT = "diagrams.version.effective"
REVIEWER_ROLE = "process_admin"
MIN_REASON_LENGTH, MAX_REASON_LENGTH = 10, 2000
MAX_DELAY = timedelta(days=366)
"""How far ahead a version may be set to come into force."""


def propose_draft(act: Act, proposal_id: UUID, draft_id: UUID, revision: int, why: str) -> DiagramProposal:
    """Propose a draft as it was at this revision. A repeat of the same request returns the proposal again.

    Raises Missing, Invalid (`why`), Stale (the draft changed), and Refused when the check finds an error, nothing
    differs from the version in force, or another proposal of this process waits.
    """
    person, why = _require_acting_person(act), _strip_and_check_reason(why, "why")
    draft = db.session.scalar(select(DiagramDraft).where(DiagramDraft.id == draft_id).with_for_update())
    if draft is None:
        raise Missing
    made = db.session.get(DiagramProposal, proposal_id)
    if made is not None:
        return _proposal_of_equal_request(made, person, draft_id)
    if draft.closed_at is not None or draft.revision != revision:
        raise Stale("diagrams.draft.changed", current={"revision": draft.revision})
    forms = load_form_texts_named_in_drawing(draft.xml, draft.forms)
    _require_sound_diagram(draft.xml, forms)
    key = parse_diagram(draft.xml.encode()).key
    lock_process_versions(key)
    require_scenarios_passed(key, diagram_sha256(draft.xml, forms))
    version = _find_or_insert_version_of_content(act, draft.xml, forms, key)
    authors = db.session.scalars(
        select(DraftRevision.saved_by).where(DraftRevision.draft_id == draft_id).distinct()
    )
    return _insert_proposal(act, proposal_id, version, why, {person, draft.created_by, *authors}, draft_id)


def propose_version(act: Act, proposal_id: UUID, version_id: UUID, why: str) -> DiagramProposal:
    """Propose a version that exists: one that came with a release, or an old one again.

    Raises Missing, Invalid (`why`) and Refused as `propose_draft` does.
    """
    person, why = _require_acting_person(act), _strip_and_check_reason(why, "why")
    version = db.session.get(DiagramVersion, version_id)
    if version is None:
        raise Missing
    made = db.session.get(DiagramProposal, proposal_id)
    if made is not None:
        return _proposal_of_equal_request(made, person, None)
    lock_process_versions(version.key)
    db.session.refresh(version)
    if version.state == PUBLISHED:
        raise Refused("diagrams.proposal.nothing_changed")
    _require_sound_diagram(version.xml, version.forms)
    require_scenarios_passed(version.key, version.sha256)
    if version.state == RETIRED:
        set_version_state(act, version, PROPOSED)
    return _insert_proposal(act, proposal_id, version, why, {person}, None)


def approve_proposal(
    act: Act, proposal_id: UUID, base_seen: UUID | None, effective_at: datetime | None, reason: str = ""
) -> DiagramProposal:
    """Approve a proposal: its version comes into force now, or at a later moment.

    `base_seen` is the version in force that the page compared with. Raises Missing, Invalid (`effective_at`), Stale
    (decided meanwhile, another version in force), and Refused for an author or an error in the check.
    """
    proposal = _lock_proposal_and_process(proposal_id)
    if proposal.state in (SCHEDULED, PUBLISHED) and proposal.decided_by == act.person:
        return proposal
    _require_open_proposal_of_other_person(act, proposal)
    if effective_at is not None and not act.at < effective_at <= act.at + MAX_DELAY:
        raise Invalid.field("effective_at", "diagrams.proposal.moment")
    in_force = _load_version_id_in_force(proposal.key)
    if in_force != proposal.base_version_id or in_force != base_seen:
        raise Stale("diagrams.proposal.outdated")
    version = _load_version_of_proposal(proposal)
    _require_sound_diagram(version.xml, version.forms)
    require_scenarios_passed(version.key, version.sha256)
    proposal.decided_by, proposal.decided_at = act.person, act.at
    proposal.decision_reason = seal_text(act.person, reason.strip()[:MAX_REASON_LENGTH])
    proposal.effective_at = effective_at or act.at
    proposal.state = SCHEDULED if effective_at else PUBLISHED
    db.session.flush()
    _record_proposal_decision(act, proposal, "approved")
    if effective_at is None:
        _publish_version_and_notify(act, proposal, version)
    else:
        set_version_state(act, version, SCHEDULED)
    return proposal


def send_proposal_back_to_author(act: Act, proposal_id: UUID, reason: str) -> DiagramProposal:
    """Return a proposal to who proposed it. Raises Missing, Invalid (`reason`), Stale, Refused for an author."""
    reason = _strip_and_check_reason(reason, "reason")
    proposal = _lock_proposal_and_process(proposal_id)
    if proposal.state == RETURNED and proposal.decided_by == act.person:
        return proposal
    _require_open_proposal_of_other_person(act, proposal)
    proposal.decided_by, proposal.decided_at = act.person, act.at
    proposal.decision_reason = seal_text(act.person, reason)
    _close_proposal_without_publishing(act, proposal, RETURNED)
    return proposal


def withdraw_proposal(act: Act, proposal_id: UUID) -> DiagramProposal:
    """Withdraw a proposal that is open, or one that waits for its moment. A second time changes nothing.

    Raises Missing, Stale when it was decided otherwise, and Refused for somebody who neither proposed nor approved it.
    """
    proposal = _lock_proposal_and_process(proposal_id)
    if proposal.state == WITHDRAWN:
        return proposal
    if act.person not in (proposal.proposed_by, proposal.decided_by):
        raise Refused("diagrams.proposal.not_yours")
    if proposal.state not in (OPEN, SCHEDULED):
        raise Stale("diagrams.proposal.decided")
    proposal.effective_at = None
    _close_proposal_without_publishing(act, proposal, WITHDRAWN)
    return proposal


def publish_due_versions(act: Act, limit: int) -> int:
    """Bring approved versions into force whose moment has come; return how many proposals were handled.

    A proposal whose base is no longer in force, whose check finds an error now, or for which a scenario has no passed
    result, is outdated: nothing is published.
    """
    due = db.session.scalars(
        select(DiagramProposal)
        .where(DiagramProposal.state == SCHEDULED, DiagramProposal.effective_at <= act.at)
        .order_by(DiagramProposal.effective_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for proposal in due:
        lock_process_versions(proposal.key)
        version = _load_version_of_proposal(proposal)
        fits = (
            _load_version_id_in_force(proposal.key) == proposal.base_version_id
            and find_unpassed_scenario(version.key, version.sha256) is None
        )
        if fits and not check_diagram_with_limits(version.xml.encode(), version.forms).errors:
            proposal.state = PUBLISHED
            db.session.flush()
            _publish_version_and_notify(act, proposal, version)
        else:
            proposal.effective_at = None
            _close_proposal_without_publishing(act, proposal, OUTDATED)
    return len(due)


def _publish_version_and_notify(act: Act, proposal: DiagramProposal, version: DiagramVersion) -> None:
    """Bring the version into force and notify everybody whose role has a pool task in it."""
    retire_version_in_force(proposal.key)
    set_version_state(act, version, PUBLISHED)
    _close_published_draft(act, proposal, version)
    model = parse_diagram(version.xml.encode())
    roles = {
        model.lanes[task.lane].role for task in model.user_tasks.values() if task.assign in ("", "deputy")
    }
    holders = people.load_holder_ids_of_roles(roles, local_day(act.at))
    recipients = sorted({str(person) for person in holders} - {str(act.person)})
    payload = {"process": dict(version.titles), "version": version.number, "url": f"/processes/{version.key}"}
    post_event(act, VERSION_EFFECTIVE_EVENT, {**payload, "recipients": recipients})


def _close_published_draft(act: Act, proposal: DiagramProposal, version: DiagramVersion) -> None:
    """Close the draft of a proposal, unless it was changed after it was proposed or is being changed now."""
    # Whoever saves the draft holds it and may wait for the process, which is locked here: do not wait for him.
    draft = db.session.scalar(
        select(DiagramDraft).where(DiagramDraft.id == proposal.draft_id).with_for_update(skip_locked=True)
    )
    if (
        draft is not None
        and draft.closed_at is None
        and (draft.xml, load_form_texts_named_in_drawing(draft.xml, draft.forms))
        == (version.xml, version.forms)
    ):
        draft.closed_at, draft.closed_how = act.at, PUBLISHED
        db.session.flush()


def _find_or_insert_version_of_content(
    act: Act, xml: str, forms: Mapping[str, str], key: str
) -> DiagramVersion:
    """Return the version with this drawing and these forms, or insert it. Raises Refused when it is in force."""
    sha256 = diagram_sha256(xml, forms)
    same = db.session.scalar(
        select(DiagramVersion).where(DiagramVersion.key == key, DiagramVersion.sha256 == sha256)
    )
    if same is None:
        return insert_version(act, xml, forms, EDITED, PROPOSED)
    if same.state == PUBLISHED:
        raise Refused("diagrams.proposal.nothing_changed")
    if same.state == RETIRED:
        set_version_state(act, same, PROPOSED)
    return same


def _insert_proposal(
    act: Act, proposal_id: UUID, version: DiagramVersion, why: str, authors: set[UUID], draft_id: UUID | None
) -> DiagramProposal:
    waiting = db.session.scalar(
        select(DiagramProposal.id).where(
            DiagramProposal.key == version.key, DiagramProposal.state.in_((OPEN, SCHEDULED))
        )
    )
    if waiting is not None:
        raise Refused("diagrams.proposal.one_waits", remedy="proposal", proposal=str(waiting))
    proposal = DiagramProposal(
        id=proposal_id,
        key=version.key,
        version_id=version.id,
        base_version_id=_load_version_id_in_force(version.key),
        draft_id=draft_id,
        why=seal_text(act.person, why) or b"",
        authors=sorted(authors, key=str),
        proposed_by=act.person,
        proposed_at=act.at,
        state=OPEN,
    )
    db.session.add(proposal)
    db.session.flush()
    after = {"key": version.key, "number": version.number, "sha256": version.sha256}
    record_audit_event(act, "diagrams.proposal.made", ("diagrams.proposal", proposal.id), None, after)
    reviewers = people.load_holder_ids_of_roles({REVIEWER_ROLE}, local_day(act.at))
    recipients = sorted(str(person) for person in set(reviewers) - set(proposal.authors))
    post_event(
        act, PROPOSAL_MADE_EVENT, {**_proposal_notice_payload(proposal, version), "recipients": recipients}
    )
    return proposal


def _close_proposal_without_publishing(act: Act, proposal: DiagramProposal, state: str) -> None:
    """Close a proposal; its version is neither proposed nor scheduled any more."""
    proposal.state = state
    db.session.flush()
    version = _load_version_of_proposal(proposal)
    set_version_state(act, version, RETIRED)
    _record_proposal_decision(act, proposal, state)


def _record_proposal_decision(act: Act, proposal: DiagramProposal, decision: str) -> None:
    version = _load_version_of_proposal(proposal)
    after = {"key": proposal.key, "number": version.number, "effective_at": proposal.effective_at}
    record_audit_event(act, f"diagrams.proposal.{decision}", ("diagrams.proposal", proposal.id), None, after)
    recipients = sorted({str(person) for person in proposal.authors} - {str(act.person)})
    payload = {**_proposal_notice_payload(proposal, version), "outcome": decision, "recipients": recipients}
    post_event(act, PROPOSAL_DECIDED_EVENT, payload)


def _proposal_notice_payload(proposal: DiagramProposal, version: DiagramVersion) -> dict[str, object]:
    url = f"/processes/proposals/{proposal.id}"
    return {"process": dict(version.titles), "version": version.number, "url": url}


def _proposal_of_equal_request(made: DiagramProposal, person: UUID, draft_id: UUID | None) -> DiagramProposal:
    """Return the proposal that an equal request made. Raises Stale for another person or draft."""
    if (made.proposed_by, made.draft_id) != (person, draft_id):
        raise Stale("diagrams.proposal.other_content")
    return made


def _require_open_proposal_of_other_person(act: Act, proposal: DiagramProposal) -> None:
    if act.person is None or act.person in proposal.authors or act.on_behalf_of in proposal.authors:
        raise Refused("diagrams.proposal.own")
    if proposal.state != OPEN:
        raise Stale("diagrams.proposal.decided")


def _require_sound_diagram(xml: str, forms: object) -> None:
    """Raise Refused when the check finds an error or could not explore everything."""
    report = check_diagram_with_limits(xml.encode(), dict(forms))  # type: ignore[call-overload]
    if not report.is_sound:
        raise Refused("diagrams.proposal.not_sound", count=len(report.errors))


def _strip_and_check_reason(text: str, field: str) -> str:
    """Return a reason without blanks around it. Raises Invalid when it is too short or too long."""
    reason = text.strip()
    if len(reason) < MIN_REASON_LENGTH:
        raise Invalid.field(field, "forms.field.too_short", min=MIN_REASON_LENGTH)
    if len(reason) > MAX_REASON_LENGTH:
        raise Invalid.field(field, "forms.field.too_long", max=MAX_REASON_LENGTH)
    return reason


def _lock_proposal_and_process(proposal_id: UUID) -> DiagramProposal:
    """Lock a proposal, then its process: two decisions, or a decision and a release, come one after the other."""
    proposal = db.session.scalar(
        select(DiagramProposal).where(DiagramProposal.id == proposal_id).with_for_update()
    )
    if proposal is None:
        raise Missing
    lock_process_versions(proposal.key)
    return proposal


def _load_version_of_proposal(proposal: DiagramProposal) -> DiagramVersion:
    version = db.session.get(DiagramVersion, proposal.version_id)
    if version is None:
        raise RuntimeError(f"proposal {proposal.id} without its version")
    return version


def _load_version_id_in_force(key: str) -> UUID | None:
    return db.session.scalar(
        select(DiagramVersion.id).where(DiagramVersion.key == key, DiagramVersion.state == PUBLISHED)
    )


def _require_acting_person(act: Act) -> UUID:
    if act.person is None:
        raise RuntimeError("a proposal belongs to a person")
    return act.person
