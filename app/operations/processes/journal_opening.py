"""The opening of the journals of a department in a semester (2.1): generated, assigned, checked, opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.opening.commands import (
    ask_teachers_to_check,
    open_journals_of_opening,
    store_opening,
)
from app.journal.opening.lesson_generation import generate_opening_lessons
from app.journal.opening.queries import load_opening_subject
from app.kernel.act import Act
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def store_opening_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """The journals of a department in a semester that are to be opened (2.1)."""
    asked = answers["opening"]
    department = UUID(asked["department"])
    made = store_opening(act, subject_id, department, UUID(asked["semester"]))
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description=load_opening_subject(made.id),
        units={"discipline_department": department},
        about=(),
    )


PROCESS = Process(
    start=ProcessStart(
        name="journal_opening",
        subject_factory=store_opening_subject,
        id_variable="opening",
        clause="2.1",
        unit_variables=("discipline_department",),
        roles=("academic_office",),
        play=PlaySubject("draft_journal", address={"department": "{department}", "semester": "{semester}"}),
    ),
    operations=(
        Operation(
            name="journal.generate_opening_lessons",
            command=generate_opening_lessons,
            params={"opening": UUID},
            outcomes={
                "started": N_("the lessons are being generated"),
                "running": N_("the lessons of this semester are being generated already"),
                "nothing": N_("no journal has weekly lessons to generate from"),
            },
            success_outcomes=("started", "running", "nothing"),
            clause="2.1",
            repeatable=True,
        ),
        Operation(
            name="journal.ask_teachers_to_check",
            command=ask_teachers_to_check,
            params={"opening": UUID},
            outcomes={
                "asked": N_("the teachers were asked to check their journals"),
                "nobody": N_("no journal has a teacher, so nobody was asked"),
            },
            success_outcomes=("asked", "nobody"),
            clause="2.1",
            repeatable=True,
        ),
        Operation(
            name="journal.open_journals",
            command=open_journals_of_opening,
            params={"opening": UUID},
            outcomes={
                "opened": N_("every journal is open"),
                "left": N_("the journals that are ready were opened, others were left"),
            },
            success_outcomes=("opened", "left"),
            clause="2.1",
            # No clause says who opens; the university has set the academic office (see `here` of 2.1), which begins
            # the case too.
            required_approvals=RequiredApprovals(("academic_office",), "", by_requester=True),
            repeatable=True,
        ),
    ),
    subject_factories={"opening": store_opening_subject},
    blocker_kind="",
)
