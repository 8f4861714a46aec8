"""Deadlines and settings: what governs what, since when and why; how the university changes them; the open questions.

Everybody signed in reads them, as on the pages of clauses. The academic office proposes a value after a preview of the
open deadlines that would move; a second person decides.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.cases.queries import moved_deadlines
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.ids import new_id, parse_id
from app.kernel.typed_values import read_day_field
from app.regulation import policy_commands, policy_queries
from app.regulation import queries as regulation
from app.regulation.commands import day_begin_moment
from app.regulation.policy_list import open_question, open_questions, policy_description
from app.regulation.policy_rules import PROPOSING_ROLES, NewPolicyValue, PolicyDescription, has_any_role
from app.regulation.rules import DeadlineCalendar
from app.regulation.term_book import RegulationSnapshot
from app.texts.translate import gettext as _
from app.web.calendar import policy_views
from app.web.calendar.presenter import moved_deadlines_view
from app.web.core.visitor import allow_access, current_act, request_time
from app.web.labels.clauses import clause_view
from app.web.labels.messages import problem_texts_by_field

blueprint = Blueprint("policies", __name__)


@blueprint.get("/policies")
@allow_access("signed_in")
def list_policies() -> str:
    """Show every deadline and setting by section, what waits for a decision, and how much is confirmed."""
    terms, today = _university_terms_today(), local_day(request_time())
    wanted, only_unconfirmed = request.args.get("q", ""), request.args.get("state") == "unconfirmed"
    return render_template(
        "policies/policies.html",
        tabs=policy_views.policy_tabs("list_policies"),
        sections=policy_views.policy_sections(
            terms, policy_queries.load_dated_policy_values(), today, wanted, only_unconfirmed
        ),
        waiting=policy_views.policy_change_views(policy_queries.load_waiting_policy_changes()),
        progress=policy_views.confirmation_progress(terms),
        q=wanted,
        state=request.args.get("state", ""),
    )


@blueprint.get("/policies/questions")
@allow_access("signed_in")
def list_open_questions(refused: Invalid | None = None) -> str:
    """Show the open questions of the regulation in plain words, with the answers of the university."""
    answers = policy_queries.load_question_answers()
    rows = policy_views.question_views(_university_terms_today(), answers)
    shown = [row for row in rows if row.answer is None] if request.args.get("state") == "open" else rows
    return render_template(
        "policies/questions.html",
        tabs=policy_views.policy_tabs("list_open_questions"),
        rows=shown,
        count=len(rows),
        answered=sum(row.answer is not None for row in rows),
        state=request.args.get("state", ""),
        answers=has_any_role(current_act().assignments, PROPOSING_ROLES),
        typed=request.form,
        errors=problem_texts_by_field(refused) if refused else {},
    )


@blueprint.post("/policies/questions/<question>")
@allow_access("policies.propose")
def answer_question(question: str) -> Any:
    """Answer an open question with a document; idempotent by the id of the answer."""
    open_question(question)
    act = current_act()
    try:
        answer_id = parse_id(request.form.get("id"), "id")
        with door.write(act):
            policy_commands.answer_open_question(
                act, answer_id, question, request.form.get("answer", ""), request.form.get("document", "")
            )
    except Invalid as refused:
        return list_open_questions(refused), refused.status
    flash(_("Saved."), "good")
    return redirect(url_for("policies.list_open_questions") + f"#q-{question}")


@blueprint.get("/policies/<policy>")
@allow_access("signed_in")
def show_policy(policy: str) -> str:
    """Show one deadline or setting: its clause, its values, what waits, and the forms of those who may act.

    Raises Missing.
    """
    return _render_policy_page(policy)


@blueprint.post("/policies/<policy>/preview")
@allow_access("policies.propose")
def preview_policy_change(policy: str) -> Any:
    """Preview a value: which open deadlines would move. Writes nothing."""
    policy_description(policy)
    act = current_act(request.form.get("reason", ""))
    try:
        checked = policy_commands.check_policy_value(act, policy, _read_new_policy_value())
    except Invalid as refused:
        return _render_policy_page(policy, refused), refused.status
    new = checked.new
    return render_template(
        "policies/preview.html",
        label=policy_views.policy_label(policy),
        back=url_for("policies.show_policy", policy=policy),
        send=url_for("policies.propose_policy_change", policy=policy),
        before=policy_views.value_as_text(policy, checked.in_force.value),
        after=policy_views.value_as_text(policy, new.value),
        confirms=new.value == checked.in_force.value,
        new=new,
        moves=_deadline_moves_view(checked.policy, checked.snapshot_after, new.effective_from),
        fields={
            "value": new.value,
            "effective_from": new.effective_from.isoformat(),
            "document": new.document,
            "reason": act.reason,
            "seen": checked.in_force.value,
            "id": new_id(),
        },
    )


@blueprint.post("/policies/<policy>")
@allow_access("policies.propose")
def propose_policy_change(policy: str) -> Any:
    """Propose the previewed value; idempotent by the id of the change."""
    policy_description(policy)
    act = current_act(request.form.get("reason", ""))
    try:
        change_id = parse_id(request.form.get("id"), "id")
        new = _read_new_policy_value()
        with door.write(act):
            policy_commands.propose_policy_value(act, change_id, policy, new, request.form.get("seen", ""))
    except Invalid as refused:
        return _render_policy_page(policy, refused), refused.status
    flash(_("Proposed. A second person decides."), "good")
    return redirect(url_for("policies.show_policy", policy=policy))


@blueprint.post("/policies/<policy>/decide")
@allow_access("policies.decide")
def decide_policy_change(policy: str) -> Any:
    """Approve or reject a proposed value; a repeat has no effect."""
    policy_description(policy)
    act = current_act()
    try:
        change_id = parse_id(request.form.get("change"), "change")
        decision = request.form.get("decision")
        if decision not in ("approve", "reject"):
            raise Invalid.field("decision", "forms.field.not_offered")
        with door.write(act):
            policy_commands.decide_policy_change(
                act, change_id, policy, decision == "approve", request.form.get("words", "")
            )
    except Invalid as refused:
        return _render_policy_page(policy, refused), refused.status
    flash(_("Approved.") if decision == "approve" else _("Rejected."), "good")
    return redirect(url_for("policies.show_policy", policy=policy))


@blueprint.post("/policies/<policy>/withdraw")
@allow_access("policies.propose")
def withdraw_policy_change(policy: str) -> Any:
    """Withdraw one's proposal; a repeat has no effect."""
    policy_description(policy)
    act = current_act()
    change_id = parse_id(request.form.get("change"), "change")
    with door.write(act):
        policy_commands.withdraw_policy_change(act, change_id, policy)
    flash(_("Withdrawn."), "good")
    return redirect(url_for("policies.show_policy", policy=policy))


def _render_policy_page(key: str, refused: Invalid | None = None) -> str:
    """Render the page of one policy, after a refusal with what was typed."""
    description = policy_description(key)
    terms, today = _university_terms_today(), local_day(request_time())
    changes = policy_views.policy_change_views(policy_queries.load_changes_of_policy(key))
    waiting = next((row for row in changes if row.waits), None)
    dated = policy_queries.load_dated_policy_values(key)
    questions = [one for one in open_questions().values() if one.policy == key]
    return render_template(
        "policies/policy.html",
        policy=policy_views.policy_facts(description, terms.policy(key)),
        clause=clause_view(description.clause, terms) if description.clause else None,
        values=policy_views.dated_value_views(dated, {row.id: row for row in changes}, today),
        waiting=waiting,
        moves=_moves_of_waiting_change(description, key) if waiting and waiting.may_decide else None,
        decided=[row for row in changes if not row.waits],
        questions=policy_views.question_views(terms, policy_queries.load_question_answers(), questions),
        today=today,
        typed=request.form,
        errors=problem_texts_by_field(refused) if refused else {},
    )


def _moves_of_waiting_change(description: PolicyDescription, key: str) -> Any:
    """Build the view of the open deadlines that the change that waits would move now."""
    row = next((one for one in policy_queries.load_waiting_policy_changes() if one.key == key), None)
    if row is None:
        return None
    new = NewPolicyValue(row.value, row.effective_from, row.document)
    book = regulation.load_regulation_snapshot(db.session)
    after = policy_commands.snapshot_with_policy_value(book, description, new)
    return _deadline_moves_view(description, after, row.effective_from)


def _deadline_moves_view(
    policy: PolicyDescription, snapshot_after: RegulationSnapshot, effective_from: date
) -> Any:
    """Build the view of the open deadlines that move by this snapshot; None when the policy moves none."""
    if not policy.moves_deadlines:
        return None
    found = moved_deadlines.load_previewed_deadline_moves(
        snapshot_after, day_begin_moment(effective_from), None, request_time()
    )
    return moved_deadlines_view(found)


def _read_new_policy_value() -> NewPolicyValue:
    """Read value, first day and document of the form; raises Invalid (`effective_from`)."""
    day = read_day_field("effective_from", request.form.get("effective_from"))
    return NewPolicyValue(" ".join(request.form.getlist("value")), day, request.form.get("document", ""))


def _university_terms_today() -> DeadlineCalendar:
    """Return the calendar of the university with the policies in force today."""
    return regulation.load_unit_deadline_calendar(db.session, None, local_day(request_time()))
