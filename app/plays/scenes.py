"""Scenes of a play: what has happened in the synthetic journal before its case begins.

Each is made by the commands of the application, with acts of the days before; a start names its scene
(`operations.PlaySubject`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from app.audit.words import seal_text
from app.backups.models import RestoreDrill
from app.files.models import Blob, File
from app.journal.appeals.commands import AppealRequest, file_appeal
from app.journal.appeals.hearing_commands import convene_hearing, record_admission_decision, schedule_hearing
from app.journal.appeals.hearing_queries import load_hearing_stage_row
from app.journal.appeals.hearing_rules import HearingMinutes, Vote
from app.journal.appeals.protocol_commands import sign_protocol, write_protocol
from app.journal.commissions.commands import publish_commission_order, store_commission_draft
from app.journal.commissions.rules import (
    APPEAL_COMMISSION,
    AUTHORISED_COMMISSION,
    CommissionDraft,
    Seat,
)
from app.journal.excuses.commands import confirm_excuse
from app.journal.excuses.submission_commands import ExcuseSubmission, submit_excuse
from app.journal.grade_sheets.entry_commands import SheetEntryEdit, enter_sheet_points
from app.journal.grade_sheets.line_queries import find_current_result
from app.journal.grade_sheets.queries import compute_sheet_from_journal, load_grade_sheet, sheet_lines_to_sign
from app.journal.grade_sheets.signing_commands import sign_sheet
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.grading.initial_schemes import read_shipped_schemes
from app.journal.grading.scheme_commands import ProposedSchemeVersion, add_scheme_version
from app.journal.makeups.commands import (
    MakeupAssessment,
    MakeupTask,
    store_makeup_assessment,
    store_makeup_request,
    store_makeup_task,
)
from app.journal.tables import ConfirmedExcuse, GradeSheet, Offering
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.ids import make_ids_repeatable_in_block
from app.kernel.rehearsal import Rehearsal
from app.plays.university import University, build_university, insert_lesson, insert_rehearsal_rows

SEATS = ("CHAIR", "SECRETARY", "MEMBER", "MEMBER", "RESERVE", "RESERVE")
REASON = "TRY"


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene: days of its semester from the beginning of the play, and what happened in it."""

    semester: Mapping[str, int]
    prepare: Callable[[University], None]


def _build_semester_day_offsets(starts: int, ends: int, module1: int) -> dict[str, int]:
    """Return a semester with its first module in the week that begins on this day, the others at its end."""
    return {
        "starts_on": starts,
        "ends_on": ends,
        "module1_from": module1,
        "module1_until": module1 + 5,
        "module2_from": ends - 20,
        "module2_until": ends - 15,
        "session_from": ends - 14,
        "session_until": ends,
    }


def build_university_of_scene(rehearsal: Rehearsal, seed: UUID, name: str, began_at: datetime) -> University:
    """Build the synthetic university with what has happened in a scene. Raises KeyError for an unknown one."""
    scene = SCENES[name]
    with make_ids_repeatable_in_block(seed):
        made = build_university(rehearsal, seed, began_at, scene.semester)
        scene.prepare(made)
    return made


def insert_specimen_document(made: University, code: str, number: int) -> UUID:
    """Insert the row of a specimen document that a person hands in; nothing is stored on a disk."""
    address, file = f"try-{made.seed}", made.id_of_named_thing(f"file {code} {number}")
    if db.session.get(Blob, address) is None:
        insert_rehearsal_rows(Blob(address=address, key=b"", media_type="application/pdf", size=0))
    uploader = made.people[code].id
    name = seal_text(None, "TRY.pdf")
    insert_rehearsal_rows(
        File(id=file, address=address, name=name, uploaded_by=uploader, uploaded_at=made.began_at)
    )
    return file


def _prepare_absences_and_untaken_roll(made: University) -> None:
    """Absences of the first student that were entered in time, one recent and one old, and a lesson without a roll."""
    _add_missed_lesson(made, "old_lesson", -20)
    _add_missed_lesson(made, "lesson", -2)
    insert_lesson(made, "untaken_lesson", -19)
    made.things["missed_day"] = made.day(-2).isoformat()


def _prepare_absence_in_ended_semester(made: University) -> None:
    """An absence in a semester whose last day for make-up work is over."""
    _add_missed_lesson(made, "old_lesson", -12)


def _prepare_filled_unsigned_sheet(made: University) -> None:
    """A sheet of the first module, filled and not signed; its week is this one."""
    _prepare_absences_and_untaken_roll(made)
    _insert_draft_sheet(made, -2)
    _enter_sheet_points(made, -1)


def _prepare_empty_overdue_sheet(made: University) -> None:
    """A sheet whose week is over and whose lines are empty."""
    _prepare_absences_and_untaken_roll(made)
    _insert_draft_sheet(made, -9)


def _prepare_published_results(made: University) -> None:
    """Results of the first module, signed and published yesterday, and a commission for appeals."""
    _prepare_filled_unsigned_sheet(made)
    _sign_sheet(made)
    _form_institute_commission(made)


def _prepare_confirmed_excuse(made: University) -> None:
    """An excuse of the first student that the directorate has confirmed."""
    _prepare_absences_and_untaken_roll(made)
    act = made.act_of_post_holder("student", made.moment(-1))
    excuse, day = made.id_of_named_thing("excuse"), made.day(-2)
    paper = ExcuseSubmission(
        students=(made.people["student"].id,),
        starts_on=day,
        ends_on=day,
        ground="medical",
        number=REASON,
        issuer=REASON,
        document_date=day,
        returned_on=None,
        note=REASON,
        files=(insert_specimen_document(made, "student", 0),),
    )
    submit_excuse(act, excuse, paper)
    confirm_excuse(made.act_of_post_holder("directorate", made.moment(-1, 2)), excuse)
    confirmed = db.session.query(ConfirmedExcuse.id).filter_by(excuse_id=excuse).scalar()
    made.things |= {"excuse": str(excuse), "excused": str(confirmed)}


def _prepare_signed_protocol(made: University) -> None:
    """A commission has raised a result by a signed protocol, which is not applied yet."""
    _prepare_published_results(made)
    appeal, result = made.id_of_named_thing("appeal"), UUID(made.things["result"])
    student, secretary, chair = "student", "colleague_2", "colleague_1"
    file_appeal(
        made.act_of_post_holder(student, made.moment(-1, 3)), appeal, AppealRequest(result=result, late="")
    )
    convened = convene_hearing(
        made.act_of_post_holder(student, made.moment(-1, 3)), made.id_of_named_thing("hearing 1"), appeal
    )
    if convened is None:
        raise RuntimeError("the synthetic commission has no quorum")
    admitted = record_admission_decision(
        made.act_of_post_holder(secretary, made.moment(-1, 4)),
        made.id_of_named_thing("hearing 2"),
        convened.id,
        "admit",
    )
    held_at = made.moment(-1, 6)
    # Invited long before: the play begins after the hearing, whatever days off lie before it.
    invited_at = made.moment(-20)
    scheduled = schedule_hearing(
        made.act_of_post_holder(chair, invited_at),
        made.id_of_named_thing("hearing 3"),
        admitted.id,
        held_at,
        REASON,
    )
    row = load_hearing_stage_row(scheduled.id)
    votes = tuple(Vote(person, "RAISE") for person in (row.chair_id, *map(UUID, row.members)))
    minutes = HearingMinutes(votes=votes, points=Decimal(9), motive=REASON * 8, warned=False)
    protocol = made.id_of_named_thing("protocol")
    write_protocol(
        made.act_of_post_holder(secretary, held_at + timedelta(hours=1)), protocol, scheduled.id, minutes
    )
    sign_protocol(made.act_of_post_holder(chair, held_at + timedelta(hours=2)), protocol)
    made.things["protocol"] = str(protocol)


def _prepare_unplaced_makeup_points(made: University) -> None:
    """Make-up work that was accepted after the sheet over its lesson was signed."""
    _prepare_absences_and_untaken_roll(made)
    student, teacher = made.people["student"].id, "teacher"
    lesson = UUID(made.things["lesson"])
    requested = store_makeup_request(
        made.act_of_post_holder("student", made.moment(-1, -8)),
        made.id_of_named_thing("makeup 1"),
        student,
        [lesson],
    )
    task = MakeupTask(form="summary", topic=REASON, criteria=REASON, due_on=made.day(1))
    assigned = store_makeup_task(
        made.act_of_post_holder(teacher, made.moment(-1, -7)),
        made.id_of_named_thing("makeup 2"),
        requested.id,
        task,
    )
    _insert_draft_sheet(made, -2)
    _enter_sheet_points(made, -1)
    _sign_sheet(made)
    accepted = store_makeup_assessment(
        made.act_of_post_holder(teacher, made.moment(0, -1)),
        made.id_of_named_thing("makeup 3"),
        assigned.id,
        MakeupAssessment(decision="approve", points=80, comment=REASON),
    )
    _form_institute_commission(made, AUTHORISED_COMMISSION)
    made.things["makeup"] = str(accepted.id)


def _add_missed_lesson(made: University, name: str, days: int) -> None:
    lesson = insert_lesson(made, name, days)
    act = made.act_of_post_holder("teacher", made.moment(days, 2))
    record_mark(act, CellEdit(lesson, made.people["student"].id, "ATTENDANCE", "ABSENT", 0))
    take_roll(act, lesson)


def _insert_draft_sheet(made: University, from_day: int) -> None:
    """Insert the draft of a sheet of the first module, open for six days from this one."""
    sheet = made.id_of_named_thing("sheet")
    insert_rehearsal_rows(
        GradeSheet(
            id=sheet,
            offering_id=UUID(made.things["offering"]),
            kind="MODULE1",
            number=f"TRY-{sheet.hex[:8]}",
            state="DRAFT",
            covers_until=made.day(from_day + 5),
            enter_from=made.day(from_day),
            enter_until=made.day(from_day + 5),
        )
    )
    made.things["sheet"] = str(sheet)


def _enter_sheet_points(made: University, days: int) -> None:
    edits = [
        SheetEntryEdit(person.id, "GRADED", Decimal(8), 0)
        for person in made.people.values()
        if person.role == "student"
    ]
    enter_sheet_points(
        made.act_of_post_holder("teacher", made.moment(days)), UUID(made.things["sheet"]), edits
    )


def _sign_sheet(made: University) -> None:
    """Let the teacher sign the sheet the day before: its results are published."""
    at, sheet = made.moment(-1, 1), UUID(made.things["sheet"])
    seen = canonical_sha256(sheet_lines_to_sign(compute_sheet_from_journal(load_grade_sheet(sheet), at)))
    sign_sheet(made.act_of_post_holder("teacher", at), made.id_of_named_thing("signing"), sheet, seen)
    result = find_current_result(sheet, made.people["student"].id)
    if result is None:
        raise RuntimeError("the synthetic sheet has no result")
    made.things["result"] = str(result.id)


def _form_institute_commission(made: University, kind: str = APPEAL_COMMISSION) -> None:
    """Form a commission of the institute: it comes before one of the whole university, which is a real one."""
    commission, ordered = made.id_of_named_thing("commission"), made.moment(-30)
    draft = CommissionDraft(
        kind=kind,
        order_no=f"TRY-{commission.hex[:8]}",
        order_date=made.day(-30),
        valid_from=made.day(-30),
        valid_until=made.day(200),
        quorum=2,
        seats=tuple(
            Seat(made.people[f"colleague_{number}"].id, part) for number, part in enumerate(SEATS, 1)
        ),
        unit=UUID(made.things["institute"]),
    )
    store_commission_draft(made.act_of_post_holder("academic_office", ordered), commission, draft)
    publish_commission_order(made.act_of_post_holder("rector", ordered + timedelta(hours=1)), commission)


def _prepare_due_drill(made: University) -> None:
    """A restore drill that is due; its period is far ahead, where no real one is."""
    drill = made.id_of_named_thing("drill")
    insert_rehearsal_rows(
        RestoreDrill(
            id=drill,
            period_start=date(9998, 1, 1),
            period_end=date(9998, 4, 1),
            sha256=drill.hex,
            made_at=made.began_at,
        )
    )
    made.things["drill"] = str(drill)


def _prepare_draft_journal(made: University) -> None:
    """A journal that is not open yet, with a lesson ahead."""
    insert_lesson(made, "lesson", 2)
    offering = db.session.get(Offering, UUID(made.things["offering"]))
    assert offering is not None
    offering.state = "DRAFT"
    db.session.flush()


def _prepare_drafted_scheme(made: University) -> None:
    """A scheme that the head of department has drafted."""
    _prepare_absences_and_untaken_roll(made)
    scheme, base = made.id_of_named_thing("scheme"), read_shipped_schemes()[0]
    drafted = ProposedSchemeVersion(
        code="TRY",
        follows=0,
        names=base["names"],
        source=REASON,
        definition=base["definition"],
        effective_from=made.day(90),
    )
    add_scheme_version(made.act_of_post_holder("department_head", made.moment(-1)), scheme, drafted)
    made.things["scheme"] = str(scheme)


SCENES: Mapping[str, Scene] = {
    "draft_journal": Scene(_build_semester_day_offsets(-3, 120, 40), _prepare_draft_journal),
    "drafted_scheme": Scene(_build_semester_day_offsets(-50, 75, 12), _prepare_drafted_scheme),
    "journal": Scene(_build_semester_day_offsets(-50, 75, 12), _prepare_absences_and_untaken_roll),
    "semester_over": Scene(_build_semester_day_offsets(-120, -5, -100), _prepare_absence_in_ended_semester),
    "sheet": Scene(_build_semester_day_offsets(-50, 75, -2), _prepare_filled_unsigned_sheet),
    "late_sheet": Scene(_build_semester_day_offsets(-50, 75, -9), _prepare_empty_overdue_sheet),
    "result": Scene(_build_semester_day_offsets(-50, 75, -2), _prepare_published_results),
    "excuse": Scene(_build_semester_day_offsets(-50, 75, 12), _prepare_confirmed_excuse),
    "protocol": Scene(_build_semester_day_offsets(-50, 75, -2), _prepare_signed_protocol),
    "drill": Scene(_build_semester_day_offsets(-50, 75, 12), _prepare_due_drill),
    "waiting_points": Scene(_build_semester_day_offsets(-50, 75, -2), _prepare_unplaced_makeup_points),
}
