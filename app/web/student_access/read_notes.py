"""What of a page counts as a read of somebody's marks or kept papers (7.1, docs/adr/0072): where the line is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from app.audit.reads import MARKS, PAPER
from app.cases.access import is_case_content_hidden_for, is_case_content_of_diagram_restricted
from app.journal.gradebook.access import persons_act_may_teach_as
from app.journal.gradebook.load import OfferingState
from app.web.core.read_records import record_read
from app.web.core.visitor import current_act

JOURNAL_OBJECT, CASE_OBJECT = "journal.offering", "cases.case"


def record_journal_read(offering: OfferingState, students: Iterable[UUID | None] = (None,)) -> None:
    """Record that the visitor reads marks of a journal that he does not teach; without `students` all of its lines.

    A teacher of the journal, present or past, works in it: his loads are not recorded.
    """
    teachers = {part.person for part in offering.teachers}
    if not teachers & persons_act_may_teach_as(current_act()):
        record_read(MARKS, JOURNAL_OBJECT, offering.id, students)


def record_kept_paper_read(case: Any) -> None:
    """Record that the visitor reads papers and words of a case that are kept from others, such as an excuse."""
    if is_case_content_of_diagram_restricted(case.diagram) and not is_case_content_hidden_for(
        current_act(), case
    ):
        record_read(PAPER, CASE_OBJECT, case.id, case.about)
