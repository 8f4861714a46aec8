"""Form fields and panels of an appeal (P06): the result, the hearing, the votes of the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from app.cases.access import can_see_case
from app.cases.models import Case
from app.cases.queries.case_details import TaskView
from app.cases.rules import DECISION_FORM_FIELD
from app.journal.appeals.convening import can_convene_hearing
from app.journal.appeals.hearing_queries import (
    find_hearing_id_by_hearing_or_protocol,
    find_signed_protocol,
    find_signed_protocol_number,
    hearing_max_points,
    load_hearing_stage_row,
    points_before_hearing,
)
from app.journal.appeals.queries import (
    describe_result,
    find_appeal_option,
    find_proposed_makeup_points,
    load_appeal_row,
    load_result_ids_under_appeal,
)
from app.journal.appeals.rules import excluded_admission_decisions
from app.journal.grade_sheets.result_queries import load_result_version
from app.journal.grading.rating import format_points
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.texts import appeals as appeal_texts
from app.texts.subject_line import SHEET_KIND_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.appeals.sheet_panel import result_sheet_panel
from app.web.cases.subject_fields import CasePanel, SubjectField, TaskPanel
from app.web.core.visitor import current_act
from app.web.labels.deadlines import task_due_view
from app.web.labels.messages import REMEDY_LABELS, error_message

CONVENING_FORMS = frozenset({"appeal.convene_office", "proposal.convene_office"})
"""Forms of the task in which the academic office convenes a commission."""
COMMISSION_ORDER_START = "commission"
"""The start of an order that forms a commission."""


def read_posted_appealed_result(posted: MultiDict[str, str]) -> dict[str, str] | None:
    """Read the posted result; None when the field was not on the page."""
    return {"result": posted["appeal_result"]} if posted.get("appeal_result") else None


def appealed_result_start_view(address: Mapping[str, str], _typed: Any) -> SimpleNamespace:
    """Build the view of the result in the address, of the visitor or of the student in `student`.

    Raises Missing.
    """
    now = current_act()
    result = load_result_version(parse_id(address.get("result"), "result"))
    student = parse_id(address["student"], "student") if address.get("student") else now.person
    if student is None or result.student_id != student:
        raise Missing
    option = find_appeal_option(replace(now, on_behalf_of=student), result.id)
    if option is None:
        raise Missing
    subject = describe_result(result)
    kind = SHEET_KIND_LABELS[subject["sheet_kind"]]
    deadline = option.deadline
    disputes = (request.view_args or {}).get("name") == "result_dispute"
    return SimpleNamespace(
        disputes=disputes,
        result=str(result.id),
        course=f"{pick_text(subject['course'], locale())}, {subject['group']}",
        what=f"{_(kind)}: {appeal_texts.student_result_text(subject)}",
        due=task_due_view(deadline.moment, now.at, locale(), None, deadline.as_json(), deadline.clause),
        late=option.late,
        needless=() if option.late or disputes else ("late",),
        refusal=error_message(option.refusal) if option.refusal else None,
    )


def inapplicable_admission_decisions(subject: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return the admission that does not apply: an appeal in time has no deadline to restore (6.3)."""
    return {DECISION_FORM_FIELD: excluded_admission_decisions(subject["late"])}


def appeal_offer_panel(view: TaskView) -> SimpleNamespace | None:
    """Build the appeal offer beside the task of a dispute about a result, with its deadline.

    None for other tasks.
    """
    subject = view.case.subject
    return appeal_offer_view(UUID(subject["result"])) if subject.get("of") == "DISPUTE" else None


def appeal_offer_view(result: UUID) -> SimpleNamespace | None:
    """Build the view of `appeals/_offer.html` beside a published result of the visitor.

    None when nothing can be offered.
    """
    now = current_act()
    option = find_appeal_option(now, result)
    if option is None:
        return None
    deadline = option.deadline
    return SimpleNamespace(
        open=bool(load_result_ids_under_appeal([result])),
        url=url_for("start.show_start_form", name="appeal", result=result)
        if option.refusal is None
        else None,
        due=task_due_view(deadline.moment, now.at, locale(), None, deadline.as_json(), deadline.clause),
        late=option.late,
        why=error_message(option.refusal) if option.refusal else None,
    )


def commission_order_link_panel(view: TaskView) -> SimpleNamespace | None:
    """Build the link to the order that forms a commission, for the convening task.

    None while a commission can be convened, and for other tasks.
    """
    form = view.published.model.user_tasks[view.task.element].form
    if form not in CONVENING_FORMS or view.refusal is not None:
        return None
    if can_convene_hearing(UUID(view.case.subject["appeal"]), current_act().at):
        return None
    text = error_message(Refused("journal.appeal.no_commission", clause="6.3"))
    label = REMEDY_LABELS[COMMISSION_ORDER_START]
    return SimpleNamespace(
        text=text, label=_(label), url=url_for("start.show_start_form", name=COMMISSION_ORDER_START)
    )


def closing_protocol_number_text(subject: Mapping[str, Any]) -> str:
    """Return the number of the protocol that closed an appeal.

    "" while it is not signed, and for other cases.
    """
    if subject.get("kind") != "appeal" or not subject.get("protocol"):
        return ""
    return find_signed_protocol_number(UUID(subject["protocol"]["id"]))


def correction_protocol_panel(subject: Mapping[str, Any]) -> SimpleNamespace | None:
    """Build the view of the protocol behind an academic correction, for the person who verifies it.

    It contains the motive and a link to the case of the protocol. None for other cases, and for visitors who
    may not open that case.
    """
    if subject.get("kind") != "correction":
        return None
    found = find_signed_protocol(UUID(subject["protocol"]["id"]))
    case = db.session.get(Case, found.case) if found and found.case else None
    if found is None or case is None or not can_see_case(current_act(), case):
        return None
    return SimpleNamespace(
        number=found.number,
        motive=found.motive,
        case=case.number,
        url=url_for("cases.show_case", case_id=case.id),
    )


def refuse_appeal_in_task(_view: TaskView, _typed: Any) -> SimpleNamespace:
    """Raise Invalid: no task asks for another result."""
    raise Invalid.field("appeal", "journal.entry.unreadable")


def read_posted_hearing(posted: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read time, place and conflicts of the hearing; None when nothing was filled in."""
    at, place = posted.get("hearing_at", ""), posted.get("hearing_place", "")
    conflicts = posted.getlist("hearing_conflict")
    if not at and not place and not conflicts:
        return None
    return {"at": at, "place": place, "conflicts": conflicts}


def refuse_task_field_at_start(_address: Mapping[str, str], _typed: Any) -> SimpleNamespace:
    """Raise Invalid: hearing and protocol belong to tasks only."""
    raise Invalid.field("hearing", "journal.entry.unreadable")


def hearing_task_view(view: TaskView, typed: Any) -> SimpleNamespace:
    """Build the view of the hearing with members and secretary, to tick conflicts of interest.

    The chair recuses with a button of the task.
    """
    row = load_hearing_stage_row(find_hearing_id_by_hearing_or_protocol(_case_subject_id(view)))
    persons = [row.secretary_id, *map(UUID, row.members)]
    names = people.load_names(persons)
    ticked = typed.getlist("hearing_conflict") if isinstance(typed, MultiDict) else []
    return SimpleNamespace(
        at=typed.get("hearing_at") or "",
        place=typed.get("hearing_place") or "",
        members=[
            SimpleNamespace(id=person, name=names[person].full, ticked=str(person) in ticked)
            for person in persons
        ],
    )


def read_posted_votes(posted: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read the votes in the order of the hearing; None when nobody voted."""
    persons = posted.getlist("voter")
    votes = [{"person": person, "vote": posted.get(f"vote:{person}", "")} for person in persons]
    if not any(one["vote"] for one in votes):
        return None
    return {"votes": votes}


def protocol_votes_task_view(view: TaskView, typed: Any) -> SimpleNamespace:
    """Build the view of the votes: chair and members, the present points and the maximum."""
    row = load_hearing_stage_row(find_hearing_id_by_hearing_or_protocol(_case_subject_id(view)))
    persons = [row.chair_id, *map(UUID, row.members)]
    names, old = people.load_names(persons), points_before_hearing(row)
    proposed = find_proposed_makeup_points(load_appeal_row(row.appeal_id))
    words = appeal_texts.decision_words_of_appeal_subject(view.case.subject).votes
    return SimpleNamespace(
        votes=[(vote, _(word)) for vote, word in words.items()],
        proposed=format_points(proposed) if proposed is not None else None,
        quorum=row.quorum,
        old=format_points(old) if old is not None else "–",
        most=hearing_max_points(row),
        cells=bool(view.case.subject.get("change_set")),
        voters=[
            SimpleNamespace(
                id=person,
                name=names[person].full,
                chair=person == row.chair_id,
                vote=typed.get(f"vote:{person}") or "",
            )
            for person in persons
        ],
    )


def _case_subject_id(view: TaskView) -> UUID:
    """Return the id of the case subject; raises Missing."""
    if view.case.subject_id is None:
        raise Missing
    return view.case.subject_id


APPEAL_FIELDS = (
    SubjectField(
        "appeal",
        "appeals/_appeal.html",
        appealed_result_start_view,
        refuse_appeal_in_task,
        read_posted_appealed_result,
    ),
    SubjectField(
        "hearing", "appeals/_hearing.html", refuse_task_field_at_start, hearing_task_view, read_posted_hearing
    ),
    SubjectField(
        "protocol",
        "appeals/_protocol.html",
        refuse_task_field_at_start,
        protocol_votes_task_view,
        read_posted_votes,
    ),
)
APPEAL_TASK_PANELS = (
    TaskPanel("correct", commission_order_link_panel),
    TaskPanel("offer", appeal_offer_panel),
    TaskPanel("protocol", lambda view: correction_protocol_panel(view.task.subject)),
    TaskPanel("result_sheet", lambda view: result_sheet_panel(view.task.subject)),
)
APPEAL_CASE_PANELS = (
    CasePanel("protocol", correction_protocol_panel),
    CasePanel("protocol_number", closing_protocol_number_text),
    CasePanel("result_sheet", result_sheet_panel),
)
