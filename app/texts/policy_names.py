"""Names of the policies and of the values of those that are no length of time."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

POLICY_LABELS: Mapping[str, str] = {
    "academic_correction.step_sla": N_("one step of an academic correction"),
    "acknowledge.students_term": N_("acquaintance of students with the regulation"),
    "access.confirm_term": N_("confirming the roles of a quarter"),
    "access.role_term": N_("longest time of a role that is asked for"),
    "access.step_term": N_("one step of a request for access"),
    "account.reset_watch": N_("watch after a password was reset"),
    "appeal.explain_term": N_("explanation of the teacher in an appeal"),
    "appeal.hearing_notice": N_("notice of a hearing"),
    "appeal.hearing_term": N_("hearing of an appeal"),
    "appeal.reexam_term": N_("re-examination after an appeal"),
    "appeal.step_sla": N_("one step of an appeal"),
    "appeal.term": N_("filing an appeal"),
    "attendance.entry_term": N_("entry of attendance"),
    "attendance.late_entry_grace": N_("request for a late entry"),
    "archive.after_year_end": N_("wait before a year is archived"),
    "backup.approve_term": N_("approval of a backup schedule"),
    "backup.drill_term": N_("report of a restore drill"),
    "backup.review_term": N_("reading the report of a restore drill"),
    "commission.step_sla": N_("one step of forming a commission"),
    "contingent.account_term": N_("account of a student who left"),
    "contingent.leave_notice": N_("notice before a leave ends"),
    "contingent.review_term": N_("review of marks after a backdated order"),
    "contingent.step_sla": N_("one step of an order about students"),
    "correction.self_window": N_("own correction of the teacher"),
    "correction.step_sla": N_("one step of a correction"),
    "dispute.confirm_term": N_("reply of the student in a dispute"),
    "dispute.teacher_answer": N_("answer of the teacher in a dispute"),
    "dispute.term": N_("disputing a mark"),
    "dispute.unit_answer": N_("answer of the unit in a dispute"),
    "excuse.decide_term": N_("decision about an excuse"),
    "excuse.enter_term": N_("entry of an excuse"),
    "excuse.explain_term": N_("explanation of the student about an excuse"),
    "excuse.inquiry_term": N_("inquiry at the issuer of a document"),
    "excuse.submit_term": N_("submitting a document of an excuse"),
    "grade.current_term": N_("entry of a current grade"),
    "grade.final_entry": N_("entry of a final grade"),
    "grade.module_entry": N_("entry of a module grade"),
    "late_entry.window": N_("permitted late entry"),
    "opening.assign_term": N_("assignment of teachers before journals are opened"),
    "opening.check_term": N_("check of journals by their teachers"),
    "opening.open_term": N_("opening of journals"),
    "request.issue_term": N_("execution of a request"),
    "request.rework_term": N_("rework of a request"),
    "request.step_term": N_("one step of a request"),
    "roster.plan_kept": N_("keeping the preview of an import"),
    "scheme.check_term": N_("check of a grading scheme"),
    "scheme.council_term": N_("decision of the council about a grading scheme"),
    "sheet.approve_term": N_("approval of a grade sheet"),
    "sheet.close_after": N_("wait before a grade sheet is closed"),
    "sheet.close_retry": N_("wait before closing is tried again"),
    "sheet.close_term": N_("closing of a grade sheet"),
    "sheet.rework_term": N_("rework of a grade sheet"),
    "sheet.sign_term": N_("signature of a grade sheet"),
    "sheet.visa_term": N_("endorsement of a grade sheet"),
    "timetable.module_weeks": N_("lessons in the module weeks"),
    "workoff.accept_term": N_("acceptance of make-up work"),
    "workoff.answer_term": N_("assignment of make-up work"),
    "workoff.extension_term": N_("extension for make-up work"),
    "workoff.plea_term": N_("decision about an extension"),
    "workoff.score_cap_pct": N_("most points of make-up work"),
    "workoff.semester_last": N_("last day for make-up work"),
    "workoff.term": N_("make-up work"),
}
"""Names of the deadlines and numbers; a clause lists those that belong to it."""
SETTING_LABELS: Mapping[str, str] = {
    "caltime.first_day": N_("whether the first day counts"),
    "caltime.roll": N_("a deadline in calendar days that ends on a day off"),
    "archive.retention_years": N_("years for which the data of a person are kept"),
    "backup.drill_months": N_("months between restore drills"),
    "backup.rpo": N_("hours of work that a loss of data may cost at most"),
    "backup.rto": N_("hours in which a restore has to be done"),
    "closed_change.visas": N_("endorsement of a change of a closed sheet"),
    "correction.self_by": N_("who corrects a mark without a request"),
    "correction.self_reason": N_("reason of a teacher's own correction"),
    "dispute.grade_reviewer": N_("who reviews a disputed grade after its teacher"),
    "excuse.writer": N_("who enters a confirmed excuse"),
    "grading.scheme": N_("grading scheme"),
    "journal.confirmer": N_("who confirms a journal"),
    "notices.digest_hour": N_("hour of the daily letter"),
    "workoff.required_excused": N_("lessons made up even with a confirmed reason"),
}
"""Names of the choices; the lines of a clause say in words what the chosen value means."""
CHOICE_LABELS: Mapping[str, Mapping[str, str]] = {
    "caltime.first_day": {
        "NOT_COUNTED": N_("counting begins on the next day"),
        "COUNTED": N_("the first day counts"),
    },
    "caltime.roll": {
        "NONE": N_("it ends on that day"),
        "NEXT_WORKING_DAY": N_("it ends on the next working day"),
    },
    "closed_change.visas": {
        "VISAS": N_("the head and the directorate endorse it"),
        "NOTE": N_("the head and the directorate are told"),
    },
    "correction.self_by": {
        "JOURNAL": N_("any teacher of the journal"),
        "AUTHOR": N_("only the teacher who entered it"),
    },
    "correction.self_reason": {"REQUIRED": N_("required"), "OPTIONAL": N_("may stay empty")},
    "dispute.grade_reviewer": {
        "HEAD": N_("the head of the department"),
        "DIRECTORATE": N_("the directorate"),
        "BOTH": N_("the head of the department, then the directorate"),
    },
    "journal.confirmer": {
        "HEAD": N_("the head of the department"),
        "OFFICE": N_("the academic office"),
    },
    "timetable.module_weeks": {
        "NO_LESSONS": N_("no lessons"),
        "LESSONS": N_("lessons as in other weeks"),
    },
    "excuse.writer": {
        "SYSTEM_ON_DIRECTORATE": N_("the system, once the directorate has confirmed it"),
        "TEACHER_AFTER_CONFIRMATION": N_("the teacher, once the directorate has confirmed it"),
    },
}
"""Names of the values of a choice, by policy."""


def policy_name(key: str) -> str:
    """Return the name of a policy in the source language; an unknown key as it is."""
    return POLICY_LABELS.get(key) or SETTING_LABELS.get(key) or key
