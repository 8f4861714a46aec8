"""The traces of documents over HTTP: each object has one, everything links there and back, and one search finds all."""

from __future__ import annotations

import html
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.diagrams import versions as diagrams
from app.files.models import File
from app.people.models import Account, RoleGrant
from app.texts.deeds import NOUNS, OBJECTS
from app.web.core.trace_links import TRACES_OF_PAGES
from tests.audit.event_types import written_object_kinds
from tests.support.query_counter import statements
from tests.web.browser import Browser
from tests.web.campus import Campus
from tests.web.test_processes import enter, words


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    diagrams.clear_version_cache()
    return Campus(app, db_session, clock)


def follow(browser: Browser, path: str) -> Any:
    """The page at the end of its redirects within the audit."""
    page = browser.get(path)
    while page.status_code == 302:
        page = browser.get(page.headers["Location"])
    return page


def test_every_kind_of_object_is_called_by_a_name():
    lacking = {
        kind: place for kind, place in written_object_kinds().items() if kind not in OBJECTS | dict(NOUNS)
    }
    assert not lacking, f"a trace has to call these objects by a name (app.texts.deeds): {lacking}"


@pytest.mark.clause("1.4.4")
def test_each_record_leads_to_the_trace_of_its_object_and_back(campus):
    newest = select(AuditRecord.object_kind, AuditRecord.object_id, func.max(AuditRecord.id)).group_by(
        AuditRecord.object_kind, AuditRecord.object_id
    )
    rows = {kind: (id, number) for kind, id, number in campus.world.session.execute(newest)}
    campus.world.session.rollback()
    assert len(rows) >= 12, sorted(rows)
    browser = enter(campus, "auditor")
    for kind, (id, number) in rows.items():
        trace = follow(browser, f"/audit/objects/{kind}/{id}")
        assert trace.status_code == 200, kind
        assert 'href="/audit"' in trace.text and ("/audit/deeds?object=" in trace.text or number), kind
        record = html.unescape(browser.get(f"/audit/records/{number}").text)
        assert f"/audit/objects/{kind}/{id}" in record or f"/audit/cells/{id}" in record, kind
        if "/audit/objects/" in trace.request.path:
            assert f"/audit/records/{number}" in trace.text, kind
    for kind in ("journal.cell", "journal.dispute", "cases.case", "diagrams.version", "JOURNAL.cell"):
        assert follow(browser, f"/audit/objects/{kind}/{UUID(int=7)}").status_code == 404, kind


@pytest.mark.clause("1.4.4")
def test_documents_say_who_made_them_what_changed_and_whether_they_are_whole(app, campus):
    things, browser = campus.things, enter(campus, "auditor")
    case, order, file = things["case_number"], things["order_id"], things["file_id"]
    found = browser.get(f"/audit/orders/{order}")
    said = words(found)
    assert (
        "№ 15-С" in said and "matches" in said and "Drafts of this order" in said and "What changes" in said
    )
    assert f"/orders/{order}" in found.text and "/audit/people/" in found.text
    with statements() as counted:
        browser.get(f"/audit/orders/{order}")
    assert len(counted) <= 34, counted

    found = browser.get(f"/audit/files/{file}")
    said = words(found)
    assert "справка.pdf" in said and "matches" in said and f"/audit/cases/{case}" in found.text
    assert f"/files/{file}" in found.text
    browser.get(f"/files/{file}")
    assert "File: viewing" in words(browser.get(f"/audit/files/{file}")), "who opened it is told"
    assert f"/audit/files/{file}" in browser.get(f"/audit/cases/{case}").text
    address = campus.world.session.scalar(select(File.address).where(File.id == file))
    campus.world.session.rollback()
    store = app.extensions["depter"].settings.data_dir / "files"
    next(one for one in store.rglob("*") if one.is_file() and one.name in address).write_bytes(b"other")
    assert "lost or is not the one" in words(browser.get(f"/audit/files/{file}"))

    version = browser.get("/audit/diagrams/late_correction/1")
    said = words(version)
    assert "Cases that ran on this version" in said and f"/audit/cases/{case}" in version.text
    assert "/processes/late_correction/versions/1" in version.text and "matches" in said
    assert "/audit/diagrams/late_correction/forms/late_correction.start" in version.text
    assert follow(browser, "/audit/diagrams/late_correction").status_code == 200
    form = browser.get("/audit/diagrams/late_correction/forms/late_correction.start")
    assert "Versions of the form" in words(form) and "/audit/diagrams/late_correction/1" in form.text
    for missing in ("late_correction/99", "none_such/1", "late_correction/forms/none", "none_such"):
        assert browser.get(f"/audit/diagrams/{missing}").status_code == 404, missing

    policy = browser.get("/audit/policies/correction.step_sla")
    assert "Values by date" in words(policy) and "/policies/correction.step_sla" in policy.text
    assert browser.get("/audit/policies/none.such").status_code == 404
    scheme = browser.get(f"/audit/schemes/{things['scheme']}")
    assert "matches" in words(scheme) and "/schemes" in scheme.text
    person = campus.near["teacher"]
    account = browser.get(f"/audit/accounts/{person}")
    assert "Sign-ins" in words(account) and f"/audit/people/{person}" in account.text
    assert f"/audit/accounts/{person}" in browser.get(f"/audit/people/{person}").text


def test_pages_of_the_product_lead_to_their_trace_and_only_an_auditor_sees_it(app, campus):
    things, browser, other = campus.things, enter(campus, "auditor"), enter(campus, "academic_office")
    pages = {
        f"/journal/{things['offering']}": f"/audit/journals/{things['offering']}",
        f"/sheets/{things['sheet']}": f"/audit/sheets/{things['sheet']}",
        f"/orders/{things['order_id']}": f"/audit/orders/{things['order_id']}",
        f"/dossiers/{things['dossier_id']}": f"/audit/objects/cases.dossier/{things['dossier_id']}",
        "/policies/correction.step_sla": "/audit/policies/correction.step_sla",
        "/processes/late_correction/versions/1": "/audit/diagrams/late_correction/1",
        f"/structure/units/{things['unit_id']}": f"/audit/objects/people.unit/{things['unit_id']}",
    }
    for page, trace in pages.items():
        assert f'href="{trace}"' in browser.get(page).text, page
        assert "/audit/" not in other.get(page).text, page
        assert follow(browser, trace).status_code == 200, trace
    assert f"/audit/schemes/{things['scheme']}" in browser.get("/schemes").text
    for endpoint, (trace, values) in TRACES_OF_PAGES.items():
        view, target = app.view_functions[endpoint], app.view_functions[trace]
        rules = {one.endpoint: one for one in app.url_map.iter_rules()}
        assert view and target and set(values) == set(rules[trace].arguments), endpoint
        named = {one for one in values.values() if not one.startswith("=")}
        assert named <= set(rules[endpoint].arguments), endpoint


def test_one_search_finds_anything_and_says_what_it_could_find(campus):
    things, browser = campus.things, enter(campus, "auditor")
    session = campus.world.session
    case, sheet, file = things["case_number"], things["sheet"], things["file_id"]
    login = session.scalar(select(Account.login).where(Account.person_id == campus.near["teacher"]))
    address = session.scalar(select(File.address).where(File.id == file))
    session.rollback()

    def finds(query: str, url: str) -> None:
        page = browser.get("/audit/search", query_string={"q": query})
        assert url in html.unescape(page.text), (query, page.status_code)

    finds(case, f"/audit/cases/{case}")
    finds(str(int(case.rpartition("-")[2])), f"/audit/cases/{case}")
    finds("15-С", f"/audit/orders/{things['order_id']}")
    finds(str(sheet), f"/audit/objects/journal.grade_sheet/{sheet}")
    finds(address[:12], f"/audit/files/{file}")
    finds("справка", f"/audit/files/{file}")
    finds("late_correction 1", "/audit/diagrams/late_correction/1")
    finds("late_correction.start", "/audit/diagrams/late_correction/forms/late_correction.start")
    finds("correction.step_sla", "/audit/policies/correction.step_sla")
    finds("4.4.1", "/audit/deeds?clause=4.4.1")
    finds(f"№ {things['record_number']}", f"/audit/records/{things['record_number']}")
    if login:
        finds(login, f"/audit/accounts/{campus.near['teacher']}")
    nothing = browser.get("/audit/search?q=qqqqqq")
    assert nothing.status_code == 200 and "This search finds" in words(nothing)
    one = browser.get(f"/audit/search?q={case}")
    assert one.status_code == 302 and one.headers["Location"].endswith(f"/audit/cases/{case}")
    assert browser.get("/audit/search?q=").status_code == 200
    with statements() as counted:
        browser.get("/audit/search?q=qqqqqq")
    assert len(counted) <= 32, counted


def test_a_limited_reader_has_none_of_it(app, campus):
    grant = campus.world.session.scalars(
        select(RoleGrant).where(RoleGrant.person_id == campus.near["auditor"], RoleGrant.role == "auditor")
    ).one()
    grant.unit_id = campus.world.school.other_department
    campus.world.session.commit()
    limited, things = Browser(app).enter(campus.near["auditor"]), campus.things
    for path in (
        f"orders/{things['order_id']}",
        f"files/{things['file_id']}",
        f"accounts/{campus.near['teacher']}",
        f"objects/journal.offering/{things['offering']}",
    ):
        assert limited.get(f"/audit/{path}", follow_redirects=True).status_code == 404, path
