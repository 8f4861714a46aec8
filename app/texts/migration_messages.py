"""Texts for the codes of migrations: why a case stays on its version, and why a migration is refused."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

MIGRATION_MESSAGES: Mapping[str, str] = {
    "cases.task.version_changed": N_(
        "A moment ago the case was moved to another version of its process. Please look at the task again."
    ),
    "cases.migration.case_closed": N_("The case has ended."),
    "cases.migration.suspended": N_("The case is put aside while the student is on leave."),
    "cases.migration.quarantined": N_("The case is stopped by an incident, which IT has to resolve first."),
    "cases.migration.damaged_state": N_("What is stored of the case is damaged; IT has to repair it first."),
    "cases.migration.open_task_gone": N_("The case waits at “%(step)s”, and that version has no such step."),
    "cases.migration.open_tasks_differ": N_(
        "In that version the case would wait at other steps; they differ in “%(step)s”."
    ),
    "cases.migration.timers_differ": N_(
        "In that version the case would wait for another moment: “%(step)s”."
    ),
    "cases.migration.approval_missing": N_(
        "That version requires the approval “%(step)s” before this place, and it has not been given."
    ),
    "cases.migration.approval_not_valid": N_(
        "The approval that was given at “%(step)s” does not count in that version."
    ),
    "cases.migration.demand_not_met": N_(
        "“%(step)s” would be refused: the approval of the role “%(role)s” is missing, and no step ahead gives it."
    ),
    "cases.migration.step_gone": N_("The case went through “%(step)s”, and that version has no such step."),
    "cases.migration.step_missing": N_(
        "That version has the step “%(step)s” before this place, and nobody has done it."
    ),
    "cases.migration.operation_missing": N_(
        "In that version “%(step)s” should have run by now, and for this case it did not."
    ),
    "cases.migration.operation_changed": N_("“%(step)s” does something else in that version."),
    "cases.migration.history_differs": N_(
        "From “%(step)s” on, that version goes another way than this case went."
    ),
    "cases.replay.other_end": N_("In that version the case would have ended with “%(step)s”."),
    "cases.replay.still_running": N_("In that version the case would still wait at “%(step)s”."),
    "cases.migration.nobody_for_task": N_(
        "That version gives “%(step)s” to the role “%(role)s”, and nobody has it."
    ),
    "cases.migration.moved_elsewhere": N_("Meanwhile the case was moved on to another version."),
    "cases.migration.stopped": N_("The cases were sent back before it was the turn of this one."),
    "cases.migration.failed": N_(
        "The program failed at this case and changed nothing; IT finds why in the log."
    ),
    "cases.migration.case_changed": N_("The case %(number)s has moved on. Please look at the plan again."),
    "cases.migration.other_content": N_("This request was sent before with other content."),
    "cases.migration.under_way": N_(
        "Cases of this process are being moved already, by migration %(number)s. Let it end first."
    ),
    "cases.migration.ended": N_("This migration has ended."),
    "cases.migration.nothing": N_("No case that you chose runs on another version any more."),
    "cases.migration.nothing_moved": N_(
        "This migration has moved no case, so there is nothing to move back."
    ),
    "cases.migration.right_lost": N_(
        "Whoever set it going may not move cases any more. Another process administrator can go on with it."
    ),
    "cases.migration.not_for_your_role": N_("Only a process administrator moves running cases."),
    "cases.migration.ticked": N_("Please tick at least one case, and at most %(max)s."),
    "cases.migration.choice_unclear": N_(
        "You ticked single cases. Please choose whether only these move, or untick them to move every case."
    ),
    "cases.migration.target_unknown": N_("There is no such published version."),
}
