"""Import of user names and addresses: findings by cell, nothing half done, long files by the worker, no password."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from app.exchange import account_commands as commands
from app.exchange.account_commands import (
    begin_account_import,
    check_account_table,
    continue_account_import,
    find_own_account_import,
    store_account_plan,
    write_account_table,
)
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Invalid, Missing
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.people import commands as people
from app.people.models import Account, Person
from app.people.queries.invitations import find_invitation
from tests.journal.school import School


@pytest.fixture
def school(db_session: Any) -> School:
    return School(db_session)


@pytest.fixture
def act(school: School, clock: Any) -> Act:
    return Act(school.person("Админ", "Азиз"), None, clock())


def csv_of(*rows: str) -> bytes:
    return ("﻿ФИО;Группа;Имя пользователя;Электронная почта\n" + "\n".join(rows)).encode()


def findings(act: Act, *rows: str) -> list[tuple[str, str]]:
    return [
        (one.cell, one.code.rpartition(".")[2]) for one in check_account_table(act, csv_of(*rows)).findings
    ]


def imported(act: Act, content: bytes) -> UUID:
    checked, made = check_account_table(act, content), new_id()
    assert checked.findings == ()
    with door.write(act):
        store_account_plan(act, made, checked.plan)
    return made


def test_what_is_wrong_is_named_by_cell(school: School, act: Act) -> None:
    session = school.session
    session.add(Account(person_id=school.lecturer, login="osmonova", password="never"))
    first, twin = session.get(Person, school.students[1]), school.person("Асанова", "Студент00")
    first.email = "taken@example.kg"
    gone = session.get(Person, school.students[2])
    gone.ended_at = act.at
    session.commit()
    assert findings(act, "Ким Жок;;a;", ";;a;") == [("A2", "unknown_person"), ("A3", "required")]
    assert findings(act, "Асанова Студент00;;a;") == [("A2", "several_persons")]
    assert findings(act, "Асанова Студент00;ИВТ-2-23;a;") == []
    assert findings(act, "Жээнбекова Студент02;;a;") == [("A2", "has_left")]
    assert findings(act, "Осмонова Айгүл;;other;") == [("C2", "has_account")]
    assert findings(act, "Осмонова Айгүл;;;new@example.kg") == [("D2", "address_of_account")]
    assert findings(act, "Осмонова Айгүл;;OSMONOVA;") == []
    assert findings(act, "Маматов Студент03;;Osmonova;taken@example.kg") == [
        ("C2", "login_taken"),
        ("D2", "email_of_another"),
    ]
    rows = ("Маматов Студент03;;mamatov;m@example.kg", "Ормонов Студент04;;MAMATOV;M@example.kg")
    assert findings(act, *rows) == [("C3", "login_taken"), ("D3", "email_of_another")]
    assert findings(act, rows[0], rows[0]) == [("A3", "person_twice")]
    assert findings(act, "Маматов Студент03;;two words;not an address") == [
        ("C2", "wrong_login"),
        ("D2", "wrong_email"),
    ]
    assert twin


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"PK but no workbook", "no_workbook"),
        (b"a,b\n1,2\n", "no_header"),
        ("ФИО;Группа\nА;Б\n".encode(), "no_column_of"),
        ("ФИО;Имя пользователя\n".encode(), "empty"),
        ('ФИО;Имя пользователя\n"А;a\n'.encode(), "quotes"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(act: Act, content: bytes, code: str) -> None:
    (one,) = check_account_table(act, content).findings
    assert one.code.rpartition(".")[2] == code


def test_people_get_user_names_and_choose_their_passwords(school: School, act: Act) -> None:
    session, student = school.session, school.students[3]
    table = CalamineWorkbook.from_filelike(io.BytesIO(write_account_table(act, "ky", everybody=False)))
    rows = table.get_sheet_by_index(0).to_python()
    place = next(number for number, row in enumerate(rows) if row[0] == str(student))
    rows[place][4:6] = ["Mamatov.S", "mamatov@example.kg"]
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    made = imported(act, content.getvalue())
    assert find_own_account_import(act, made).counts == {"login": 1, "email": 1, "same": len(rows) - 2}
    with pytest.raises(Missing):
        find_own_account_import(Act(student, None, act.at), made)
    with door.write(act):
        assert begin_account_import(act, made)
        assert begin_account_import(act, made)
    session.expire_all()
    person = session.get(Person, student)
    assert (person.proposed_login, person.email) == ("mamatov.s", "mamatov@example.kg")
    assert session.get(Account, student) is None
    assert check_account_table(act, content.getvalue()).plan.planned == []

    with door.write(act):
        (slip,) = people.issue_account_slips(act, [student])
        with pytest.raises(Invalid):
            people.invite_person(act, school.students[4], login="Mamatov.S")
    found = find_invitation(people.hash_key_for_storage(slip.key), act.at)
    assert found is not None
    assert found.login == "mamatov.s"


def test_a_long_file_is_imported_by_the_worker_and_what_changed_is_left_out(school: School, act: Act) -> None:
    session = school.session
    rows = [f"{family} Студент{number:02d};;login{number};" for number, family in enumerate(FAMILIES)]
    made = imported(act, csv_of(*rows))
    with door.write(act):
        assert not begin_account_import(act, made, most=2)
    # One of them opens an account, another user name is taken, before the worker comes to it.
    session.add(Account(person_id=school.students[4], login="login3", password="never"))
    session.commit()
    system = Act.by_system(act.at)
    for start in (0, 0, 2, 4):
        with door.write(system):
            continue_account_import(system, made, start, most=2)
    session.expire_all()
    logins = [session.get(Person, one).proposed_login for one in school.students]
    assert logins == ["login0", "login1", "login2", None, None]
    found = find_own_account_import(act, made)
    assert (found.done, found.refused, found.done_at is not None) == (5, 2, True)
    told = session.scalar(select(func.count()).where(Message.event_type == commands.IMPORT_FINISHED_EVENT))
    assert told == 1


FAMILIES = ("Асанова", "Бакиров", "Жээнбекова", "Маматов", "Ормонов")
