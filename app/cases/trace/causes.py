"""What a case followed from and what followed from it, told by what each is about; never by guessing from marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select, text

from app.cases.access import visible_cases_condition
from app.cases.models import Case
from app.diagrams.versions import PublishedDiagram, load_version_unless_damaged
from app.kernel.act import Act
from app.kernel.db import db

MAX_LINKS = 50
"""Cases on each side."""
Direction = Literal["cause", "effect"]

_CHAIN_OF_MAKEUP = """
  WITH RECURSIVE back AS (
    SELECT m.id, m.follows FROM journal.makeup m WHERE m.id = {start}
    UNION SELECT m.id, m.follows FROM journal.makeup m JOIN back ON m.id = back.follows
  ), chain AS (
    SELECT id FROM back
    UNION SELECT m.id FROM journal.makeup m JOIN chain ON m.follows = chain.id
  ) SELECT id FROM chain"""
"""All stages of the make-up work that has this stage: its case is about the newest of them."""

_APPEAL_CASES = """(
  SELECT k.subject_id AS appeal, k.id AS "case" FROM cases.case k JOIN journal.appeal x ON x.id = k.subject_id
  UNION ALL SELECT h.appeal_id, k.id FROM journal.hearing h JOIN cases.case k ON k.subject_id = h.id
  UNION ALL SELECT p.appeal_id, k.id FROM journal.protocol p JOIN cases.case k ON k.subject_id = p.id
)"""
"""The case of each appeal: it is about the appeal, later about its hearing, at last about the protocol."""

_WAYS: Mapping[str, str] = {
    # An appeal against a result that had been disputed before (6.3).
    "dispute_appealed": f"""
SELECT d.id AS cause, a.case AS effect FROM cases.case d
JOIN journal.appeal p ON p.dispute_id = d.subject_id JOIN {_APPEAL_CASES} a ON a.appeal = p.id""",
    # A dispute or an appeal about a result that a signed sheet published (6.2, 6.3).
    "result_disputed": """
SELECT s.id AS cause, d.id AS effect FROM cases.case s
JOIN journal.result r ON r.signing_id = s.subject_id
JOIN journal.dispute q ON q.result_id = r.id JOIN cases.case d ON d.subject_id = q.id""",
    "result_appealed": f"""
SELECT s.id AS cause, a.case AS effect FROM cases.case s
JOIN journal.result r ON r.signing_id = s.subject_id
JOIN journal.appeal p ON p.result_id = r.id JOIN {_APPEAL_CASES} a ON a.appeal = p.id""",
    # A correction that a step found to be academic goes to a commission (4.4.3).
    "correction_reclassified": f"""
SELECT c.id AS cause, a.case AS effect FROM cases.case c
JOIN journal.appeal p ON p.change_set_id = c.subject_id JOIN {_APPEAL_CASES} a ON a.appeal = p.id""",
    # Points of make-up work that came after the sheet was signed go to a commission (5.4.3).
    "points_to_commission": f"""
SELECT m.id AS cause, a.case AS effect FROM {_APPEAL_CASES} a
JOIN journal.appeal p ON p.id = a.appeal AND p.makeup_id IS NOT NULL
CROSS JOIN LATERAL ({_CHAIN_OF_MAKEUP.format(start="p.makeup_id")}) stage
JOIN cases.case m ON m.subject_id = stage.id""",
    # A protocol of a commission is carried out by a correction (4.4.3).
    "protocol_carried_out": f"""
SELECT a.case AS cause, k.id AS effect FROM {_APPEAL_CASES} a
JOIN journal.protocol p ON p.appeal_id = a.appeal
JOIN journal.academic_correction c ON c.protocol_id = p.id JOIN cases.case k ON k.subject_id = c.id""",
    # A confirmed excuse is entered by the teachers of the journals (4.2.2).
    "excuse_entered": """
SELECT e.case_id AS cause, n.id AS effect FROM journal.confirmed_excuse e
JOIN cases.case n ON n.subject_id = e.excuse_id AND n.id <> e.case_id WHERE e.case_id IS NOT NULL""",
    # A confirmed excuse is in doubt (P26).
    "excuse_doubted": """
SELECT e.case_id AS cause, d.id AS effect FROM journal.confirmed_excuse e
JOIN journal.excuse_doubt q ON q.confirmed_id = e.id JOIN cases.case d ON d.subject_id = q.id
WHERE e.case_id IS NOT NULL""",
    # Lessons that a confirmed excuse covers are made up (5.2.1).
    "excuse_made_up": """
SELECT e.case_id AS cause, m.id AS effect FROM journal.confirmed_excuse e
JOIN cases.case m ON m.about @> ARRAY[e.student_id] AND m.opened_at >= e.decided_at
JOIN journal.makeup w ON w.id = m.subject_id AND w.student_id = e.student_id
WHERE e.case_id IS NOT NULL AND EXISTS (
  SELECT 1 FROM journal.lesson l WHERE l.id = ANY (w.lessons)
  AND (l.starts_at AT TIME ZONE 'Asia/Bishkek')::date BETWEEN e.starts_on AND e.ends_on
)""",
    # A student may make up lessons after the last date of the semester (5.3.2).
    "makeup_extended": """
SELECT x.case_id AS cause, m.id AS effect FROM journal.makeup_extension x
JOIN cases.case m ON m.about @> ARRAY[x.student_id] AND m.opened_at >= x.decided_at
JOIN journal.makeup w ON w.id = m.subject_id AND w.lessons && x.lessons
WHERE x.case_id IS NOT NULL""",
    # An applied order with effect on a past day: the marks of its students are reviewed (2.1).
    "order_reviewed": """
SELECT o.case_id AS cause, v.id AS effect FROM people.contingent_order o
JOIN people.contingent_order_student s ON s.order_id = o.id
JOIN cases.case v ON v.about @> ARRAY[s.student_id] AND v.diagram = 'order_review'
 AND v.subject ->> 'order_no' = o.number AND v.opened_at >= o.made_at
WHERE o.case_id IS NOT NULL""",
    # A commission formed by an order hears an appeal (6.3).
    "commission_heard": f"""
SELECT f.case_id AS cause, a.case AS effect FROM journal.commission_order f
JOIN journal.hearing h ON h.commission_id = f.commission_id AND h.follows IS NULL
JOIN {_APPEAL_CASES} a ON a.appeal = h.appeal_id WHERE f.case_id IS NOT NULL""",
}
"""How one case follows from another: a query of pairs (cause, effect) for each way."""
WAYS = tuple(_WAYS)
_STATEMENTS = {
    side: text(
        "\nUNION ALL\n".join(
            f"(SELECT DISTINCT '{way}' AS way, pair.{other} AS linked FROM ({query}) pair"
            f" WHERE pair.{side} = :case AND pair.{other} <> :case LIMIT {MAX_LINKS})"
            for way, query in _WAYS.items()
        )
    )
    for side, other in (("cause", "effect"), ("effect", "cause"))
}


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """A case that this one followed from, or that followed from it. `way` is one of `WAYS`; `published` is its version,
    None if that is damaged."""

    way: str
    id: UUID
    number: str
    diagram: str
    status: str
    outcome: str | None
    opened_at: datetime
    published: PublishedDiagram | None


@dataclass(frozen=True, slots=True)
class CaseLinks:
    """The cases that a case followed from, and those that followed from it, in the order they were opened."""

    causes: tuple[LinkedCase, ...]
    effects: tuple[LinkedCase, ...]

    @property
    def ids(self) -> frozenset[UUID]:
        """Return the ids of all of them."""
        return frozenset(one.id for one in (*self.causes, *self.effects))


def load_case_links(act: Act, case_id: UUID, until: datetime | None = None) -> CaseLinks:
    """Return what a case followed from and what followed from it, as far as the person may open it; three statements.

    `until`: without the cases that were opened at that moment or later.
    """
    causes = _load_ways(case_id, "effect")
    effects = _load_ways(case_id, "cause")
    wanted = {*causes, *effects}
    if not wanted:
        return CaseLinks((), ())
    conditions = [Case.id.in_(wanted), visible_cases_condition(act)]
    if until is not None:
        conditions.append(Case.opened_at < until)
    rows = db.session.scalars(select(Case).where(*conditions).order_by(Case.opened_at, Case.id)).all()
    return CaseLinks(
        tuple(_linked_case(row, causes[row.id]) for row in rows if row.id in causes),
        tuple(_linked_case(row, effects[row.id]) for row in rows if row.id in effects),
    )


def _load_ways(case_id: UUID, side: Direction) -> dict[UUID, str]:
    """Return how each case is linked whose other side is this case; one statement."""
    rows = db.session.execute(_STATEMENTS[side], {"case": case_id})
    return {row.linked: row.way for row in rows}


def _linked_case(row: Case, way: str) -> LinkedCase:
    published = load_version_unless_damaged(row.version_id)
    return LinkedCase(way, row.id, row.number, row.diagram, row.status, row.outcome, row.opened_at, published)
