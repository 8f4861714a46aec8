"""The lists of the audit: deeds, cases, values of marks, counts, searches that are kept, exports."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select, text

from app.audit import exports, newest_rows, searches
from app.audit.deeds import DeedFilter, Ids, Place, find_deed, load_deed_keys
from app.audit.models import AuditExport, AuditRecord
from app.audit.record import record_audit_event
from app.audit.searches import CASES, DEEDS
from app.cases.audit_lists import filters as list_filters
from app.cases.audit_lists.exports import ask_for_list_export, continue_list_export
from app.cases.audit_lists.filters import clauses_below, read_filters, read_wanted_value
from app.cases.audit_lists.pages import load_list_page
from app.cases.audit_lists.rows import DEED_COLUMNS, is_reason_of_deed_hidden
from app.cases.models import Case
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook_views.cell_versions import load_cell_version_keys
from app.journal.tables import CellVersion, Offering, Result
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.errors import Invalid, Missing, Refused
from app.kernel.i18n import set_current_locale
from app.kernel.ids import new_id
from app.kernel.spreadsheets import neutralise_formula
from app.people.models import Person
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios.appeals import signed
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import World


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    return World(db_session, clock)


@pytest.fixture
def auditor(world: World) -> Act:
    set_current_locale("en")
    person = world.hires("auditor", None)
    world.session.commit()
    return Act(person, None, world.clock(), (RoleAssignment("auditor"),), locale="en")


def marks(world: World, *values: str, student: int = 0) -> Any:
    """A lesson of today whose grade the teacher wrote and wrote again."""
    lesson, who = world.school.lesson(), world.school.students[student]
    for version, value in enumerate(values):
        act = world.school.teacher_act(world.clock() + timedelta(minutes=version))
        with door.write(act):
            record_mark(act, CellEdit(lesson, who, "GRADE", value, version, "катасы бар" if version else ""))
    return lesson


def texts(act: Act, page: str, column: str, **filters: str) -> list[str]:
    found = load_list_page(act, page, read_filters(page, filters))
    return [row.texts[column] for row in found.rows]


def test_a_mark_is_found_by_the_values_before_and_after(world: World, auditor: Act):
    lesson = marks(world, "50.9", "51")
    versions = world.session.scalars(
        select(CellVersion).where(CellVersion.lesson_id == lesson).order_by(CellVersion.version)
    ).all()
    assert [(one.old_value, one.new_value, one.source, one.late) for one in versions] == [
        (None, "50.9", "HAND", False),
        ("50.9", "51", "HAND", False),
    ]
    assert {one.offering_id for one in versions} == {world.school.offering}
    assert texts(auditor, DEEDS, "after", old="<51", new=">=51") == ["51"], "50.9 is below, 51 is not"
    assert texts(auditor, DEEDS, "after", old=">=51") == []
    assert texts(auditor, DEEDS, "before", old="50,9", new="51") == ["50.9"]
    assert texts(auditor, DEEDS, "after", new="50–60") == ["51", "50.9"]
    assert texts(auditor, DEEDS, "after", new="51", source="import") == []
    group = str(world.session.get(Offering, world.school.offering).group_id)
    assert texts(auditor, DEEDS, "after", new="51", group=group, clause="4.4", late="no") == ["51"]
    assert texts(auditor, DEEDS, "after", new="51", group=str(new_id())) == []


def test_a_result_of_a_sheet_is_found_by_its_points_before_and_after(
    world: World, auditor: Act, settings: Any
):
    sheets = Sheets(world, event_handlers_by_type(settings))
    signed(world, sheets)
    first = sheets.result()
    world.session.rollback()
    total = f"{first.total.normalize():f}"
    assert "Result: fixing by a signature" in texts(auditor, DEEDS, "kind", new=total)
    assert texts(auditor, DEEDS, "kind", old=total) == [], "a first version has no points before it"
    columns = {one.name: getattr(first, one.name) for one in Result.__table__.columns}
    made = new_id()
    changed = {"id": made, "version": first.version + 1, "total": first.total + 7}
    world.session.add(Result(**{**columns, **changed}))
    act = world.office().act()
    world.session.commit()
    with door.write(act):
        after = {"total": first.total + 7}
        record_audit_event(
            act,
            "journal.result.amended",
            ("journal.result", made),
            None,
            after,
            "4.4.3",
            subject=first.student_id,
        )
    more = f"{(first.total + 7).normalize():f}"
    assert texts(auditor, DEEDS, "kind", old=total, new=more) == ["Result: amendment"]
    assert texts(auditor, DEEDS, "kind", old=f"<={total}", new=f">{total}", person=str(first.student_id)) == [
        "Result: amendment"
    ]
    assert texts(auditor, DEEDS, "kind", old=total, clause="4.2") == []
    assert texts(auditor, DEEDS, "kind", old=total, group=str(new_id())) == []
    far = replace(auditor, assignments=(RoleAssignment("auditor", world.school.other_department),))
    assert texts(far, DEEDS, "kind", new=more) == [], "results of another unit are not for a limited reader"
    page = load_list_page(auditor, DEEDS, read_filters(DEEDS, {"new": ">0"}), size=1)
    rest = load_list_page(auditor, DEEDS, read_filters(DEEDS, {"new": ">0"}), page.next_key, size=50)
    every = load_list_page(auditor, DEEDS, read_filters(DEEDS, {"new": ">0"}), size=50)
    assert [*page.rows, *rest.rows] == list(every.rows) and len(every.rows) > 1


def test_deeds_are_found_by_person_deputy_clause_kind_and_day(world: World, auditor: Act):
    lesson, student = world.school.lesson(), world.school.students[1]
    substitute = world.school.person("Алмаш", "Тируучу")
    midnight = datetime(2026, 10, 14, 18, tzinfo=UTC)
    acts = [
        Act(world.school.lecturer, None, midnight - timedelta(minutes=1), (RoleAssignment("teacher"),)),
        Act(substitute, world.school.lecturer, midnight, (RoleAssignment("teacher"),)),
    ]
    for version, act in enumerate(acts):
        with door.write(act):
            record_mark(
                act, CellEdit(lesson, student, "ATTENDANCE", ("ABSENT", "PRESENT")[version], version, "ката")
            )
    lecturer, about = str(world.school.lecturer), str(student)

    def found(**filters: str) -> list[str]:
        return texts(auditor, DEEDS, "kind", kind="", **filters)

    both = ["Mark: correction", "Mark: entry"]
    assert found(person=lecturer, part="did", since="14.10.2026", until="2026-10-15") == both
    assert found(person=lecturer, since="14.10.2026", until="14.10.2026") == both[1:], "midnight begins a day"
    assert found(person=about, part="about", since="15.10.2026", until="15.10.2026") == both[:1]
    assert found(person=about, part="did") == []
    assert (
        found(person=str(substitute), deputy="1") == both[:1] and found(person=about, deputy="1") == both[:1]
    )
    assert found(clause="4.4.1", person=about) == both[:1] and found(clause="4.2.1", person=about) == both[1:]
    assert texts(auditor, DEEDS, "kind", kind="journal.mark.recorded", person=about) == both[1:]
    unit = str(world.school.department)
    assert found(unit=unit, person=about) == both and found(unit=str(new_id())) == []
    page = load_list_page(auditor, DEEDS, {"person": about}, size=1)
    assert page.deed_facets and (page.deed_facets.total, page.deed_facets.deputy) == (2, 1)
    assert page.deed_facets.kinds == {"journal.mark.recorded": 1, "journal.mark.corrected": 1}
    second = load_list_page(auditor, DEEDS, {"person": about}, page.next_key, size=1)
    assert [row.texts["kind"] for row in (*page.rows, *second.rows)] == both
    assert second.next_key == "" and second.deed_facets is None


def test_wide_filters_find_the_same_however_few_rows_are_compared(
    world: World, auditor: Act, monkeypatch: Any
):
    for student in (0, 1):
        marks(world, "70", "75", "80", student=student)
    case = world.teacher().requests_correction()
    world.head().rejects(case)
    world.session.rollback()
    unit, teacher = str(world.school.department), str(world.school.lecturer)
    group = str(world.session.get(Offering, world.school.offering).group_id)
    tried = (
        {"unit": unit},
        {"unit": unit, "kind": "journal.mark.corrected"},
        {"unit": unit, "clause": "4.4", "late": "no", "source": "hand"},
        {"unit": unit, "person": teacher},
        {"group": group, "process": "late_correction", "outcome": "rejected"},
        {"outcome": "rejected", "kind": "cases.task.completed"},
        {"outcome": "rejected", "person": teacher},
        {"unit": unit, "old": "70", "new": ">=75"},
        {"unit": unit, "new": ">=75", "person": teacher},
    )

    def found(filters: dict[str, str]) -> list[Any]:
        """The keys of the first two pages of three."""
        load: Any = load_deed_keys
        where: Any = list_filters.deed_filter(filters, None)
        if list_filters.is_search_by_value(filters):
            load, where = load_cell_version_keys, list_filters.cell_version_filter(filters, None)
        first = load(where, None, 3)
        later = load(where, (first[-1].at, first[-1].id), 3) if first else []
        return [one.id for one in (*first, *later)]

    few = [found(one) for one in tried]
    assert all(few) and len(few[0]) == 6
    monkeypatch.setattr(list_filters, "_FEW_JOURNALS", 0)
    monkeypatch.setattr(list_filters, "_FEW_CASES", 0)
    for compared in (newest_rows.MAX_COMPARED, 1):
        monkeypatch.setattr(newest_rows, "MAX_COMPARED", compared)
        assert [found(one) for one in tried] == few


@pytest.mark.parametrize(
    "where",
    [
        DeedFilter(late=True, kinds=("a",)),
        DeedFilter(clauses=("4.4",), deputy=True, imported=False),
        DeedFilter(place=Place(Ids((new_id(), new_id()))), kinds=("a",), late=True),
        DeedFilter(place=Place(Ids(query=select(Offering.id))), cases=Ids(query=select(Case.id)), late=False),
        DeedFilter(cases=Ids((new_id(), new_id())), kinds=("a", "b")),
    ],
)
def test_pairs_of_filters_are_answered_from_indexes_alone(db_session: Any, where: DeedFilter):
    """A filter on a column that the indexes lack reads the table, which takes seconds among ten million records."""
    session, plans = db_session, []
    for setting in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
        session.execute(text(f"SET LOCAL {setting} = off"))

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "audit.record" in statement and not statement.startswith("EXPLAIN"):
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            plans.append([row[0] for row in rows if " on record_y" in row[0]])

    event.listen(session.get_bind(), "before_cursor_execute", explain)
    try:
        load_deed_keys(where, None, 51)
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", explain)
    session.rollback()
    lines = [line for plan in plans for line in plan]
    assert lines and all("Index Only Scan" in line for line in lines), lines


def test_cases_are_found_by_their_filters(world: World, auditor: Act):
    first, second = world.teacher().requests_correction(), world.teacher().asks_for_late_entry()
    world.head().rejects(first)
    numbers = {one: world.case(one).number for one in (first, second)}
    world.session.rollback()
    head, student = str(world.people["department_head"]), str(world.student)

    def found(**filters: str) -> list[str]:
        return texts(auditor, CASES, "number", **filters)

    assert found() == [numbers[second], numbers[first]]
    assert found(process="late_correction") == [numbers[first]] == found(state="done", outcome="rejected")
    assert found(person=head, part="did") == [numbers[first]] and found(person=str(new_id())) == []
    assert numbers[first] in found(person=student, part="about")
    assert found(clause=world.case(second).subject.get("clause", "4.2")) or found(clause="9") == []
    assert found(unit=str(world.school.institute)) == [numbers[second], numbers[first]]
    assert found(late="yes") == []
    assert found(source="import") == [] and found(source="hand") == [numbers[second], numbers[first]]
    act = Act.by_system(world.clock()).with_case(first)
    with door.write(act):
        record_audit_event(act, "exchange.row.update", ("people.person", world.student), None, {"import": 1})
    assert found(source="import") == [numbers[first]] and found(source="hand") == [numbers[second]]
    world.clock.advance(days=30)
    later = Act(auditor.person, None, world.clock(), auditor.assignments)
    assert texts(later, CASES, "number", late="yes") == [numbers[second]], "it waits after its deadline"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("person", "x"),
        ("since", "32.01.2026"),
        ("old", "тумоо"),
        ("new", "101"),
        ("clause", "9.9"),
        ("late", "maybe"),
        ("source", "x"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named(field: str, value: str):
    with pytest.raises(Invalid) as refused:
        read_filters(DEEDS, {field: value})
    assert set(refused.value.fields) == {field}


def test_values_and_clauses_are_read_as_people_write_them():
    assert (
        read_wanted_value("old", "НБ").status == "ABSENT"
        and read_wanted_value("old", "+").status == "PRESENT"
    )
    bounds = {text: read_wanted_value("old", text) for text in ("<51", "<=51", ">51", ">=51", "60-50", "7,5")}
    assert {text: (one.least, one.most, one.more, one.below) for text, one in bounds.items()} == {
        "<51": (None, None, None, 51),
        "<=51": (None, 51, None, None),
        ">51": (None, None, 51, None),
        ">=51": (51, None, None, None),
        "60-50": (50, 60, None, None),
        "7,5": (Decimal("7.5"), Decimal("7.5"), None, None),
    }
    assert {"4.4", "4.4.1"} <= set(clauses_below("4.4")) and "4.4.1" in clauses_below("4")
    assert "4.4" not in clauses_below("4.4.1") and clauses_below("4.") == ()
    assert [neutralise_formula(one) for one in ("=1+1", "@x", "-5", "75")] == ["'=1+1", "'@x", "'-5", "75"]


def test_words_of_an_excuse_are_neither_found_nor_shown(world: World, auditor: Act):
    world.missed(1)
    day = world.day(1)
    case = world.student_actor().hands_in(day, issuer="Грипп менен ооругандардын бөлүмү")
    numbers = world.session.scalars(select(AuditRecord.id).where(AuditRecord.case_id == case)).all()
    deeds = [find_deed(number) for number in numbers]
    assert deeds and all(is_reason_of_deed_hidden(auditor, one) for one in deeds if one)
    rows = load_list_page(auditor, DEEDS, {"person": str(world.student)}).rows
    assert rows and "Грипп" not in json.dumps([dict(row.texts) for row in rows], ensure_ascii=False)
    with pytest.raises(Invalid):
        read_filters(DEEDS, {"old": "Грипп"})


def test_searches_are_kept_shared_and_deleted_by_their_person(world: World, auditor: Act):
    other = Act(
        world.hires("auditor", None, name="Экинчи"), None, world.clock(), (RoleAssignment("auditor"),)
    )
    own, shared = new_id(), new_id()
    with door.write(auditor):
        searches.save_search(auditor, own, DEEDS, " Менин ", {"clause": "4.4"}, shared=False)
        searches.save_search(auditor, shared, CASES, "Баарына", {"late": "yes"}, shared=True)
        for number in range(searches.RECENT_KEPT + 3):
            searches.remember_search(auditor, "words", f"Асанова {number % (searches.RECENT_KEPT + 2)}", {})
        searches.choose_columns(auditor, DEEDS, ["kind", "at"], DEED_COLUMNS)
    assert [one.name for one in searches.load_saved_searches(auditor.person)] == ["Баарына", "Менин"]
    assert [one.name for one in searches.load_saved_searches(other.person)] == ["Баарына"]
    recent = [one.name for one in searches.load_recent_searches(auditor.person)]
    assert len(recent) == searches.RECENT_KEPT and recent[0] == "Асанова 0" and recent.count("Асанова 0") == 1
    assert searches.load_columns(auditor.person, DEEDS, DEED_COLUMNS, ()) == ["at", "kind"]
    stored = world.session.execute(text("SELECT body FROM audit.saved_search")).scalars().all()
    assert not any("Менин".encode() in bytes(one) for one in stored)
    with pytest.raises(Missing), door.write(other):
        searches.delete_search(other, shared)
    for name, field in (("", "name"), ("x" * 81, "name")):
        with pytest.raises(Invalid) as refused, door.write(auditor):
            searches.save_search(auditor, new_id(), DEEDS, name, {}, shared=False)
        assert set(refused.value.fields) == {field}


def test_an_export_is_made_in_batches_for_one_person_and_one_day(world: World, auditor: Act):
    world.session.get(Person, world.school.students[1]).family_name = "=HYPERLINK(1)"
    world.session.commit()
    marks(world, "70", "75", student=1)
    made = {}
    for format in exports.FORMATS:
        made[format] = new_id()
        with door.write(auditor):
            filters = {"person": str(world.school.students[1]), "part": "about"}
            ask_for_list_export(auditor, made[format], DEEDS, format, filters, ["kind", "about", "after"])
        with door.write(auditor):
            continue_list_export(Act.by_system(auditor.at), made[format])
            continue_list_export(Act.by_system(auditor.at), made[format])
    with door.write(auditor):
        content = {format: exports.take_export_content(auditor, id)[1] for format, id in made.items()}
    lines = content["csv"].decode("utf-8-sig").splitlines()
    assert lines[0] == "Deed,About whom,After" and lines[1].startswith("Mark: correction,'=HYPERLINK(1)")
    assert [one["after"] for one in json.loads(content["json"])] == ["75", "70"]
    assert content["xlsx"][:2] == b"PK"
    kinds = world.session.scalars(
        select(AuditRecord.event_type).where(AuditRecord.object_id == made["csv"]).order_by(AuditRecord.id)
    ).all()
    assert kinds == ["audit.export.asked", "audit.export.finished", "audit.export.taken"]
    other = Act(world.hires("auditor", None, name="Экинчи"), None, auditor.at, auditor.assignments)
    last = auditor.at + exports.EXPORT_KEPT
    for act, id in (
        (other, made["csv"]),
        (Act(auditor.person, None, last), made["csv"]),
        (auditor, new_id()),
    ):
        with pytest.raises(Missing), door.write(act):
            exports.take_export_content(act, id)
    with door.write(auditor):
        exports.take_export_content(Act(auditor.person, None, last - timedelta(minutes=1)), made["csv"])
        assert exports.end_old_exports(last - timedelta(minutes=1), 100) == 0
        assert exports.end_old_exports(last, 100) == len(made)
    assert set(world.session.scalars(select(AuditExport.content))) == {None}


def test_what_is_too_much_or_nothing_is_not_exported(world: World, auditor: Act):
    for rows, code in (
        (exports.MAX_EXPORT_ROWS + 1, "audit.export.too_many"),
        (10_000_000, "audit.export.too_many"),
        (0, "audit.export.empty"),
    ):
        with pytest.raises(Refused) as refused, door.write(auditor):
            exports.ask_for_export(auditor, new_id(), DEEDS, "csv", {}, rows)
        assert refused.value.code == code
    with door.write(auditor):
        for _ in range(exports.MAX_WAITING):
            assert exports.ask_for_export(auditor, new_id(), DEEDS, "csv", {}, exports.MAX_EXPORT_ROWS)
    with pytest.raises(Refused, match="waiting"), door.write(auditor):
        exports.ask_for_export(auditor, new_id(), DEEDS, "csv", {}, 1)


def test_who_lost_the_role_gets_no_file(world: World, auditor: Act):
    teacher = Act(world.school.lecturer, None, world.clock(), (RoleAssignment("teacher"),), locale="en")
    id = new_id()
    with door.write(teacher):
        ask_for_list_export(teacher, id, DEEDS, "csv", {}, ["at"])
        continue_list_export(Act.by_system(teacher.at), id)
    assert world.session.get(AuditExport, id).state == exports.ENDED
    with pytest.raises(Missing), door.write(teacher):
        exports.take_export_content(teacher, id)
