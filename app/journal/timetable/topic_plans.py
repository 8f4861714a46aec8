"""Topic plans of journals: read, written by the teachers, copied from another journal of the discipline (4.1.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, select

from app.audit.record import record_audit_event
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import (
    offering_permission_scope,
    persons_act_may_teach_as,
    require_readable_offering,
)
from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS
from app.journal.tables import Course, Lesson, Offering, PlannedTopic, Semester, TopicPlan
from app.journal.timetable.topic_rules import LessonTopic, TopicLine, find_next_topic
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Missing, Stale
from app.people import queries as people
from app.people.models import StudyGroup
from app.people.rules import is_permitted

TOPICS_SET = "journal.topics.set"
MAX_COPY_SOURCES = 100


@dataclass(frozen=True, slots=True)
class TopicPlanState:
    """The topic plan of a journal; `version` 0 while there is none."""

    version: int
    lines: tuple[TopicLine, ...]
    changed_by: UUID | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CopySource:
    """Another journal of the same discipline that has a topic plan."""

    offering: UUID
    group: str
    semester: Mapping[str, str]
    year: str


def load_topic_plan(offering: UUID) -> TopicPlanState:
    """Return the topic plan of a journal; two statements."""
    kept = db.session.get(TopicPlan, offering, populate_existing=True)
    if kept is None:
        return TopicPlanState(0, (), None, None)
    lines = db.session.execute(
        select(PlannedTopic.type, PlannedTopic.hours, PlannedTopic.topic)
        .where(PlannedTopic.offering_id == offering)
        .order_by(PlannedTopic.position)
    )
    return TopicPlanState(
        kept.version, tuple(TopicLine(*row) for row in lines), kept.changed_by, kept.changed_at
    )


def load_lesson_topics(offering: UUID, *, before: datetime | None = None) -> list[LessonTopic]:
    """Return the topics of the lessons of a journal that take place, oldest first; one statement."""
    wanted = select(Lesson.type, Lesson.hours, Lesson.topic).where(
        Lesson.offering_id == offering, Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS)
    )
    if before is not None:
        wanted = wanted.where(Lesson.starts_at < before)
    found = db.session.execute(wanted.order_by(Lesson.starts_at, Lesson.id))
    return [LessonTopic(*row) for row in found]


def load_next_topic_of_lesson(
    offering: UUID, plan: TopicPlanState, starts_at: datetime, type: str
) -> TopicLine | None:
    """Return the planned topic that a lesson is offered: the first of its type not taught before it. At most one
    statement."""
    if not plan.lines:
        return None
    return find_next_topic(plan.lines, load_lesson_topics(offering, before=starts_at), type)


def load_copy_sources(offering: UUID) -> list[CopySource]:
    """Return the other journals of the discipline that have a topic plan, latest semester first; one statement."""
    course = select(Offering.course_id).where(Offering.id == offering).scalar_subquery()
    found = db.session.execute(
        select(Offering.id, StudyGroup.name, Semester.names, Semester.academic_year)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .where(
            Offering.course_id == course,
            Offering.id != offering,
            exists().where(PlannedTopic.offering_id == Offering.id),
        )
        .order_by(Semester.starts_on.desc(), StudyGroup.name, Offering.id)
        .limit(MAX_COPY_SOURCES)
    )
    return [CopySource(*row) for row in found]


def may_write_topic_plan(act: Act, offering: load_gradebook.OfferingState) -> bool:
    """Return whether the act may write the topic plan of a journal: as one of its teachers."""
    scope = offering_permission_scope(offering)
    return is_permitted(act.assignments, "journal.write", scope, persons_act_may_teach_as(act))


def write_topic_plan(
    act: Act, offering_id: UUID, seen: int, lines: Sequence[TopicLine], copied_from: UUID | None = None
) -> None:
    """Write the topic plan of a journal in place of version `seen`; a repeat has no effect.

    Raises Missing, Denied (not a teacher of the journal), Stale naming who changed it meanwhile.
    """
    offering = require_readable_offering(act, offering_id)
    if not may_write_topic_plan(act, offering):
        raise Denied("journal.topics.not_yours")
    db.session.execute(select(Offering.id).where(Offering.id == offering_id).with_for_update())
    before = load_topic_plan(offering_id)
    if before.lines == tuple(lines):
        return
    if before.version != seen:
        names = people.load_names([before.changed_by])
        name = names[before.changed_by].full if before.changed_by in names else ""
        raise Stale("journal.topics.changed_meanwhile", name=name, at=before.changed_at)
    kept = db.session.get(TopicPlan, offering_id)
    if kept is None:
        kept = TopicPlan(offering_id=offering_id, version=0)
        db.session.add(kept)
    kept.version += 1
    kept.changed_at, kept.changed_by, kept.copied_from = act.at, act.person, copied_from
    db.session.flush()
    db.session.execute(delete(PlannedTopic).where(PlannedTopic.offering_id == offering_id))
    db.session.add_all(
        PlannedTopic(offering_id=offering_id, position=place, type=one.type, hours=one.hours, topic=one.topic)
        for place, one in enumerate(lines, 1)
    )
    db.session.flush()
    old, new = (
        {"topics": [[one.type, one.hours, one.topic] for one in its]} for its in (before.lines, lines)
    )
    after = new | {"copied_from": copied_from}
    record_audit_event(act, TOPICS_SET, ("journal.offering", offering_id), old, after, "4.1.1")


def copy_topic_plan(act: Act, offering_id: UUID, seen: int, source: UUID) -> int:
    """Take over the topic plan of another journal of the discipline; return the number of topics. Raises as
    `write_topic_plan`, and Missing for a journal that is none of `load_copy_sources`."""
    require_readable_offering(act, offering_id)
    if source not in {one.offering for one in load_copy_sources(offering_id)}:
        raise Missing
    lines = load_topic_plan(source).lines
    write_topic_plan(act, offering_id, seen, lines, source)
    return len(lines)
