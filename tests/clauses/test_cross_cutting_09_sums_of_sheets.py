"""What a student moved to another group of the same discipline brought along counts in the sums of its sheets, each
point once (cross-cutting 9, 2.1e)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.journal.grade_sheets.queries import compute_sheet_from_journal
from app.journal.grade_sheets.result_commands import ResultAmendment, amend_result
from app.journal.grade_sheets.result_queries import compute_interim_module_ratings
from app.kernel import door
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from tests.scenarios.event_delivery import elsewhere, transferred
from tests.scenarios.grade_sheets import EXAM_DAY, SECOND_WEEK, Sheets

pytestmark = pytest.mark.clause("2.1")
FROM = {"group": "ИВТ-2-23", "order": "214-с"}


@dataclass
class Move:
    """The sheets of the group he leaves and of the one he comes to; the same teacher has both journals."""

    world: Any
    old: Sheets
    new: Sheets
    group: Any

    def lesson(self) -> Any:
        """A lesson of the new journal, this morning."""
        return self.world.school.lesson(self.world.clock().replace(hour=1), offering=self.new.offering)

    def line(self, kind: str = "MODULE1", sheets: Sheets | None = None) -> Any:
        """His line on a sheet, by default of the new group; None when he is not on it."""
        row = (sheets or self.new).row(kind)
        found = compute_sheet_from_journal(row, self.world.clock()).lines
        self.world.session.rollback()
        return next((line for line in found if line.student == self.world.student), None)


@pytest.fixture
def move(world, sheets):
    there = elsewhere(world)
    return Move(
        world,
        sheets,
        Sheets(world, sheets.handlers, there.journal(world, world.school.lecturer)),
        there.group,
    )


@pytest.fixture
def unsigned(move):
    """40 points in the old group; moved in the module week, before anything was signed; 25 points in the new one."""
    move.old.grades(move.world.attended(3), move.world.student, "40")
    move.old.draws()
    transferred(move.world, move.group)
    move.new.grades(move.lesson(), move.world.student, "25")
    return move


@pytest.fixture
def signed(move):
    """The first module is signed in the old group with 26 points; he moves the next day."""
    move.old.grades(move.world.attended(3), move.world.student, "80")
    move.old.draws()
    move.old.enters("MODULE1", "10")
    move.old.signs()
    move.world.clock.advance(days=1)
    transferred(move.world, move.group)
    return move


def test_the_module_of_the_new_group_counts_the_grades_he_brought(unsigned):
    student = unsigned.world.student
    unsigned.new.enters("MODULE1", "8", student)
    unsigned.new.signs()
    result = unsigned.new.result(student)
    current = result.arithmetic["parts"][0]
    assert (current["grades"], current["points"]) == (["40", "25"], "6.5")
    assert current["brought"] == [{**FROM, "grades": ["40"]}]
    assert (result.arithmetic["sum"], result.total) == ("14.5", Decimal(15))


@pytest.mark.undriven
def test_the_sheet_of_the_old_group_has_no_line_for_him(unsigned):
    assert unsigned.line(sheets=unsigned.old) is None
    assert unsigned.line().rating.arithmetic["parts"][0]["mean"] == "32.5"


@pytest.mark.clause("6.1")
@pytest.mark.undriven
def test_what_his_own_page_says_so_far_counts_them_too(unsigned):
    world = unsigned.world
    (open_module,) = compute_interim_module_ratings(world.student, [unsigned.new.offering], world.clock())
    assert open_module.rating.arithmetic["parts"][0]["grades"] == ["40", "25"]


@pytest.mark.clause("4.4.3")
def test_a_module_fixed_in_the_old_group_stands_on_the_new_sheet_and_in_its_final(signed):
    world, student = signed.world, signed.world.student
    line = signed.line()
    assert (line.status, line.rating.total, line.transfer_origin.group) == ("GRADED", Decimal(26), "ИВТ-2-23")
    with pytest.raises(Refused) as refused:
        signed.new.enters("MODULE1", "9", student)
    assert (refused.value.code, refused.value.clause) == ("journal.sheet.brought", "4.4.3")
    signed.new.signs()
    assert signed.new.result(student) is None, "nothing is copied"
    assert signed.line().rating.total == Decimal(26), "and it stands on the signed sheet"
    finishes(signed)
    final = signed.new.result(student, "FINAL").arithmetic
    assert [(part["key"], part["points"]) for part in final["parts"]] == [
        ("MODULE1", "26"),
        ("MODULE2", "10"),
        ("exam", "30"),
    ]
    assert {key: final["parts"][0][key] for key in FROM} == FROM and "group" not in final["parts"][1]
    world.session.rollback()


def test_grades_after_the_fixed_module_count_in_the_next_one_whatever_the_new_sheet_covers(signed):
    """His first module covers lessons until the 14th, that of his new group until the 16th."""
    world = signed.world
    signed.new.grades(signed.lesson(), world.student, "60")
    world.clock.advance(days=1)
    signed.new.signs()
    world.clock.set(SECOND_WEEK)
    signed.new.draws()
    assert signed.line("MODULE2").rating.arithmetic["parts"][0]["grades"] == ["60"]


@pytest.mark.clause("4.4.3")
def test_a_protocol_about_the_old_module_reaches_the_final_of_the_new_group(signed):
    world, student = signed.world, signed.world.student
    signed.new.signs()
    finishes(signed)
    assert signed.new.result(student, "FINAL").total == 66
    sheet, act = signed.old.row().id, world.office().act()
    world.session.rollback()
    with door.write(act):
        changed = ResultAmendment(sheet, student, new_id(), 1, entered=Decimal(6))
        assert amend_result(act, changed) == "amended"
    final = signed.new.result(student, "FINAL")
    assert (final.total, final.version) == (62, 2)
    assert {key: final.arithmetic["parts"][0][key] for key in FROM} == FROM, "it still says from where"


@pytest.mark.clause("4.3.3")
def test_a_final_waits_while_the_module_he_brought_is_being_mended(signed):
    world = signed.world
    signed.new.signs()
    seconds(signed)
    world.head().returns(signed.old.case())
    world.clock.set(EXAM_DAY)
    signed.new.draws()
    signed.new.enters("FINAL", "30", world.student)
    with pytest.raises(Refused) as refused:
        signed.new.signs("FINAL")
    assert (refused.value.code, refused.value.params["kinds"]) == ("journal.sheet.modules_first", ["MODULE1"])


@pytest.fixture
def between(move):
    """The new group signs its first module in the module week; he comes the next day, the old group has not signed."""
    world = move.world
    move.old.grades(world.attended(3), world.student, "80")
    move.old.draws()
    move.new.signs()
    world.clock.advance(days=1)
    transferred(world, move.group)
    return move


@pytest.mark.clause("4.3.2")
def test_who_moves_between_two_signatures_stays_on_the_sheet_of_the_old_group(between):
    world, student = between.world, between.world.student
    assert between.line() is None, "the new group signed without him"
    line = between.line(sheets=between.old)
    assert (line.status, line.moved_to_group) == (None, "ПГС-2-24")
    between.old.enters("MODULE1", "10", *world.school.students)
    between.old.signs()
    assert between.old.result(student).total == Decimal(26)
    assert between.line() is None, "which covers no day of his"
    between.new.grades(between.lesson(), student, "60")
    finishes(between)
    final = between.new.result(student, "FINAL").arithmetic
    assert [(part["key"], part["points"]) for part in final["parts"][:2]] == [
        ("MODULE1", "26"),
        ("MODULE2", "22"),
    ]


@pytest.mark.clause("4.3.2")
def test_until_he_is_entered_there_the_old_sheet_is_not_signed(between):
    with pytest.raises(Refused) as refused:
        between.old.enters("MODULE1", "10", *between.world.school.students[1:])
        between.old.signs()
    assert refused.value.code == "journal.sheet.incomplete"


@pytest.mark.clause("4.3.2")
def test_a_new_sheet_given_back_covers_the_days_before_he_came(between):
    between.world.head().returns(between.new.case())
    assert between.line() is None
    assert between.line(sheets=between.old).moved_to_group == "ПГС-2-24"


@pytest.mark.clause("4.3.2")
def test_who_comes_on_the_day_of_the_signature_stays_there_too_until_it_is_given_back(move):
    move.old.draws()
    move.new.signs()
    transferred(move.world, move.group)
    assert move.line(sheets=move.old).moved_to_group == "ПГС-2-24"
    assert move.line() is None
    move.world.head().returns(move.new.case())
    assert move.line(sheets=move.old) is None
    assert move.line().status is None, "given back, it covers this day and him"


def seconds(move):
    """The second module of the new group, with ten points."""
    move.world.clock.set(SECOND_WEEK)
    move.new.draws()
    move.new.enters("MODULE2", "10", move.world.student)
    move.new.signs("MODULE2")


def finishes(move):
    """And its exam, with thirty."""
    seconds(move)
    move.world.clock.set(EXAM_DAY)
    move.new.draws()
    move.new.enters("FINAL", "30", move.world.student)
    move.new.signs("FINAL")


@pytest.mark.undriven
def test_before_he_moved_the_new_sheet_knew_nothing_of_him(move):
    move.old.grades(move.world.attended(3), move.world.student, "40")
    move.world.clock.set(datetime(2026, 10, 14, 3, 0, tzinfo=UTC))
    move.old.draws()
    assert move.line() is None
