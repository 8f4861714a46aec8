"""How cases begin: by whom, about what; which follow news; which field of a form makes a subject."""

from __future__ import annotations

from collections.abc import Mapping

from app.journal import queries as journal
from app.operations.entries import Follow, Start
from app.operations.matters import (
    appeal_subject,
    appeal_undecided,
    correction_subject,
    dispute_undecided,
    hearing_subject,
    proposal_subject,
    protocol_subject,
    result_dispute_subject,
)
from app.operations.sheets import lines_subject, sheet_subject, signing_subject
from app.operations.subjects import (
    Maker,
    change_set_subject,
    commission_subject,
    dispute_subject,
    entering_subject,
    entries_subject,
    excuse_subject,
    narrowed_subject,
    plea_subject,
    revocation_subject,
    teaches_the_missed,
    workoff_result_subject,
    workoff_subject,
    workoff_task_subject,
)

STARTS: Mapping[str, Start] = {
    entry.name: entry
    for entry in (
        Start(
            name="late_entry",
            diagram="late_entry",
            subject=entries_subject,
            fact="entries",
            clause="4.2.1",
            alone="cells",
        ),
        Start(
            name="excuse",
            diagram="excuse",
            subject=excuse_subject,
            fact="excuse",
            clause="4.2.3",
            roles=("student", "directorate"),
            for_others=("curator", "directorate"),
            papers_for=("directorate",),
            kept=("ground",),
            for_student=True,
        ),
        Start(
            name="excuse_entry",
            diagram="excuse_entry",
            subject=entering_subject,
            fact="excuse",
            clause="4.2.2",
            roles=(),
            standing=journal.standing_of_entering,
        ),
        Start(
            name="excuse_revocation",
            diagram="excuse_revocation",
            subject=revocation_subject,
            fact="excused",
            clause="4.2.4",
            roles=("directorate",),
            papers_for=("directorate",),
            kept=("ground",),
            alone="subject",
        ),
        Start(
            name="workoff",
            diagram="workoff",
            subject=workoff_subject,
            fact="workoff",
            clause="5.2.1",
            roles=("student",),
            for_others=("curator", "directorate"),
            offers=("teacher",),
            offered=teaches_the_missed,
            alone="cells",
            standing=journal.standing_of_workoff,
            for_student=True,
        ),
        Start(
            name="late_workoff",
            diagram="late_workoff",
            subject=plea_subject,
            fact="plea",
            clause="5.3.2",
            roles=("student",),
            for_others=("curator", "directorate"),
            offers=("teacher",),
            offered=teaches_the_missed,
            alone="cells",
            standing=journal.standing_of_plea,
            for_student=True,
        ),
        Start(
            name="dispute",
            diagram="dispute",
            subject=dispute_subject,
            fact="dispute",
            clause="6.2",
            roles=("student",),
            for_others=("curator", "directorate"),
            alone="cells",
            standing=journal.standing_of_dispute,
        ),
        Start(
            name="appeal",
            diagram="appeal",
            subject=appeal_subject,
            fact="appeal",
            clause="6.3",
            roles=("student",),
            for_others=("curator", "directorate"),
            undecided=appeal_undecided,
        ),
        Start(
            name="result_dispute",
            diagram="result_dispute",
            subject=result_dispute_subject,
            fact="dispute",
            clause="6.2",
            roles=("student",),
            for_others=("curator", "directorate"),
            undecided=dispute_undecided,
        ),
        Start(
            name="proposal",
            diagram="proposal",
            subject=proposal_subject,
            fact="proposal",
            clause="5.4.3",
            roles=(),
            undecided=appeal_undecided,
        ),
        Start(
            name="academic_correction",
            diagram="academic_correction",
            subject=correction_subject,
            fact="correction",
            clause="4.4.3",
            roles=(),
        ),
        Start(
            name="commission",
            diagram="commission",
            subject=commission_subject,
            fact="commission",
            clause="6.3",
            roles=("academic_office",),
        ),
        Start(
            name="late_sheet",
            diagram="late_sheet",
            subject=lines_subject,
            fact="lines",
            clause="4.3.2",
        ),
        Start(
            name="grade_sheet",
            diagram="grade_sheet",
            subject=sheet_subject,
            fact="sheet",
            clause="1.4.2",
            roles=(),
        ),
        Start(
            name="late_correction",
            diagram="late_correction",
            subject=change_set_subject,
            fact="change_set",
            clause="4.4.2",
        ),
    )
}

FOLLOWS: Mapping[str, Follow] = {
    "journal.excuse.to_enter": Follow("excuse_entry", ("excuse", "offering")),
    "journal.protocol.changes": Follow("academic_correction", ("protocol",)),
    "journal.workoff.parked": Follow("proposal", ("workoff",)),
    "journal.sheet.drawn": Follow("grade_sheet", ("sheet",), "teacher"),
}
"""Which news begin which case: one process follows another by an outbox message."""

LOOK_AGAIN = (
    "journal.mark.corrected",
    "journal.absence.excused",
    "journal.absence.unexcused",
    "journal.excuse.revoked",
)
"""News of the journal after which cases about these students are asked whether they still stand."""

SUBJECTS: Mapping[str, Maker] = {
    "change_set": change_set_subject,
    "entries": entries_subject,
    "period": excuse_subject,
    "absences": narrowed_subject,
    "workoff": workoff_subject,
    "workoff_task": workoff_task_subject,
    "workoff_result": workoff_result_subject,
    "commission": commission_subject,
    "signing": signing_subject,
    "lines": lines_subject,
    "hearing_step": hearing_subject,
    "protocol_written": protocol_subject,
    "correction": correction_subject,
}
"""Makers of subjects by the kind of form field that describes one."""
