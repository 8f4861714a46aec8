"""The rules of 3.2 come before everything else; a chief sees and confirms the roles of his people; the steps of moving
in are the start page of an empty university."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from app.audit.models import AuditRecord
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.people.access_models import AccessReview, RoleConfirmation, RuleAcceptance
from app.people.commands.access_reviews import open_due_access_review
from app.people.models import Account, RoleGrant
from app.people.queries.access import count_acceptances, rules_version
from app.people.queries.sessions import find_signed_in_session
from tests.people.staff import Staff
from tests.scenarios.world import World
from tests.web.browser import Browser


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    return World(db_session, clock)


def newly_hired(session: Any, app: Any, person: UUID) -> Browser:
    """The browser of a person with an account who has not accepted the rules."""
    session.rollback()
    session.execute(text("SET LOCAL depter.rules_not_accepted = 'on'"))
    session.add(Account(person_id=person, login=str(person), password="never"))
    session.commit()
    return Browser(app).enter(person)


def test_nothing_opens_before_the_rules_are_accepted(world: World, app: Any) -> None:
    session, head = world.session, world.people["department_head"]
    browser = newly_hired(session, app, head)
    asked = browser.get("/access?page=1")
    assert asked.status_code == 302
    assert asked.location.startswith("/rules?next=")
    page = browser.get(asked.location)
    assert "Login, password and other credentials are not given to third parties." in page.text
    for path in ("/inbox", "/account", "/notices"):
        assert browser.get(path).location.startswith("/rules"), path
    assert browser.get("/help").status_code in (200, 302)
    assert not (browser.get("/help").location or "").startswith("/rules")
    refused = browser.post("/access/review", review=str(new_id()))
    assert refused.status_code == 403
    assert 'href="/rules"' in refused.text

    browser.get("/rules")
    assert browser.post("/rules", version=rules_version()).status_code == 422
    assert browser.post("/rules", version="of yesterday", accepted="1").status_code == 409
    assert session.scalar(select(RuleAcceptance.at).where(RuleAcceptance.person_id == head)) is None
    went_on = browser.post("/rules", version=rules_version(), accepted="1", next="/access?page=1")
    assert (went_on.status_code, went_on.location) == (302, "/access?page=1")
    assert browser.get("/access").status_code == 200
    browser.get("/rules")
    browser.post("/rules", version=rules_version(), accepted="1")

    session.rollback()
    (stored,) = session.scalars(select(RuleAcceptance).where(RuleAcceptance.person_id == head))
    assert (stored.version, stored.locale, stored.at) == (rules_version(), "en", world.clock())
    assert stored.words.startswith("Login, password")
    audited = session.scalars(
        select(AuditRecord.event_type).where(AuditRecord.event_type == "people.rules.accepted")
    )
    assert len(audited.all()) == 1
    with pytest.raises(Exception, match="permission denied"):
        session.execute(update(RuleAcceptance).values(version="other"))


def test_a_new_version_asks_again_and_the_auditor_sees_who_has_not(staff: Staff, app: Any) -> None:
    from app.kernel.db import db

    auditor, late = staff.person("Аудитор", login="auditor"), staff.person("Кечиккен", login="late")
    staff.grants(auditor, "auditor", None)
    browser = Browser(app).enter(auditor)
    assert browser.get("/people/rules").status_code == 200
    assert "Кечиккен" not in browser.get("/people/rules").text
    with app.app_context():
        db.session.rollback()
        assert count_acceptances(rules_version()) == (2, 2)
        assert count_acceptances("of a later edition") == (0, 2)
        db.session.rollback()
    teacher = Browser(app).enter(late)
    assert teacher.get("/people/rules").status_code == 404


def test_a_chief_confirms_the_roles_of_his_people_on_one_page(world: World, enter: Any) -> None:
    session = world.session
    second = world.hires("teacher", world.school.department, name="Экинчи")
    act = Act.by_system(world.clock())
    with door.write(act):
        open_due_access_review(act)
    head = enter(world.people["department_head"])
    page = head.get("/access")
    assert page.status_code == 200
    review = session.scalar(select(AccessReview.id))
    grants = dict(session.execute(select(RoleGrant.person_id, RoleGrant.id)).all())
    kept, gone = grants[world.school.lecturer], grants[second]
    assert page.text.count('name="answer:') == 3  # two teachers and the deputy
    form = {"review": str(review), f"answer:{gone}": "no", "all": "1"}

    refused = head.send(
        "POST", "/access/review", data={"csrf_token": head.token, "grant": [str(kept), str(gone)]} | form
    )
    assert refused.status_code == 422
    assert "Say why this role is not confirmed." in refused.text
    session.rollback()
    assert session.scalar(select(RoleConfirmation.id)) is None

    form[f"reason:{gone}"] = "Иштен кетти"
    data = {"csrf_token": head.token, "grant": [str(kept), str(gone)]} | form
    assert head.send("POST", "/access/review", data=data).status_code == 302
    assert "2 answers are saved." in head.get("/access").text
    session.rollback()
    said = dict(session.execute(select(RoleConfirmation.grant_id, RoleConfirmation.confirmed)).all())
    assert said == {kept: True, gone: False}
    assert "Иштен".encode() not in session.scalar(
        select(RoleConfirmation.reason).where(~RoleConfirmation.confirmed)
    )

    other = {"csrf_token": head.token, "grant": str(grants[world.people["directorate"]])}
    foreign = head.send("POST", "/access/review", data=other | {"review": str(review), "all": "1"})
    assert foreign.status_code == 403
    world.clock.advance(days=20)
    head = enter(world.people["department_head"])
    head.get("/access")
    closed = head.send("POST", "/access/review", data=data | {"csrf_token": head.token})
    assert closed.status_code == 409
    assert enter(world.people["it_admin"]).get("/access").status_code == 404


def test_a_role_is_asked_for_by_the_form(world: World, enter: Any) -> None:
    newcomer = world.school.person("Жаңыбаева", "Айзада")
    head = enter(world.people["department_head"])
    page = head.get("/cases/start/access_request")
    assert "Жаңыбаева Айзада" in page.text
    assert world.people["directorate"].hex not in page.text.replace("-", "")
    today = world.clock().date()
    form = {
        "id": str(new_id()),
        "access_person": "Жаңыбаева Айзада",
        "access_role": "teacher",
        "access_unit": str(world.school.department),
        "valid_from": today.isoformat(),
        "valid_until": (today + timedelta(days=400)).isoformat(),
        "reason": "Жаңы семестрде сабак өтөт.",
    }
    refused = head.post("/cases/start/access_request", **form)
    assert refused.status_code == 422
    assert "A role ends by itself" in refused.text
    assert "Жаңыбаева Айзада" in refused.text
    unknown = head.post("/cases/start/access_request", **form | {"access_person": "Ким Жок"})
    assert "there is nobody called Ким Жок" in unknown.text
    form["valid_until"] = (today + timedelta(days=30)).isoformat()
    assert head.post("/cases/start/access_request", **form).status_code == 302

    held = world.session.scalar(select(RoleGrant.id).where(RoleGrant.person_id == world.school.lecturer))
    ending = head.get(f"/cases/start/access_request?end={held}")
    assert 'name="access_grant"' in ending.text
    assert 'name="valid_from"' not in ending.text
    done = head.post(
        f"/cases/start/access_request?end={held}",
        id=str(new_id()),
        access_grant=str(held),
        valid_until=today.isoformat(),
        reason="Окутуучу иштен кетет.",
    )
    assert done.status_code == 302
    assert newcomer


def test_the_steps_of_moving_in_are_the_start_page_until_there_is_a_lesson(
    staff: Staff, app: Any, clock: Any
) -> None:
    it, directorate = staff.person("Админ", login="it"), staff.person("Декан", login="dean")
    staff.grants(it, "it_admin", None)
    staff.grants(directorate, "directorate", staff.institute)
    browser = Browser(app).enter(it)
    assert browser.get("/").location == "/setup"
    page = browser.get("/setup")
    assert page.status_code == 200
    assert "without a head: 2" in page.text
    assert "nothing yet" in page.text
    own = Browser(app).enter(directorate).get("/setup")
    assert "Units and their heads" in own.text
    assert "Academic calendar" not in own.text
    assert browser.post("/setup/hide").status_code == 302
    assert browser.get("/").location != "/setup"
    assert browser.get("/setup").status_code == 200


def test_in_a_university_with_lessons_the_start_page_is_the_usual_one(world: World, enter: Any) -> None:
    office = enter(world.people["academic_office"])
    assert office.get("/").location != "/setup"
    assert office.get("/setup").status_code == 200
    assert enter(world.people["department_head"]).get("/setup").status_code == 404
    assert find_signed_in_session(b"none", world.clock()) is None
