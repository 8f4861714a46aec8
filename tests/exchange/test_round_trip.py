"""What comes in goes out under its own ids, and comes in again, in an empty university and in the same one."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from app import cli
from app.exchange.columns import EXPORT_HEADERS
from app.exchange.export import export_roster_zip
from app.kernel import door
from app.people.models import RoleGrant, StudyGroup, Unit
from tests.exchange.rostering import ENROLLED, INPUTS, Rosters, sent, tables_of
from tests.exchange.test_oneroster import CLASSES, COURSES, ROLES, zipped
from tests.support.crash_process import environment

WITHOUT_A_PLAN = {"or06", "or11", "or26", "or27", "or65"}
"""Inputs with findings, and a delta file that is nothing by itself."""
COMPLETE = sorted(path.name[:4] for path in INPUTS.glob("or*.zip") if path.name[:4] not in WITHOUT_A_PLAN)
BASE_IN_1_2 = "or00-base-1.2"


def goes_out(rosters: Rosters) -> bytes:
    with door.read():
        return export_roster_zip(rosters.today)


@pytest.mark.parametrize("name", sorted({*COMPLETE, BASE_IN_1_2} - {"or00"} | {"or00-base-1.1"}))
def test_what_comes_in_goes_out_and_comes_in_again_the_same(
    rosters: Rosters, database: Any, db_session: Any, name: str
):
    data = sent(name)
    rosters.brings_file(data)
    assert rosters.plan_of(data).changes == ()
    first = goes_out(rosters)
    assert rosters.plan_of(first).changes == () and rosters.plan_of(first).absent == ()
    db_session.rollback()
    database.restore()
    rosters.brings_file(first)
    assert tables_of(goes_out(rosters)) == tables_of(first)
    assert goes_out(rosters) == first
    assert rosters.plan_of(first).changes == ()


def test_ids_go_out_as_they_came_and_headers_are_those_of_the_standard(rosters: Rosters):
    rosters.brings_file(sent(BASE_IN_1_2))
    tables = tables_of(goes_out(rosters))
    came = tables_of(sent(BASE_IN_1_2))
    for name, header in EXPORT_HEADERS.items():
        if name == "lessons":
            continue
        assert tables[f"{name}.csv"][0] == ",".join(header) == came[f"{name}.csv"][0]
        ids = [[line.split(",")[0] for line in lines[f"{name}.csv"][1:]] for lines in (tables, came)]
        assert ids[0] == sorted(ids[1])
    assert tables["orgs.csv"][1] == "d1,,,Сынак кафедрасы,department,D1,i1"
    assert tables["academicSessions.csv"][1] == "t1,,,Күзгү семестр 2026,semester,2026-09-01,2027-01-31,,2027"
    assert tables["users.csv"][1].startswith("p1,,,true,p1,,Айнура,Сынакова,Үсөновна,,p1@example.org,")
    assert tables["classes.csv"][1] == "k1,,,СТ-1-26,,c1,СТ-1-26,scheduled,,i1,t1,,,"
    assert tables["roles.csv"][1] == "r1,,,p1,primary,teacher,2026-09-01,,i1,"
    assert tables["enrollments.csv"][2] == "e2,,,k1,i1,s1,student,,2026-09-01,2027-01-31"
    manifest = tables["manifest.csv"]
    assert manifest[:3] == ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2"]
    assert "file.demographics,absent" in manifest and "file.enrollments,bulk" in manifest
    assert len([line for line in manifest if line.startswith("file.")]) == 21


def test_roles_that_oneroster_does_not_have_go_out_and_come_in(rosters: Rosters, db_session: Any):
    posts = (
        "r3,u1,primary,ext:depter_department_head,o2\nr4,u1,primary,ext:depter_rector,o1\n"
        "r5,u1,primary,ext:other_rector,o1\n"
    )
    assert rosters.plan(roles=ROLES + posts).left_out == {"ext:other_rector": 1}
    rosters.brings(roles=ROLES + posts)
    unit_by_role = dict(db_session.execute(select(RoleGrant.role, Unit.code).outerjoin(Unit)).all())
    assert (unit_by_role["department_head"], unit_by_role["rector"]) == ("D", None)
    lines = [line.split(",") for line in tables_of(goes_out(rosters))["roles.csv"][1:]]
    assert [(one[0], one[5], one[8]) for one in lines][2:] == [
        ("r3", "ext:depter_department_head", "o2"),
        ("r4", "ext:depter_rector", "o1"),
    ]
    assert rosters.plan_of(goes_out(rosters)).changes == ()


def groups(db_session: Any) -> int:
    found = db_session.scalar(select(func.count()).select_from(StudyGroup))
    db_session.rollback()
    return int(found)


def test_seven_classes_of_one_group_are_one_group_with_seven_journals(rosters: Rosters, db_session: Any):
    plan = rosters.brings_file(sent("or34"))
    (proposal,) = plan.groups
    assert (proposal.name, len(proposal.classes), proposal.students, proposal.joined) == (
        "СТ-1-26",
        7,
        1,
        True,
    )
    assert plan.change_counts["study_group", "insert"] == 1 == plan.change_counts["membership", "insert"]
    assert plan.change_counts["offering", "insert"] == 7
    assert rosters.plan_of(sent("or34")).groups == () and groups(db_session) == 1
    exported = tables_of(goes_out(rosters))["enrollments.csv"]
    assert [line.split(",")[0] for line in exported[1:]] == ["e1", "e2", "f2", "f3", "f4", "f5", "f6", "f7"]


def test_classes_kept_apart_stay_apart_in_later_files(rosters: Rosters, db_session: Any):
    (proposal,) = rosters.plan_of(sent("or34")).groups
    apart = {proposal.key: False}
    rosters.brings_file(sent("or34"), choices=apart)
    assert groups(db_session) == 7
    eighth = sent("or34", classes=("k7,", "k8,,,СТ-1-26,,c1,СТ-1-26,scheduled,,i1,t1,,,\nk7,"))
    assert rosters.plan_of(eighth).change_counts["study_group", "insert"] == 1


def test_a_new_class_of_a_stored_group_joins_it(rosters: Rosters, db_session: Any):
    rosters.brings_file(sent("or34"))
    more = sent(
        "or34",
        classes=("k7,", "k8,,,СТ-1-26,,c1,СТ-1-26,scheduled,,i1,t1,,,\nk7,"),
        enrollments=("f7,", "f8,,,k8,i1,s1,student,,2026-10-01,2027-01-31\nf7,"),
    )
    plan = rosters.brings_file(more)
    assert {(one.table, one.action) for one in plan.changes} == {("offering", "insert")}
    assert [(one.into_stored, one.classes) for one in plan.groups] == [(True, ("k8",))]
    assert groups(db_session) == 1 and rosters.plan_of(more).changes == ()
    assert "f8" in {line.split(",")[0] for line in tables_of(goes_out(rosters))["enrollments.csv"]}


def test_who_enters_a_group_by_some_of_its_classes_is_remarked(rosters: Rosters):
    rosters.brings_file(sent("or34"))
    person = ("\ns1,", "\ns2,,,true,i1,student,s2,,Нурлан,Асанов,,,,,,,,\ns1,")
    one_class = "".join(f"g{at},,,k{at},i1,s2,student,,2026-10-01,2027-01-31\n" for at in (2,))
    plan = rosters.plan_of(sent("or34", users=person, enrollments=("f2,", f"{one_class}f2,")))
    assert plan.findings == ()
    assert plan.remark_counts == {"exchange.remark.some_classes": 1}
    all_classes = "".join(f"g{at},,,k{at},i1,s2,student,,2026-10-01,2027-01-31\n" for at in range(1, 8))
    plan = rosters.plan_of(sent("or34", users=person, enrollments=("f2,", f"{all_classes}f2,")))
    assert plan.remark_counts == {} and plan.change_counts["membership", "insert"] == 1


def test_a_student_leaves_a_group_with_the_last_of_its_classes(rosters: Rosters):
    rosters.brings_file(sent("or34"))
    header = "sourcedId,status,dateLastModified,classSourcedId,userSourcedId,role\n"
    some = "".join(f"{one},tobedeleted,,,,\n" for one in ("e2", "f2", "f3"))
    plan = rosters.plan(**rosters.delta(enrollments=header + some))
    assert plan.changes == () and {one.remark for one in plan.skipped} == {"exchange.remark.other_journals"}
    whole = some + "".join(f"f{number},tobedeleted,,,,\n" for number in range(4, 8))
    plan = rosters.brings(**rosters.delta(enrollments=header + whole))
    assert [(one.table, one.action, one.values["ends_on"]) for one in plan.changes] == [
        ("membership", "end", rosters.today)
    ]


def test_a_student_who_leaves_the_classes_of_a_group_file_by_file_leaves_with_the_last(rosters: Rosters):
    rosters.brings_file(sent("or34"))
    rosters.clock.advance(days=40)
    header = "sourcedId,status,dateLastModified,classSourcedId,userSourcedId,role\n"

    def takes_away(*ids: str, on: str) -> Any:
        rows = "".join(f"{one},tobedeleted,{on},,,\n" for one in ids)
        return rosters.brings(**rosters.delta(enrollments=header + rows))

    first = takes_away("e2", "f2", "f3", on="2026-10-20T08:00:00Z")
    assert (first.changes, first.change_total) == ((), 3) and rosters.stays() != []
    assert takes_away("e2", "f3", on="2026-10-20T08:00:00Z").change_total == 0, "a repeat changes nothing"
    # The other system takes one of them back, so that it has to be withdrawn again.
    back = rosters.brings(
        **rosters.delta(enrollments=ENROLLED + "f3,,,k3,s1,student,2026-09-01,2027-01-31\n")
    )
    assert (back.changes, back.change_total) == ((), 1)
    takes_away("f4", "f5", "f6", on="2026-10-25T08:00:00Z")
    assert takes_away("f7", on="2026-10-22T08:00:00Z").change_total == 1
    (ended,) = takes_away("f3", on="2026-10-21T08:00:00Z").changes
    assert (ended.table, ended.action, str(ended.values["ends_on"])) == ("membership", "end", "2026-10-25")


def test_days_of_the_classes_of_a_group_are_one_stay_when_they_overlap(rosters: Rosters):
    days = sent(
        "or34", enrollments=("f2,,,k2,i1,s1,student,,2026-09-01,2027-01-31", "f2,,,k2,i1,s1,student,,,")
    )
    rosters.brings_file(days)
    assert rosters.stays() == [("2026-09-01", None)]
    assert rosters.plan_of(days).changes == ()
    one = "f3,,,k3,i1,s1,student,,2026-09-01,2027-01-31\n"
    manifest = rosters.delta(
        enrollments="sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,"
        "userSourcedId,role,primary,beginDate,endDate\n" + one
    )
    assert rosters.plan(**manifest).changes == ()


def test_classes_of_one_name_with_other_students_or_units_are_groups_of_their_own(
    rosters: Rosters, db_session: Any
):
    classes = CLASSES + "k2,G-1,G-1,c2,o2,s1\nk3,G-1,G-1,c1,o1,s1\n"
    plan = rosters.brings(classes=classes, courses=COURSES + "c2,B,B,o2\n")
    assert plan.groups == () and groups(db_session) == 3
    assert rosters.plan_of(zipped(classes=classes, courses=COURSES + "c2,B,B,o2\n")).changes == ()


def test_the_command_line_says_which_classes_are_one_group_and_keeps_them_apart_when_told(
    db_session: Any, settings: Any
):
    (path,) = INPUTS.glob("or34*.zip")
    runner = CliRunner(env=environment(settings))
    shown = runner.invoke(cli.depter, ["import", "oneroster", str(path)], input="n\n")
    assert "classes k1, k2, k3, k4, k5, k6, k7: СТ-1-26, 1 students, one group" in shown.output
    assert groups(db_session) == 0
    done = runner.invoke(cli.depter, ["import", "oneroster", str(path), "--yes", "--groups-apart"])
    assert "1 students, kept apart" in done.output and "Done: 37 changes." in done.output
    assert (done.exit_code, groups(db_session)) == (0, 7)
