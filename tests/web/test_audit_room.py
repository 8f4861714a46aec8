"""The auditor's room over HTTP: where he lands, what he finds, what is refused, and who else comes in: nobody."""

from __future__ import annotations

import html
from typing import Any

import pytest
from sqlalchemy import func, select

from app.audit.exports import READY
from app.audit.models import AuditExport, AuditRecord, SavedSearch
from app.people.models import Person
from app.worker import due_work
from tests.web.browser import Browser, hidden
from tests.web.campus import Campus


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    return Campus(app, db_session, clock)


@pytest.fixture
def auditor(app: Any, campus: Campus) -> Browser:
    return Browser(app).enter(campus.near["auditor"])


def test_an_auditor_lands_on_the_search_and_finds_anything(app: Any, campus: Campus, auditor: Browser):
    session = campus.world.session
    assert auditor.get("/").headers["Location"].endswith("/audit")
    page = auditor.get("/audit").text
    assert "Latest searches" in page and "/audit/deeds" in page and 'href="/audit"' in page
    number = session.scalar(select(func.max(AuditRecord.id)))
    case = campus.world.case(campus.things["case_id"]).number
    session.rollback()
    found = auditor.get(f"/audit/find?page=words&q={number}")
    assert found.status_code == 302 and f"q={number}" in found.headers["Location"]
    assert f'href="/audit/records/{number}"' in auditor.get(found.headers["Location"]).text
    assert "/cases/" in auditor.get(f"/search?q={case}").headers["Location"]
    some_id = campus.things["sheet"]
    assert f"/audit/deeds?object={some_id}" in auditor.get(f"/search?q={some_id}").text
    assert "/audit/deeds?clause=4.4.1" in auditor.get("/search?q=4.4.1").text
    assert f"q={number}" in auditor.get("/audit").text, "the search stands among the latest ones"
    for role in ("it_admin", "academic_office", "rector", "directorate"):
        other = Browser(app).enter(campus.near[role])
        assert other.get("/audit").status_code in (403, 404)
        assert "/audit/records/" not in other.get(f"/search?q={number}").text


def test_names_are_taken_or_offered_and_nonsense_is_named(campus: Campus, auditor: Browser):
    session = campus.world.session
    student = campus.world.student
    person = session.get(Person, student)
    person.given_name = "Жекече"
    family, name = person.family_name, f"{person.family_name} {person.given_name}"
    session.commit()
    auditor.uncover_names()
    found = auditor.get(f"/audit/find?page=deeds&person_name={name}")
    assert found.status_code == 302 and str(student) in found.headers["Location"]
    page = auditor.get(found.headers["Location"]).text
    assert name in page and "Counts" in page
    several = auditor.get(f"/audit/find?page=deeds&person_name={family[:3]}").text
    assert "choose one" in several and f"person={student}" in html.unescape(several)
    nobody = auditor.get("/audit/find?page=deeds&person_name=Ъъъ&old=тумоо&clause=9.9&since=32.13.2026")
    assert nobody.status_code == 422 and "Nobody has this name" in nobody.text
    values = auditor.get("/audit/find?page=deeds&old=тумоо&clause=9.9&since=32.13.2026")
    assert values.status_code == 422 and 'id="old-error"' in values.text and "no such clause" in values.text
    assert ('id="since-error"' in values.text and "choose one" in several) or "Nobody" in several
    assert auditor.get("/audit/deeds?key=x").status_code == 422
    assert auditor.get(f"/audit/records/{10**18}").status_code == 404
    assert auditor.get(f"/audit/records/{10**30}").status_code == 404


def test_a_search_is_saved_and_its_rows_are_exported_by_the_worker(
    app: Any, campus: Campus, auditor: Browser
):
    page = auditor.get("/audit/deeds?clause=4.4.2").text
    saved = auditor.post(
        "/audit/lists/deeds/searches", id=hidden(page, "id"), name="Оңдоолор", clause="4.4.2", shared="1"
    )
    assert saved.status_code == 302 and "clause=4.4.2" in saved.headers["Location"]
    assert "Оңдоолор" in html.unescape(auditor.get("/audit").text)
    colleague = Browser(app).enter(campus.colleague["auditor"])
    assert "Оңдоолор" in html.unescape(colleague.get("/audit").text)
    session = campus.world.session
    search = session.scalar(select(SavedSearch.id).where(SavedSearch.shared))
    session.rollback()
    assert colleague.post(f"/audit/searches/{search}/delete").status_code == 404
    auditor.post("/audit/lists/deeds/columns", columns="kind", clause="4.4.2")
    chosen = auditor.get("/audit/deeds?clause=4.4.2").text
    assert chosen.count("<th ") == 1 and chosen.count("<tr>") > 1
    asked = auditor.post("/audit/lists/deeds/export", id=hidden(chosen, "id"), format="csv", clause="4.4.2")
    assert asked.status_code in (302, 422), asked.text[:500]
    due_work.run_due_work(app)
    session.rollback()
    made = session.scalar(select(AuditExport.id).order_by(AuditExport.asked_at.desc(), AuditExport.id.desc()))
    assert session.get(AuditExport, made).state == READY
    session.rollback()
    file = auditor.get(f"/audit/exports/{made}/file")
    assert (
        file.data.decode("utf-8-sig").startswith("Deed")
        and "attachment" in file.headers["Content-Disposition"]
    )
    assert file.headers["Cache-Control"] == "no-store"
    assert colleague.get(f"/audit/exports/{made}/file").status_code == 404
