"""Which tables a replay builds again, and by what: one decision for each table of journal, cases and roles.

A test compares these names with the tables of the database: a new table stands in exactly one of them.
"""

from __future__ import annotations

from collections.abc import Mapping

CELL, CELL_VERSION, RESULT = "journal.cell", "journal.cell_version", "journal.result"
CASE, STATE, TASK, HISTORY, ATTACHMENT = (
    "cases.case",
    "cases.state",
    "cases.task",
    "cases.history",
    "cases.attachment",
)
REDUCED_TABLES = (CELL, CELL_VERSION, RESULT, CASE, TASK, HISTORY, ATTACHMENT, STATE)
"""Tables whose rows follow from what the records say of their events (`audit.replay.rules`)."""
NOT_SEALED = ""
"""No value of the table is about a person or a person's words in the clear."""
OWNER_BY_STORED_TABLE: Mapping[str, str] = {
    "journal.academic_correction": "student_id",
    "journal.acknowledgement": "student_id",
    "journal.acknowledgement_sheet": NOT_SEALED,
    "journal.appeal": "student_id",
    "journal.appeal_end": NOT_SEALED,
    "journal.bell_period": NOT_SEALED,
    "journal.change_set": "requester",
    "journal.commission": NOT_SEALED,
    "journal.commission_order": NOT_SEALED,
    "journal.commission_seat": NOT_SEALED,
    "journal.confirmed_excuse": "student_id",
    "journal.course": NOT_SEALED,
    "journal.curriculum_line": NOT_SEALED,
    "journal.dispute": "student_id",
    "journal.dispute_answer": NOT_SEALED,
    "journal.earlier_result": "student_id",
    "journal.excuse": "requester",
    "journal.excuse_doubt": NOT_SEALED,
    "journal.excuse_issuer": NOT_SEALED,
    "journal.grade_sheet": NOT_SEALED,
    "journal.grading_scheme": NOT_SEALED,
    "journal.hearing": "chair_id",
    "journal.journal_check": NOT_SEALED,
    "journal.journal_opening": NOT_SEALED,
    "journal.journal_state_change": NOT_SEALED,
    "journal.late_entry_permit": "student_id",
    "journal.late_entry_request": "requester",
    "journal.lesson": NOT_SEALED,
    "journal.lesson_change": NOT_SEALED,
    "journal.lesson_pattern": NOT_SEALED,
    "journal.makeup": "student_id",
    "journal.makeup_extension": "student_id",
    "journal.makeup_extension_request": "student_id",
    "journal.note": "student_id",
    "journal.offering": NOT_SEALED,
    "journal.planned_hours": NOT_SEALED,
    "journal.planned_topic": NOT_SEALED,
    "journal.protocol": "chair_id",
    "journal.protocol_signed": NOT_SEALED,
    "journal.refused_excuse": "student_id",
    "journal.request": "requester_id",
    "journal.request_decision": NOT_SEALED,
    "journal.scheme_confirmation": NOT_SEALED,
    "journal.semester": NOT_SEALED,
    "journal.sheet_entry": "student_id",
    "journal.sheet_reopening_request": "requester",
    "journal.sheet_signing": "signed_by",
    "journal.syllabus": NOT_SEALED,
    "journal.takeover": NOT_SEALED,
    "journal.teaching": NOT_SEALED,
    "journal.timetable": NOT_SEALED,
    "journal.topic_plan": NOT_SEALED,
    "cases.dossier": NOT_SEALED,
    "cases.dossier_revocation": NOT_SEALED,
    "cases.incident": NOT_SEALED,
    "cases.migration": NOT_SEALED,
    "cases.migration_case": NOT_SEALED,
    "cases.moved_deadline": NOT_SEALED,
    "cases.recount": NOT_SEALED,
    "people.access_request": NOT_SEALED,
    "people.access_review": NOT_SEALED,
    "people.group_curator": NOT_SEALED,
    "people.membership": NOT_SEALED,
    "people.role_confirmation": NOT_SEALED,
    "people.role_grant": NOT_SEALED,
    "people.substitute": NOT_SEALED,
}
"""Tables whose rows stand in the records as they are stored (`audit.stored_rows`), with whose key seals them.

The key is that of the person in the column named. What it seals is everything but ids, moments and truth values
(`audit.rebuilt_columns`). Free text is stored sealed and is copied as it is.
"""
REBUILT_TABLES = (*REDUCED_TABLES, *OWNER_BY_STORED_TABLE)
WHY_NOT_REBUILT: Mapping[str, str] = {
    "cases.draft": "draft: unsent input of a person",
    "cases.timer": "cache: timers and reminders follow from the deadlines",
    "journal.reminder": "cache: what was told of deadlines that follow from lessons and cells; kept for a time",
    "journal.reminder_run": "cache: how far the reminders of a day are",
    "journal.takeover_journal": "draft: what an act would bring; what it brought are cells and results",
    "journal.timetable_import": "draft: weekly lessons of a workbook before they are taken over",
    "journal.timetable_run": "cache: how far the generation of lessons is",
}
"""Tables of journal and cases that a replay does not build again, each with the kind of what it holds."""
ROLE_TABLES = frozenset(name for name in REBUILT_TABLES if name.startswith("people."))
"""Tables of the room `people` that say who has a role, stands in for whom, belongs where or asks for a role."""
NOT_COMPARED_COLUMNS: Mapping[str, frozenset[str]] = {
    HISTORY: frozenset({"id", "recorded_at"}),
    STATE: frozenset({"body"}),
    CELL_VERSION: frozenset({"id"}),
    # How far the worker is, written beside its transaction.
    "journal.takeover": frozenset({"journals", "done"}),
}
"""Columns that the database sets itself, that have a checksum of their own, or that only show progress."""
