"""The scenario language: a small university, its people and their days, in about fifteen verbs.

    world = World(db_session, clock)
    case = world.teacher().requests_correction()
    world.head().approves(case)
    world.days_pass(4)

Everything is real: commands behind the door, the engine, the database. After a scenario `world.is_whole()` checks
what has to hold for every case: state and rows agree, every change has its audit, the history is complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.bpmn import engine
from app.cases.commands.complete import CompletionResult, complete_task
from app.cases.commands.start import StartResult, start_case
from app.cases.models import Case, CaseState, History, Task, Timer
from app.cases.timers import TimerRunCounts, fire_due_timers
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import load_published_version_id, load_version, read_shipped_diagrams
from app.files.store import FileStore
from app.forms.schema import check_form_answers
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.gradebook_views.cell_card import load_cell_card
from app.journal.tables import Cell, Lesson
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from app.people.models import RoleGrant, StudyGroup, Substitute
from tests.files.pictures import pdf
from tests.journal.school import School
from tests.scenarios import scenes
from tests.support.clock import FrozenClock

ROOT = Path(__file__).resolve().parents[2]
LATE = "Айылдагы практикада болдум, интернет жок эле."
REASON = "Жаңылып терилген: студент сабакта отурган."


@dataclass
class Actor:
    """Somebody with a role assignment, acting at the world's present moment."""

    world: World
    person: UUID
    assignments: tuple[RoleAssignment, ...]
    behalf: UUID | None = None

    def act(self, reason: str = "") -> Act:
        return Act(self.person, self.behalf, self.world.clock(), self.assignments, reason)

    def task(self, case: UUID) -> Task | None:
        """The open task of the case that this person could complete."""
        for task in self.world.open_tasks(case):
            mine = task.assignee in (self.person, self.behalf)
            pooled = task.assignee is None and RoleAssignment(task.role, task.unit_id) in self.assignments
            if mine or pooled:
                return task
        return None

    def completes(self, case: UUID, **answers: Any) -> CompletionResult:
        """Complete the one task this person has in the case, through the form's own schema."""
        task = self.task(case)
        assert task is not None, f"no task for {self.assignments}; open: {self.world.open_elements(case)}"
        return self.completes_task(task.id, task.version_id, task.element, **answers)

    def completes_task(self, task_id: UUID, version: UUID, element: str, **answers: Any) -> CompletionResult:
        published = load_version(version)
        form = published.forms[published.model.user_tasks[element].form]
        clean = check_form_answers(form, answers)
        with door.write(self.act()):
            return complete_task(self.act(), task_id, clean)

    def approves(self, case: UUID) -> CompletionResult:
        return self.completes(case, decision="approve")

    def returns(self, case: UUID, reason: str = "Далил жетишпейт") -> CompletionResult:
        return self.completes(case, decision="return", reason=reason)

    def rejects(self, case: UUID, reason: str = "Негиз жок, далил туура эмес") -> CompletionResult:
        return self.completes(case, decision="reject", reason=reason)

    def reclassifies(self, case: UUID, reason: str = "Бул академиялык баа") -> CompletionResult:
        return self.completes(case, decision="reclassify", reason=reason)

    def requests_correction(self, *edits: dict[str, Any], case: UUID | None = None) -> UUID:
        """Ask for a correction; by default the absent student of the world's lesson becomes present.

        While that cell is being corrected, the student's absence at another old lesson is taken.
        """
        case_id = case or new_id()
        self.starts(case_id, list(edits) or [self.world.uncorrected_edit()])
        return case_id

    def starts(self, case_id: UUID, edits: list[dict[str, Any]], **other: Any) -> StartResult:
        answers = {"change_set": edits, "error_kind": "typo", "reason": REASON} | other
        with door.write(self.act()):
            return start_case(self.act(), case_id, "late_correction", answers)

    def asks_for_late_entry(self, *entries: dict[str, Any], reason: str = LATE, **other: Any) -> UUID:
        """Ask to enter late; by default the roll of the world's lesson that nobody took."""
        case_id = new_id()
        answers = {"entries": list(entries) or [self.world.entry()], "reason": reason} | other
        with door.write(self.act()):
            start_case(self.act(), case_id, "late_entry", answers)
        return case_id

    def hands_in(self, first: date, last: date | None = None, **other: Any) -> UUID:
        """Hand in a document for these days; `behalf` asks for a student, `students` are those of an order."""
        case_id, behalf = other.pop("case", None) or new_id(), other.pop("behalf", None)
        answers = self.document(first, last, **other)
        with door.write(self.act()):
            start_case(self.act(), case_id, "excuse", answers, behalf)
        return case_id

    def document(self, first: date, last: date | None = None, **other: Any) -> dict[str, Any]:
        """What the form of an excuse answers, checked by its schema, with the scan uploaded by this person."""
        period: dict[str, Any] = {"from": first.isoformat(), "to": (last or first).isoformat()}
        if other.get("students"):
            period["students"] = [str(student) for student in other.pop("students")]
        files = other.pop("files", None)
        answers = {
            "period": period,
            "ground": "medical",
            "document_number": "Мед-17",
            "document_date": (last or first).isoformat(),
            "issuer": "№ 2 үй-бүлөлүк медицина борбору",
        } | other
        version = load_published_version_id("excuse")
        assert version is not None
        clean = check_form_answers(load_version(version).forms["excuse.start"], answers)
        return clean | {"files": [self.world.scan(self)] if files is None else files}

    def asks_makeup(self, *lessons: UUID, student: UUID | None = None, **other: Any) -> UUID:
        """Ask to make up missed lessons, for oneself, or (a teacher, a curator) for this student."""
        case_id = new_id()
        asked: dict[str, Any] = {"lessons": [str(lesson) for lesson in lessons]}
        if student is not None and self.assignments[0].role == "teacher":
            asked["student"] = str(student)
        with door.write(self.act()):
            start_case(self.act(), case_id, "makeup", {"makeup": asked} | other, student)
        return case_id

    def disputes(
        self,
        lesson: UUID,
        kind: str = "ATTENDANCE",
        version: int = 1,
        behalf: UUID | None = None,
        **other: Any,
    ) -> UUID:
        """Say that a mark is wrong; `behalf` says it for a student."""
        case_id = new_id()
        asked: dict[str, Any] = {"lesson": str(lesson), "kind": kind, "version": version}
        answers = {"dispute": asked, "reason": "Мен сабакта отургам, тизмеде ката кетти."} | other
        with door.write(self.act()):
            start_case(self.act(), case_id, "dispute", answers, behalf)
        return case_id

    def pleads(self, *lessons: UUID, student: UUID | None = None) -> UUID:
        """Ask to make up missed lessons after the semester's last date."""
        case_id = new_id()
        asked: dict[str, Any] = {"lessons": [str(lesson) for lesson in lessons]}
        if student is not None:
            asked["student"] = str(student)
        answers = {"makeup": asked, "reason": "Ооруп, мөөнөтүндө тапшыра алган жокмун."}
        with door.write(self.act()):
            start_case(self.act(), case_id, "makeup_extension", answers, student)
        return case_id

    def sets_task(self, case: UUID, **other: Any) -> CompletionResult:
        """Set the task of a work-off; due in five days."""
        answers = {
            "form": "summary",
            "topic": "Туунду жана анын колдонулушу",
            "criteria": "Конспект жана оозеки жооп",
            "due_on": self.world.day(-5).isoformat(),
        } | other
        return self.completes(case, decision="assign", **answers)

    def performs(self, case: UUID, note: str = "Конспектти тапшырдым") -> CompletionResult:
        return self.completes(case, note=note)

    def accepts(self, case: UUID, points: int | None = 80, **other: Any) -> CompletionResult:
        answers: dict[str, Any] = {"comment": "Толук жооп берди"} | other
        if points is not None:
            answers["points"] = points
        return self.completes(case, decision=answers.pop("decision", "approve"), **answers)

    def questions(
        self,
        excused: UUID,
        reason: str = "Борбор мындай документ берген эмес дейт.",
        lessons: Sequence[UUID] = (),
    ) -> UUID:
        """Question a confirmed excuse (P26), or only these of its lessons."""
        case_id = new_id()
        doubted = {"lessons": [str(lesson) for lesson in lessons]} if lessons else {}
        answers = {"excused": {"id": str(excused), **doubted}, "reason": reason}
        with door.write(self.act()):
            start_case(self.act(), case_id, "excuse_revocation", answers)
        return case_id

    def resubmits(self, case: UUID, *edits: dict[str, Any]) -> CompletionResult:
        given = list(edits) or self.world.edits_of_case(case)
        return self.completes(
            case, decision="resubmit", change_set=given, error_kind="typo", reason=REASON + " Скан тиркелди."
        )


@dataclass
class World:
    """One institute with one department, one group, its staff, and a lesson whose terms are over."""

    session: Any
    clock: FrozenClock
    school: School = field(init=False)
    people: dict[str, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        scenes.enter("world", self, self._built, self.session, self.clock)

    def _built(self) -> None:
        self.school = School(self.session)
        for role, unit in (
            ("department_head", self.school.department),
            ("directorate", self.school.institute),
            ("academic_office", None),
            ("it_admin", None),
        ):
            self.people[role] = self.hires(role, unit)
            self.people[f"{role}_deputy"] = self.hires(role, unit, deputy=True)
        self._grant(self.school.lecturer, "teacher", self.school.department)
        with door.write(Act.by_system(self.clock())):
            publish_shipped_diagrams(
                Act.by_system(self.clock()), read_shipped_diagrams(ROOT / "workflows", ROOT / "forms")
            )
        self.lesson = self.school.lesson(self.clock() - timedelta(days=20))
        self.untaken = self.school.lesson(self.clock() - timedelta(days=19))
        self.student = self.school.students[0]
        self._marked_absent(self.lesson, self.student)

    def _marked_absent(self, lesson: UUID, student: UUID) -> None:
        then = self.clock() - timedelta(days=20) + timedelta(hours=2)
        act = self.school.teacher_act(then)
        edit = CellEdit(lesson=lesson, student=student, kind="ATTENDANCE", value="ABSENT", version=0)
        with door.write(act):
            record_mark(act, edit)

    def _marked_absent_at(self, lesson: UUID, teacher: Any) -> None:
        """The student was absent at another lesson, entered in time."""
        ends = self.session.get(Lesson, lesson).ends_at
        act = teacher(ends + timedelta(hours=1))
        edit = CellEdit(lesson=lesson, student=self.student, kind="ATTENDANCE", value="ABSENT", version=0)
        self.session.rollback()
        with door.write(act):
            record_mark(act, edit)

    def hires(self, role: str, unit: UUID | None, *, deputy: bool = False, name: str | None = None) -> UUID:
        person = self.school.person(name or role.title(), "Орунбасар" if deputy else "Башчы")
        self._grant(person, role, unit, deputy=deputy)
        return person

    def _grant(self, person: UUID, role: str, unit: UUID | None, *, deputy: bool = False) -> None:
        self.session.add(
            RoleGrant(
                id=new_id(),
                person_id=person,
                role=role,
                unit_id=unit,
                deputy=deputy,
                valid_from=date(2026, 9, 1),
            )
        )
        self.session.commit()

    def stands_in(self, absent: UUID, substitute: UUID, since: date, until: date) -> None:
        self.session.add(
            Substitute(
                id=new_id(),
                absent_id=absent,
                substitute_id=substitute,
                role=None,
                valid_from=since,
                valid_until=until,
            )
        )
        self.session.commit()

    def actor(self, role: str, person: UUID | None = None) -> Actor:
        units = {"department_head": self.school.department, "directorate": self.school.institute}
        found = person or self.people[role]
        return Actor(
            self,
            found,
            (RoleAssignment(role.removesuffix("_deputy"), units.get(role.removesuffix("_deputy"))),),
        )

    def teacher(self) -> Actor:
        return Actor(self, self.school.lecturer, (RoleAssignment("teacher", self.school.department),))

    def head(self) -> Actor:
        return self.actor("department_head")

    def directorate(self) -> Actor:
        return self.actor("directorate")

    def office(self) -> Actor:
        return self.actor("academic_office")

    def it(self) -> Actor:
        return self.actor("it_admin")

    def edit(self, new: str = "PRESENT", **other: Any) -> dict[str, Any]:
        """An edit of the absent cell, with the version it has now."""
        cell = self.cell()
        return {
            "lesson": str(self.lesson),
            "student": str(self.student),
            "kind": "ATTENDANCE",
            "version": cell.version if cell else 0,
            "new": new,
        } | other

    def uncorrected_edit(self) -> dict[str, Any]:
        """An edit of the absent cell, or of a like one made now when an open correction is about it."""
        edit = self.edit()
        cells = Case.subject["cells"]
        asked = cells.contains([{"lesson": edit["lesson"], "student_id": edit["student"]}])
        if self.session.scalar(select(Case.id).where(Case.closed_at.is_(None), asked).limit(1)) is None:
            return edit
        lesson = self.school.lesson(self.clock() - timedelta(days=20))
        self._marked_absent(lesson, self.student)
        return edit | {"lesson": str(lesson), "version": 1}

    def edits_of_case(self, case_id: UUID) -> list[dict[str, Any]]:
        """The cells of a correction as they are now, each to become what was asked for."""
        return [
            {
                "lesson": one["lesson"],
                "student": one["student_id"],
                "kind": one["kind"],
                "version": self.school.cell(
                    UUID(one["lesson"]), UUID(one["student_id"]), one["kind"]
                ).version,
                "new": one["new"],
            }
            for one in self.case(case_id).subject["cells"]
        ]

    def entry(self, kind: str = "ATTENDANCE", student: UUID | None = None, **other: Any) -> dict[str, Any]:
        """What a late entry asks for: the roll of the untaken lesson, or a student's cell at it."""
        return {
            "lesson": str(self.untaken),
            "student": str(student) if student else None,
            "kind": kind,
        } | other

    def student_actor(self, person: UUID | None = None) -> Actor:
        return Actor(self, person or self.student, (RoleAssignment("student"),))

    def curator(self) -> Actor:
        """The curator of the group, named when he is first needed."""
        if "curator" not in self.people:
            self.people["curator"] = self.hires("curator", self.school.institute)
            self.session.get(StudyGroup, self.school.group).curator_id = self.people["curator"]
            self.session.commit()
        return Actor(self, self.people["curator"], (RoleAssignment("curator", self.school.institute),))

    def scan(self, actor: Actor) -> UUID:
        """A scanned document this person has uploaded."""
        store = FileStore(Path(mkdtemp()))
        with door.write(actor.act()):
            return store.store_upload(actor.act(), new_id(), "маалымкат.pdf", BytesIO(pdf(str(new_id())))).id

    def missed(self, days_ago: int, student: UUID | None = None, **lesson: Any) -> UUID:
        """A lesson that many days ago at which the student was marked absent in time, the rest present."""
        made = self.school.lesson(self.clock() - timedelta(days=days_ago), **lesson)
        then = self.clock() - timedelta(days=days_ago) + timedelta(hours=2)
        act = self.school.teacher_act(then)
        edit = CellEdit(made, student or self.student, "ATTENDANCE", "ABSENT", 0)
        with door.write(act):
            record_mark(act, edit)
            take_roll(act, made)
        return made

    def attended(self, days_ago: int) -> UUID:
        """A lesson that many days ago at which everybody was present."""
        made = self.school.lesson(self.clock() - timedelta(days=days_ago))
        act = self.school.teacher_act(self.clock() - timedelta(days=days_ago) + timedelta(hours=2))
        with door.write(act):
            take_roll(act, made)
        return made

    def status(self, lesson: UUID, student: UUID | None = None) -> str:
        """What the student's attendance shows at the lesson."""
        self.session.rollback()
        viewer = self.school.teacher_act(self.clock())
        return load_cell_card(viewer, lesson, student or self.student).status

    def day(self, days_ago: int) -> date:
        return local_day(self.clock()) - timedelta(days=days_ago)

    def cell(self) -> Cell | None:
        return self.school.cell(self.lesson, self.student)

    def case(self, case_id: UUID) -> Case:
        self.session.rollback()
        return self.session.scalar(
            select(Case).where(Case.id == case_id).execution_options(populate_existing=True)
        )

    def open_tasks(self, case_id: UUID) -> list[Task]:
        self.session.rollback()
        return list(
            self.session.scalars(
                select(Task)
                .where(Task.case_id == case_id, Task.closed_at.is_(None))
                .execution_options(populate_existing=True)
            )
        )

    def open_elements(self, case_id: UUID) -> list[str]:
        return sorted(task.element for task in self.open_tasks(case_id))

    def days_pass(self, days: float) -> TimerRunCounts:
        """Time goes on; what is due happens."""
        self.clock.advance(days=days)
        return fire_due_timers(door.write, self.clock())

    def now(self) -> datetime:
        return self.clock()

    def is_whole(self) -> None:
        """What holds for every case after every scenario."""
        self.session.rollback()
        for case in self.session.scalars(select(Case)).all():
            self._agrees(case)

    def _agrees(self, case: Case) -> None:
        state = self.session.get(CaseState, case.id)
        if case.status == "quarantined":
            return
        seen = engine.read_state_as_step_result(load_version(case.version_id).spec, bytes(state.body))
        rows = {task.key: task.element for task in self.open_tasks(case.id)}
        if case.status == "open":
            assert rows == {task.key: task.element for task in seen.open_tasks}
            timers = self.session.scalars(
                select(Timer.key).where(Timer.case_id == case.id, Timer.kind == "diagram")
            )
            assert sorted(timers) == sorted(timer.key for timer in seen.open_timers)
        elif case.status == "suspended":
            assert rows == {}, "nobody is asked for anything while it is put aside"
        else:
            assert rows == {}
            assert self.session.scalar(select(Timer.id).where(Timer.case_id == case.id).limit(1)) is None
        steps = self.session.scalars(
            select(History.kind).where(History.case_id == case.id).order_by(History.id)
        ).all()
        assert steps[0] == "started"
        running = case.status in ("open", "suspended")
        assert running or {"ended", "withdrawn", "overtaken"} & set(steps)
