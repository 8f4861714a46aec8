"""The pages of imports say who may bring what, from which day to which, and what to look at before agreeing."""

from __future__ import annotations

import pytest

from app.people.models import RoleGrant
from tests.exchange.rostering import ENROLLED, ROLES
from tests.exchange.test_oneroster import zipped
from tests.web.test_roster import agrees, count, entered, sent, text_of, works

pytestmark = pytest.mark.clause("3.1")
STUDENT = "r2,,,u2,primary,student,2026-09-01,,o2\n"
STAFF = zipped(
    roles=ROLES
    + "r1,,,u1,primary,principal,2026-09-01,2027-06-30,o2\n"
    + "r3,,,u1,primary,teacher,2026-12-01,,o2\n"
    + "r4,,,u1,primary,counselor,2024-03-06,2025-09-23,o2\n"
    + STUDENT
)


def test_the_office_cannot_make_a_directorate_by_file_and_it_can_from_the_same_import(app, client):
    office, it = entered(app, "academic_office"), entered(app, "it_admin")
    path = sent(office, STAFF)
    page = office.get(path).text
    assert "this role is given by IT" in text_of(page) and "roles.csv:2 role" in text_of(page)
    assert 'name="plan"' not in page and office.post(f"{path}/run", plan="x").status_code in (409, 422)
    assert it.post(f"{path}/again").status_code == 302
    shown = text_of(it.get(path).text)
    assert "Please look at this first A role that decides over others" in shown
    assert "Role: Directorate First day: Tue 1 Sept 2026 Last day: Tue 29 Jun 2027" in shown
    assert "Role: Teacher First day: Tue 1 Dec 2026 Last day: – The role begins later" in shown
    assert "Not given Role: Curator First day: Wed 6 Mar 2024 Last day: Mon 22 Sept 2025" in shown
    only = text_of(it.get(f"{path}?remark=exchange.remark.role_over").text).partition("Line by line")[2]
    assert "Curator" in only and "Directorate" not in only
    assert "Curator" in text_of(it.get(f"{path}?remark=nonsense").text)
    agrees(it, path)
    works(app)
    assert "Imported: every line below is done." in text_of(it.get(path).text)
    assert count(app, RoleGrant, RoleGrant.role == "directorate") == 1
    assert count(app, RoleGrant, RoleGrant.role == "curator") == 0


def test_what_is_taken_back_is_counted_and_shown_with_its_days(app, client):
    office = entered(app, "academic_office")
    enrolled = ENROLLED + "e2,,,k1,u2,student,2026-11-02,2027-01-31\n"
    agrees(office, sent(office, zipped(roles=ROLES + STUDENT, enrollments=enrolled)))
    works(app)
    gone = ENROLLED + "e2,tobedeleted,,k1,u2,student,,\n"
    shown = text_of(office.get(sent(office, zipped(roles=ROLES + STUDENT, enrollments=gone))).text)
    assert "Taken back" in shown and "First day: Mon 2 Nov 2026 – Last day: Sat 30 Jan 2027 –" in shown


@pytest.mark.parametrize(("locale", "said"), [("ky", "бул ролду IT берет"), ("ru", "эту роль даёт ИТ")])
def test_who_gives_a_role_is_said_in_the_language_of_the_reader(app, client, locale, said):
    office = entered(app, "academic_office", locale)
    assert said in text_of(office.get(sent(office, STAFF)).text)
