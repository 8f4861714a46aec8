"""One page of a list: the rows after a key, the key of the next page, and the counts beside the first page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement

from app.audit.deeds import FACET_LIMIT, DeedKey, Facets, count_facets, load_deed_keys
from app.audit.newest_rows import limit_search_time
from app.audit.searches import CASES
from app.cases.audit_lists.filters import case_filter, cell_version_filter, deed_filter, is_search_by_value
from app.cases.audit_lists.rows import ListRow, build_case_rows, build_deed_rows, build_value_rows
from app.cases.audit_scope import AuditScope, deeds_conditions, load_audit_scope
from app.cases.queries.all_cases import CaseFacets, CaseKey, count_case_facets, load_case_keys
from app.journal.gradebook_views.cell_versions import CellVersionKey, load_cell_version_keys
from app.journal.gradebook_views.result_versions import (
    ResultVersionKey,
    load_result_version_keys,
)
from app.kernel.act import Act
from app.kernel.errors import Invalid

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ListPage:
    """Rows, the key of the next page ("" for none), and the facets (None beside a later page)."""

    rows: tuple[ListRow, ...]
    next_key: str
    deed_facets: Facets | None = None
    case_facets: CaseFacets | None = None


def load_list_page(
    act: Act,
    page: str,
    filters: Mapping[str, str],
    key: str = "",
    size: int = PAGE_SIZE,
    *,
    facets: bool = True,
) -> ListPage:
    """Return one page of a list; `key` begins a later one, "" the first, which counts facets.

    Raises Invalid for an unreadable key, Refused (`audit.search.too_wide`) for a search that takes too long.
    """
    counted, scope = facets and not key, load_audit_scope(act.assignments)
    limit = max(FACET_LIMIT, size + 1) if counted else size + 1
    if page == CASES:
        return _load_page_of_cases(act, filters, scope, key, size, limit, counted=counted)
    if is_search_by_value(filters):
        return _load_page_of_values(act, filters, scope, key, size, limit, counted=counted)
    return _load_page_of_deeds(filters, scope, key, size, limit, counted=counted)


def count_rows(act: Act, page: str, filters: Mapping[str, str], most: int) -> int:
    """Return how many rows a list has, at most `most` + 1; one statement beside those of the filters."""
    scope = load_audit_scope(act.assignments)
    with limit_search_time():
        if page == CASES:
            return len(load_case_keys(act, case_filter(filters, scope), None, most + 1))
        if is_search_by_value(filters):
            where = cell_version_filter(filters, scope)
            marks = len(load_cell_version_keys(where, None, most + 1))
            return min(
                marks + len(load_result_version_keys(where, None, most + 1, _limits_of_results(scope))),
                most + 1,
            )
        return len(load_deed_keys(deed_filter(filters, scope), None, most + 1))


def _load_page_of_deeds(
    filters: Mapping[str, str], scope: AuditScope | None, key: str, size: int, limit: int, *, counted: bool
) -> ListPage:
    after = parse_list_key(key)
    with limit_search_time():
        found = load_deed_keys(
            deed_filter(filters, scope), (after[0], _whole_number(after[1])) if after else None, limit
        )
    shown = found[:size]
    return ListPage(
        tuple(build_deed_rows([(one.id, one.recorded_at) for one in shown], scope)),
        list_key(shown[-1].at, shown[-1].id) if len(found) > size else "",
        deed_facets=count_facets(found) if counted else None,
    )


def _load_page_of_values(
    act: Act,
    filters: Mapping[str, str],
    scope: AuditScope | None,
    key: str,
    size: int,
    limit: int,
    *,
    counted: bool,
) -> ListPage:
    """Return marks of lessons and results of sheets by their values, together the newest first."""
    after = parse_list_key(key)
    last = (after[0], _id(after[1])) if after else None
    with limit_search_time():
        where = cell_version_filter(filters, scope)
        found = merge_newest_first(
            load_cell_version_keys(where, last, limit),
            load_result_version_keys(where, last, limit, _limits_of_results(scope)),
            limit,
        )
    shown = found[:size]
    return ListPage(
        tuple(build_value_rows(shown, scope)),
        list_key(shown[-1].at, shown[-1].id) if len(found) > size else "",
        deed_facets=count_facets([_as_deed_key(one) for one in found]) if counted else None,
    )


def _load_page_of_cases(
    act: Act,
    filters: Mapping[str, str],
    scope: AuditScope | None,
    key: str,
    size: int,
    limit: int,
    *,
    counted: bool,
) -> ListPage:
    after = parse_list_key(key)
    with limit_search_time():
        found: Sequence[CaseKey] = load_case_keys(
            act, case_filter(filters, scope), (after[0], _id(after[1])) if after else None, limit
        )
    shown = found[:size]
    return ListPage(
        tuple(build_case_rows(act, shown, scope)),
        list_key(shown[-1].opened_at, shown[-1].id) if len(found) > size else "",
        case_facets=count_case_facets(found) if counted else None,
    )


def _limits_of_results(scope: AuditScope | None) -> list[ColumnElement[bool]]:
    """Return the conditions on records of results for a limited reader; [] where nothing limits him."""
    return deeds_conditions(scope) if scope is not None else []


def merge_newest_first(
    marks: Sequence[CellVersionKey], results: Sequence[ResultVersionKey], limit: int
) -> list[CellVersionKey | ResultVersionKey]:
    """Return the newest of both together; each is the newest first."""
    found: list[CellVersionKey | ResultVersionKey] = [*marks, *results]
    return sorted(found, key=lambda one: (one.at, one.id.bytes), reverse=True)[:limit]


def _as_deed_key(one: CellVersionKey | ResultVersionKey) -> DeedKey:
    return DeedKey(0, one.at, one.at, one.event_type, one.clause, one.late, one.imported, one.deputy)


def list_key(at: datetime, id: object) -> str:
    """Return the key of a row for the address of the next page."""
    return f"{at.isoformat()}~{id}"


def parse_list_key(text: str) -> tuple[datetime, str] | None:
    """Return the moment and the id of a key; None for "". Raises Invalid (`key`)."""
    if not text:
        return None
    moment, _sign, id = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        raise Invalid.field("key", "cases.inbox.bad_page_key") from None
    if at.tzinfo is None or not id:
        raise Invalid.field("key", "cases.inbox.bad_page_key")
    return at, id


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid.field("key", "cases.inbox.bad_page_key")
    return int(text)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid.field("key", "cases.inbox.bad_page_key") from None
