"""What a reader of the audit keeps for himself: saved and latest searches, and the columns of his lists."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.audit.models import ListColumns, RecentSearch, SavedSearch
from app.audit.record import record_audit_event
from app.audit.words import seal_content, unseal_content
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Refused
from app.kernel.ids import new_id

DEEDS, CASES, WORDS = "deeds", "cases", "words"
MAX_NAME_LENGTH, MAX_SAVED, RECENT_KEPT = 80, 50, 10
SEARCH_SHARED = "audit.search.shared"
Filters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoredSearch:
    """A search with its name (the words searched for, of a latest one) and its filters as the address has them."""

    id: UUID
    person: UUID
    page: str
    name: str
    filters: Filters
    shared: bool
    at: datetime


def save_search(act: Act, search_id: UUID, page: str, name: str, filters: Filters, *, shared: bool) -> None:
    """Save a search of the acting person under a name; a repeat has no effect. A shared one is recorded.

    Raises Denied, Invalid on `name` and `page`, Refused at `MAX_SAVED`.
    """
    person = _acting_person(act)
    if page not in (DEEDS, CASES):
        raise Invalid.field("page", "forms.field.not_offered")
    if not name.strip():
        raise Invalid.field("name", "forms.field.required")
    if len(name.strip()) > MAX_NAME_LENGTH:
        raise Invalid.field("name", "forms.field.too_long", max=MAX_NAME_LENGTH)
    if db.session.get(SavedSearch, search_id) is not None:
        return
    kept = db.session.scalar(
        select(func.count()).select_from(SavedSearch).where(SavedSearch.person == person)
    )
    if (kept or 0) >= MAX_SAVED:
        raise Refused("audit.search.too_many", max=MAX_SAVED)
    body = {"name": name.strip(), "filters": dict(filters)}
    db.session.add(
        SavedSearch(
            id=search_id, person=person, page=page, shared=shared, body=_seal(person, body), saved_at=act.at
        )
    )
    db.session.flush()
    if shared:
        record_audit_event(act, SEARCH_SHARED, ("audit.saved_search", search_id), None, {"page": page})


def delete_search(act: Act, search_id: UUID) -> None:
    """Delete a saved search of the acting person; a repeat has no effect. Raises Missing for somebody else's."""
    person = _acting_person(act)
    row = db.session.get(SavedSearch, search_id)
    if row is None:
        return
    if row.person != person:
        raise Missing
    db.session.delete(row)
    db.session.flush()


def load_saved_searches(person: UUID, page: str = "") -> list[StoredSearch]:
    """Return the searches of a person and the shared ones of others, own ones first, by name; two statements."""
    wanted = select(SavedSearch).where(or_(SavedSearch.person == person, SavedSearch.shared))
    if page:
        wanted = wanted.where(SavedSearch.page == page)
    rows = db.session.scalars(wanted.order_by(SavedSearch.saved_at.desc()).limit(4 * MAX_SAVED)).all()
    found = [_stored_search(row.id, row.person, row.page, row.body, row.shared, row.saved_at) for row in rows]
    return sorted((one for one in found if one), key=lambda one: (one.person != person, one.name.lower()))


def remember_search(act: Act, page: str, name: str, filters: Filters) -> None:
    """Remember a search among the latest ones of the acting person: each once, the last `RECENT_KEPT`."""
    person = _acting_person(act)
    for one in load_recent_searches(person):
        if (one.page, one.name, dict(one.filters)) == (page, name, dict(filters)):
            db.session.execute(delete(RecentSearch).where(RecentSearch.id == one.id))
    body = {"name": name, "filters": dict(filters)}
    db.session.add(RecentSearch(id=new_id(), person=person, page=page, body=_seal(person, body), at=act.at))
    db.session.flush()
    newest = (
        select(RecentSearch.id)
        .where(RecentSearch.person == person)
        .order_by(RecentSearch.at.desc(), RecentSearch.id.desc())
        .limit(RECENT_KEPT)
    )
    db.session.execute(
        delete(RecentSearch).where(RecentSearch.person == person, RecentSearch.id.not_in(newest))
    )


def load_recent_searches(person: UUID) -> list[StoredSearch]:
    """Return the latest searches of a person, newest first; two statements."""
    rows = db.session.scalars(
        select(RecentSearch)
        .where(RecentSearch.person == person)
        .order_by(RecentSearch.at.desc(), RecentSearch.id.desc())
        .limit(RECENT_KEPT)
    ).all()
    found = [_stored_search(row.id, row.person, row.page, row.body, False, row.at) for row in rows]
    return [one for one in found if one]


def choose_columns(act: Act, page: str, columns: Sequence[str], offered: Sequence[str]) -> None:
    """Keep the columns that the acting person chose for a list. Raises Denied, Invalid on `columns`."""
    person = _acting_person(act)
    chosen = [name for name in offered if name in columns]
    if not chosen or not set(columns) <= set(offered):
        raise Invalid.field("columns", "forms.field.required" if not columns else "forms.field.not_offered")
    values = {"person": person, "page": page, "columns": chosen}
    db.session.execute(
        insert(ListColumns)
        .values(values)
        .on_conflict_do_update(index_elements=["person", "page"], set_={"columns": chosen})
    )


def load_columns(person: UUID, page: str, offered: Sequence[str], default: Sequence[str]) -> list[str]:
    """Return the columns that a person sees of a list; one statement."""
    kept = db.session.scalar(
        select(ListColumns.columns).where(ListColumns.person == person, ListColumns.page == page)
    )
    return [name for name in kept or () if name in offered] or list(default)


def _acting_person(act: Act) -> UUID:
    if act.person is None:
        raise Denied("audit.search.nobody")
    return act.person


def _seal(person: UUID, body: Mapping[str, object]) -> bytes:
    return seal_content(person, json.dumps(body, ensure_ascii=False).encode())


def _stored_search(
    id: UUID, person: UUID, page: str, stored: bytes, shared: bool, at: datetime
) -> StoredSearch | None:
    """Return a search with its name and filters; None when the key of its person was erased."""
    opened = unseal_content(person, stored)
    if opened is None:
        return None
    body = json.loads(opened)
    return StoredSearch(id, person, page, body["name"], body["filters"], shared, at)
