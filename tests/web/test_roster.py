"""The pages of imports over HTTP, with the real worker: send, read, agree, see it done; nonsense is refused."""

from __future__ import annotations

import io
import re
import threading
import zipfile
from typing import Any

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.exchange.models import RosterImport
from app.exchange.read import read_roster
from app.kernel.clock import system_clock
from app.kernel.db import db
from app.kernel.ids import new_id
from app.people.models import Account, Membership, Person, StudyGroup
from app.worker import due_work
from tests.exchange.rostering import sent as as_sent
from tests.exchange.test_oneroster import COURSES, ENROLLED, USERS, zipped
from tests.support.large_roster import large_roster
from tests.web.browser import Browser, hidden
from tests.worker.somebody import somebody
from tests.worker.test_process import start, wait_until


@pytest.fixture
def office(app: Any, client: Any) -> Browser:
    return entered(app, "academic_office")


def entered(app: Any, role: str, locale: str = "en") -> Browser:
    with app.app_context():
        person = somebody(role=role, locale=locale)
        db.session.add(Account(person_id=person, login=str(person), password="never"))
        db.session.commit()
        db.session.remove()
    return Browser(app, locale).enter(person)


def sends(browser: Browser, data: bytes, name: str = "roster.zip", **fields: Any) -> Any:
    form = browser.get("/roster").text
    named = {"id": hidden(form, "id"), **fields}
    return browser.post("/roster", file=(io.BytesIO(data), name), **named)


def sent(browser: Browser, data: bytes) -> str:
    answer = sends(browser, data)
    assert answer.status_code == 302, answer.text[:3000]
    return str(answer.headers["Location"])


def agrees(browser: Browser, path: str) -> Any:
    return browser.post(f"{path}/run", plan=hidden(browser.get(path).text, "plan"))


def works(app: Any) -> None:
    """A wake-up of the worker, as far as possible from the test's own request."""
    alone = threading.Thread(target=due_work.run_due_work, args=(app,))
    alone.start()
    alone.join()


def count(app: Any, what: Any, *conditions: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(what).where(*conditions)) or 0


def text_of(page: str) -> str:
    inside = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", inside).split())


def test_an_empty_list_says_what_to_do(office):
    shown = text_of(office.get("/roster").text)
    assert "Nothing was imported yet" in shown and "send it above" in shown


def test_a_roster_is_sent_read_agreed_and_done(office, app):
    path = sent(office, zipped())
    shown = text_of(office.get(path).text)
    assert "Nothing is changed yet" in shown and "Осмонова Айгүл New" in shown and "users.csv:2" in shown
    assert count(app, Person, Person.external_id.is_not(None)) == 0
    assert agrees(office, path).status_code == 302
    waiting = office.get(f"{path}/progress").text
    assert 'hx-trigger="every 2s"' in waiting and "0 / 12" in waiting
    works(app)
    assert "Imported: every line below is done." in text_of(office.get(path).text)
    assert "hx-trigger" not in office.get(f"{path}/progress").text
    assert count(app, Person, Person.external_id.is_not(None)) == 2
    assert "The import is finished" in office.get("/notices/latest").text
    row = text_of(office.get("/roster").text)
    assert "roster.zip done new 12" in row and "Асанова Айсулуу" in row


def test_classes_of_one_group_are_proposed_joined_and_kept_apart(office, app):
    path = sent(office, as_sent("or34"))
    page = office.get(path).text
    shown = text_of(page)
    assert "Classes that are one group 1" in shown and "Дисциплина 2 · Дисциплина 3" in shown
    key = re.search(r'name="group" value="([^"]+)" checked', page)[1]
    assert "Groups 1 0" in shown and "Journals 7 0" in shown
    assert office.post(f"{path}/groups").status_code == 302
    page = office.get(path).text
    assert "Groups 7 0" in text_of(page) and "checked" not in page.partition('name="group"')[2][:120]
    office.post(f"{path}/groups", group=key)
    assert "Groups 1 0" in text_of(office.get(path).text)
    office.post(f"{path}/groups", decision="apart")
    assert "Groups 7 0" in text_of(office.get(path).text)
    office.post(f"{path}/groups", decision="join")
    agrees(office, path)
    works(app)
    assert count(app, StudyGroup) == 1
    assert office.post(f"{path}/groups", decision="apart").status_code == 409


def test_a_large_file_is_compared_by_the_worker_and_can_be_cancelled(office, app):
    path = sent(office, large_roster(4000))
    page = office.get(path).text
    assert "The file is being compared with the stored data" in text_of(page) and "0 %" in text_of(page)
    assert 'hx-trigger="every 2s"' in page and "<noscript>" in page and 'name="plan"' not in page
    refused = sends(office, zipped())
    assert refused.status_code == 422 and "is being compared just now: roster.zip" in text_of(refused.text)
    assert "is being compared" in text_of(office.get("/roster").text)
    assert office.post(f"{path}/cancel").status_code == 302
    assert "This import was cancelled" in text_of(office.get(path).text)
    assert office.post(f"{path}/again").status_code == 302
    works(app)
    assert office.get(f"{path}/progress").headers["HX-Refresh"] == "true"
    page = office.get(path).text
    assert "Nothing is changed yet" in text_of(page) and "The preview is kept until" in text_of(page)
    assert "The preview of the import is ready" in office.get("/notices/latest").text
    assert office.post(f"{path}/cancel").status_code == 409


def test_ends_are_read_by_the_standard_or_as_last_days_and_the_preview_says_which(office):
    form = office.get("/roster").text
    assert 'name="inclusive_ends"' in form and "checked" not in form
    shown = text_of(office.get(sent(office, zipped())).text)
    assert "as the standard says" in shown and "Last day: Wed 30 Dec 2026" in shown
    answer = sends(office, zipped(), inclusive_ends="1")
    shown = text_of(office.get(answer.headers["Location"]).text)
    assert "are read as last days" in shown and "Last day: Thu 31 Dec 2026" in shown
    assert "Semester: Autumn First day: Tue 1 Sept 2026 Last day: –" in shown
    refused = sends(office, b"%PDF", inclusive_ends="1")
    assert refused.status_code == 422 and re.search(r'name="inclusive_ends"[^>]* checked', refused.text)


def test_a_second_time_there_is_nothing_to_change_and_no_button(office, app):
    agrees(office, sent(office, zipped()))
    works(app)
    page = office.get(sent(office, zipped())).text
    assert "There is nothing to change" in page and 'name="plan"' not in page


def test_a_changed_name_is_shown_from_old_to_new(office, app):
    agrees(office, sent(office, zipped()))
    works(app)
    page = office.get(sent(office, zipped(users=USERS.replace("Осмонова", "Асанова")))).text
    assert "<del" in page and "Family name: Осмонова Асанова" in text_of(page)


def test_a_plan_that_no_longer_fits_is_refused_and_shown_anew(office, app):
    first, second = sent(office, zipped()), sent(office, zipped(users=USERS.replace("Бакыт", "Болот")))
    seen = hidden(office.get(second).text, "plan")
    agrees(office, first)
    agrees(office, second)
    works(app)
    shown = text_of(office.get(second).text)
    assert "Below is the new preview" in shown and "Given name: Бакыт Болот" in shown
    assert office.post(f"{second}/run", plan=seen).status_code == 409
    assert "The import was not done" in office.get("/notices/latest").text


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("ky", "Бул бош болбошу керек."),
        ("ru", "Это поле не может быть пустым."),
        ("en", "This must not be empty."),
    ],
)
def test_findings_name_file_line_and_column_in_the_language_of_the_reader(app, client, locale, said):
    browser = entered(app, "academic_office", locale)
    page = browser.get(sent(browser, zipped(courses=COURSES + "c9,,X,o2\n"))).text
    assert f"{said} courses.csv:3 title" in text_of(page) and 'name="plan"' not in page


def test_many_findings_and_many_lines_are_paged(office):
    users = USERS + "".join(f"p{number},А,Б{number},\n" for number in range(120))
    path = sent(office, zipped(users=users))
    pages, page = 1, office.get(f"{path}?kind=person&action=insert").text
    while found := re.search(r'rel="next" href="([^"]+)"', page):
        pages, page = pages + 1, office.get(found[1].replace("&amp;", "&")).text
    assert pages == 3 and "Б119 А" in page
    wrong = sent(office, zipped(users=re.sub(",А,Б\\d+,", ",,,", users)))
    assert (
        "users.csv:54" in (following := office.get(f"{wrong}?finding=50").text)
        and "users.csv:53" not in following
    )


BOMB = zipped(users="sourcedId\n" + "0" * 30_000_000)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.7 not a roster", "This is no ZIP file."),
        (b"", "The file is empty."),
        (BOMB, "built to grow beyond measure"),
        (b"PK\x03\x04" * 2_700_000, "The file is larger than 10 MB."),
    ],
)
def test_what_is_no_roster_is_refused_beside_its_field_whatever_it_is_called(office, app, data, said):
    answer = sends(office, data)
    assert answer.status_code == 422 and said in answer.text
    assert 'aria-describedby="file-help file-error"' in answer.text
    assert count(app, RosterImport) == 0


def test_without_a_file_the_field_says_so(office):
    office.get("/roster")
    answer = office.post("/roster", id=str(new_id()))
    assert answer.status_code == 422 and "Please choose a ZIP file first." in answer.text


def test_the_form_sent_twice_is_one_import(office, app):
    form_id = str(new_id())
    first, second = (sends(office, zipped(), id=form_id) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"] and count(app, RosterImport) == 1
    assert sends(office, zipped(users=USERS + "u3,А,Б,\n"), id=form_id).status_code == 409


def test_a_foreign_import_and_an_absent_one_are_the_same_bytes(office, app):
    path = sent(office, zipped())
    teacher = entered(app, "teacher")
    for ending in ("", "/progress"):
        foreign, absent = (teacher.get(f"{one}{ending}") for one in (path, f"/roster/{new_id()}"))
        assert (foreign.status_code, foreign.data) == (absent.status_code, absent.data)
        assert foreign.status_code == 404 == office.get(f"/roster/{new_id()}{ending}").status_code
    for verb in ("run", "again"):
        assert teacher.post(f"{path}/{verb}", plan="x").status_code == 404
    assert teacher.get("/roster").status_code == teacher.get("/roster/export").status_code == 404


def test_without_a_token_nothing_is_imported(office, app):
    path = sent(office, zipped())
    plan = hidden(office.get(path).text, "plan")
    assert office.post(f"{path}/run", plan=plan, csrf_token="made up").status_code == 400
    assert count(app, RosterImport, RosterImport.state == "queued") == 0


def test_our_data_are_taken_out_as_a_roster_and_that_is_recorded(office, app):
    agrees(office, sent(office, zipped()))
    works(app)
    answer = office.get("/roster/export")
    assert (
        answer.mimetype == "application/zip"
        and "oneroster-2026-10-14.zip" in answer.headers["Content-Disposition"]
    )
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "users.csv" in archive.namelist()
    assert read_roster(answer.data).findings == ()
    assert count(app, AuditRecord, AuditRecord.event_type == "exchange.roster.exported") == 1


@pytest.mark.starts
def test_the_worker_of_its_own_does_what_the_page_asked_for(app, client, clock, settings, valkey, mailbox):
    clock.set(system_clock())
    browser = entered(app, "it_admin")
    path = sent(browser, zipped())
    worker = start(settings)
    try:
        agrees(browser, path)
        wait_until(lambda: "hx-trigger" not in browser.get(f"{path}/progress").text, 40)
    finally:
        worker.kill()
        worker.wait()
    assert "Imported: every line below is done." in text_of(browser.get(path).text)
    assert count(app, Person, Person.external_id.is_not(None)) == 2


def test_a_student_missing_in_a_complete_file_leaves_by_a_tick_on_the_day_that_is_named(office, app):
    both = USERS + "u3,Азамат,Сыдыков,\n"
    enrolled = ENROLLED + "e3,k1,u3,student,2026-09-01\n"
    agrees(office, sent(office, zipped(users=both, enrollments=enrolled)))
    works(app)
    gone = ENROLLED.rpartition("e2")[0]
    path = sent(office, zipped(users=both, enrollments=gone))
    page = office.get(path).text
    assert "There is nothing to change" in page and page.count('name="student"') == 2
    student = re.search(r'name="student" value="([^"]+)">\s*<span[^>]*>Өмүров', page)
    assert student is not None
    late = office.post(f"{path}/missing", student=student[1], last_day="2026-10-15")
    assert (
        late.status_code == 422 and f'value="{student[1]}" checked' in late.text and "15.10.2026" in late.text
    )
    assert office.post(f"{path}/missing", student=student[1], last_day="2026-10-10").status_code == 302
    shown = text_of(office.get(path).text)
    assert "Өмүров Бакыт, G-1 Ended Last day: – Sat 10 Oct 2026".replace("– ", "") in shown
    assert office.get(path).text.count(" checked") == 1
    agrees(office, path)
    works(app)
    with app.app_context():
        ends = db.session.scalars(select(Membership.ends_on).order_by(Membership.ends_on)).all()
    assert [str(day) for day in ends] == ["2026-10-10", "None"]
    again = sent(office, zipped(users=both, enrollments=gone))
    assert office.post(f"{again}/missing", every="1", last_day="2026-10-14").status_code == 302
    assert "Сыдыков Азамат, G-1 Ended" in text_of(office.get(again).text)
    assert office.post(f"{again}/missing", last_day="2026-10-14").status_code == 302
    assert "There is nothing to change" in office.get(again).text, "nobody is ticked any more"
