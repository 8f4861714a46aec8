"""Drafts of forms: at most twenty and one megabyte a person; the oldest go, the one just saved stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.cases.commands.drafts import MAX_BYTES_OF_DRAFTS, MAX_DRAFT_BYTES, MAX_DRAFTS, save_form_draft
from app.cases.models import Draft
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Invalid
from app.kernel.ids import new_id


def saves(person: UUID, clock: Any, form: UUID | None = None, size: int = 2) -> UUID:
    """Save a draft a minute after the one before; return its form."""
    clock.advance(minutes=1)
    act, made = Act(person, None, clock()), form or new_id()
    with door.write(act):
        save_form_draft(act, made, {"reason": "x" * size})
    return made


def forms(session: Any, person: UUID) -> list[UUID]:
    session.rollback()
    return list(session.scalars(select(Draft.form).where(Draft.person == person).order_by(Draft.saved_at)))


def test_the_oldest_go_when_there_are_too_many(db_session, clock):
    person, other = new_id(), new_id()
    foreign = saves(other, clock)
    made = [saves(person, clock) for _ in range(MAX_DRAFTS + 3)]
    assert forms(db_session, person) == made[3:]
    assert forms(db_session, other) == [foreign]


def test_saving_one_again_costs_no_other(db_session, clock):
    person = new_id()
    made = [saves(person, clock) for _ in range(MAX_DRAFTS)]
    saves(person, clock, made[0])
    assert forms(db_session, person) == [*made[1:], made[0]]


def test_together_they_have_at_most_a_megabyte(db_session, clock):
    person, size = new_id(), MAX_DRAFT_BYTES - 100
    made = [saves(person, clock, size=size) for _ in range(MAX_DRAFTS)]
    kept = MAX_BYTES_OF_DRAFTS // (size + 20)
    assert forms(db_session, person) == made[-kept:]


def test_the_one_just_saved_stays_also_when_the_clock_went_back(db_session, clock):
    person = new_id()
    for _ in range(MAX_DRAFTS):
        saves(person, clock)
    clock.set(clock() - timedelta(days=1))
    late = saves(person, clock)
    assert late in forms(db_session, person) and len(forms(db_session, person)) == MAX_DRAFTS


def test_one_that_is_too_large_is_refused_by_name(db_session, clock):
    with pytest.raises(Invalid) as refused:
        saves(new_id(), clock, size=MAX_DRAFT_BYTES)
    assert set(refused.value.fields) == {"body"}
