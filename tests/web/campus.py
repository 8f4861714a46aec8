"""A campus for walking every route: one object of each kind, and for each role somebody near to it and somebody far.

A new route joins the walk by itself. A new kind of object joins by one line in `DemoCampus.things`: the name of the
parameter in the route, and the identifier of one such object.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func
from werkzeug.routing import Rule

from app.audit import exports
from app.audit.models import AuditRecord
from app.audit.searches import save_search
from app.audit.words import seal_text
from app.cases.commands.attach import attach_file_to_case
from app.cases.dossier.commands import MadeDossier, register_dossier
from app.cases.incidents import record_incident
from app.cases.migration.tables import Migration
from app.cases.models import Incident
from app.diagrams.drafts import create_draft_from_version, save_draft
from app.diagrams.proposals import propose_draft
from app.diagrams.versions import load_published_version_id
from app.exchange.account_commands import store_account_plan
from app.exchange.account_plan import AccountPlan, PlannedAccount
from app.exchange.commands import store_uploaded_roster
from app.exchange.structure_commands import store_structure_plan
from app.exchange.structure_plan import StructurePlan
from app.files.store import FileStore
from app.journal.tables import Cell, GradingScheme, Offering, Takeover, TakeoverJournal, TimetableImport
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from app.kernel.settings import PROJECT_DIR
from app.notices import queries as notices
from app.notices.commands import Notification, Recipient, add_bell_notices_and_queue_letters
from app.outbox.models import Message
from app.people import commands
from app.people.account import load_person_role_grants
from app.people.commands.orders import OrderDraft, store_order_draft
from app.people.models import ROLES, Account, Programme, StudyGroup
from app.people.order_rules import OrderEntry, OrderHead
from app.plays.scenarios import SHIPPED, insert_scenario
from app.plays.shipped import read_shipped_scenarios
from app.web.core.access_policy import declared_access_policy
from tests.exchange.test_oneroster import zipped
from tests.files.pictures import pdf
from tests.journal.school import School
from tests.scenarios import scenes
from tests.scenarios.world import World
from tests.web.browser import Browser

WIDE = frozenset({"academic_office", "it_admin", "auditor"})
"""Roles that reach the whole university: nothing of it is foreign to them but what belongs to one person."""
PERSONAL = frozenset(
    {
        "session_id",
        "substitute_id",
        "notice_id",
        "timetable_import",
        "structure_import_id",
        "account_import_id",
    }
)
PUBLIC: Mapping[str, str | int] = {
    "number": "4.4.2",
    "process": "late_correction",
    "name": "late_correction",
    "version": 1,
    "run": 1,
    "scheme": "00000000-0000-0000-0000-000000000000",
    "reader": "student",
    "key": "a-secret-nobody-has",
    "revision": 1,
    "form_name": "late_correction.rework_teacher",
    "field_key": "reason",
    "policy": "workoff.accept_term",
    "question": "roll_start",
    "pattern": "corrections",
    "audit_list": "deeds",
}
"""Parameters that name nothing of anybody's, each with one that there is."""
ABSENT_NUMBER = 10**9
BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="x">
  <process id="asks"><startEvent id="asked"/><task id="Task_1" name="Кароо"/><endEvent id="done"/>
  <sequenceFlow id="a" sourceRef="asked" targetRef="Task_1"/><sequenceFlow id="b" sourceRef="Task_1" targetRef="done"/>
  </process>
</definitions>
"""
"""A drawing of another program: it can be stored, checked and repaired."""


@dataclass(frozen=True, slots=True)
class Place:
    """One route with one method."""

    endpoint: str
    method: str
    rule: Rule
    policy: tuple[str, ...]

    @property
    def arguments(self) -> frozenset[str]:
        return frozenset(self.rule.arguments)

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


def places(app: Any) -> Iterator[Place]:
    """Every route of the application but the static files."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint != "static":
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Place(
                    rule.endpoint, method, rule, declared_access_policy(app.view_functions[rule.endpoint])
                )


class Campus:
    """`things` are of one institute; `near` works or studies there, `colleague` too, `far` in another institute."""

    def __init__(self, app: Any, session: Any, clock: Any) -> None:
        self.app = app
        scenes.enter("campus", self, lambda: self._built(session, clock), app, session, clock)

    def _built(self, session: Any, clock: Any) -> None:
        self.world = World(session, clock)
        self.school = self.world.school
        self.elsewhere = School(session)
        self.owner = self.world.hires("teacher", self.school.department, name="Ээси")
        self.near = self._near()
        self.things = self._things()
        self._migrated()
        self.far = {role: self._hired(role, self.elsewhere) for role in ROLES if role not in WIDE}
        self.colleague = {role: self._hired(role, self.school) for role in ROLES}
        for person in {self.owner, *self.near.values(), *self.far.values(), *self.colleague.values()}:
            session.merge(Account(person_id=person, login=str(person), password="never"))
        session.commit()

    def _near(self) -> dict[str, UUID]:
        people = dict(self.world.people) | {"teacher": self.school.lecturer, "student": self.world.student}
        self.world._grant(people["student"], "student", self.school.institute)
        for role in ("programme_head", "curator", "auditor", "process_admin", "rector"):
            people[role] = self.world.hires(role, self._unit(role, self.school))
        self.world.people["curator"] = people["curator"]
        self.world.session.get(StudyGroup, self.school.group).curator_id = people["curator"]
        self.world.session.commit()
        return {role: people[role] for role in ROLES}

    def _unit(self, role: str, school: School) -> UUID | None:
        if role in WIDE or role in ("process_admin", "rector"):
            return None
        return (
            school.department
            if role in ("teacher", "department_head", "programme_head")
            else school.institute
        )

    def _order(self) -> UUID:
        """An order about a student of the group that is being checked."""
        day = local_day(self.world.clock())
        head = OrderHead("LEAVE", "15-С", day, day, "here")
        lines = (OrderEntry(self.school.students[2], until=day + timedelta(days=200)),)
        act = self.world.directorate().act()
        self.world.session.rollback()
        with door.write(act):
            return store_order_draft(act, new_id(), OrderDraft(head, lines)).id

    def _hired(self, role: str, school: School) -> UUID:
        if role == "student":
            self.world._grant(school.students[1], role, school.institute)
            return school.students[1]
        if role == "teacher" and school is self.elsewhere:
            self.world._grant(school.lecturer, role, school.department)
            return school.lecturer
        return self.world.hires(role, self._unit(role, school), name=f"{role} {school is self.school}")

    def _things(self) -> dict[str, UUID | int]:
        case = self.world.teacher().requests_correction()
        return {
            # Nothing is sealed here: what the pages of seals are about is missing for everybody.
            "record_id": 1,
            "checkpoint": 1,
            "offering": self.school.offering,
            "group_id": self.school.group,
            "semester_id": self.school.semester,
            "unit_id": self.school.department,
            "course_id": self.world.session.get(Offering, self.school.offering).course_id,
            "programme_id": self._programme(),
            "structure_import_id": self._structure_import(),
            "account_import_id": self._account_import(),
            "order_id": self._order(),
            "lesson": self.world.lesson,
            "student": self.world.student,
            "case_id": case,
            "case_number": self.world.case(case).number,
            "object_kind": "people.unit",
            "object_id": self.school.department,
            "cell_id": self.world.session.query(Cell.id).order_by(Cell.id).first()[0],
            "task_id": self.world.open_tasks(case)[0].id,
            "file_id": self._file(case),
            "incident_id": self._incident(case),
            "dossier_id": self._dossier(case),
            "message_id": self.world.session.query(Message.id).order_by(Message.id).first()[0],
            "notice_id": self._notice(),
            "session_id": self._session(),
            "substitute_id": self._substitute(),
            "person_id": self.owner,
            "grant_id": self._grant(),
            "import_id": self._import(),
            "draft_id": self._draft(),
            "proposal_id": self._proposal(),
            "scenario_id": self._scenario(),
            "timetable_import": self._timetable_import(),
            "takeover_id": self._takeover(),
            "record_number": self.world.session.query(func.max(AuditRecord.id)).scalar(),
            "search_id": self._search(),
            "export_id": self._audit_export(),
            "sheet": self.school.sheet(date(2026, 10, 31), "MODULE2"),
            "scheme": self.world.session.query(GradingScheme.id).order_by(GradingScheme.id).first()[0],
        }

    def _search(self) -> UUID:
        """A search that an auditor saved."""
        act, made = Act(self.near["auditor"], None, self.world.clock()), new_id()
        with door.write(act):
            save_search(act, made, "deeds", "Түнкү белгилер", {"clause": "4.4"}, shared=False)
        return made

    def _audit_export(self) -> UUID:
        """A file that the worker made for an auditor."""
        act, made = Act(self.near["auditor"], None, self.world.clock()), new_id()
        with door.write(act):
            exports.ask_for_export(act, made, "deeds", "csv", {"filters": {}, "columns": ["at"]}, 1)
            export = exports.lock_waiting_export(made)
            exports.finish_export(act, export, b"when", 1)
        return made

    def _account_import(self) -> UUID:
        act, made = Act(self.near["it_admin"], None, self.world.clock()), new_id()
        with door.write(act):
            store_account_plan(act, made, AccountPlan([PlannedAccount(self.owner, "", "owner@example.kg")]))
        return made

    def _structure_import(self) -> UUID:
        act, made = Act(self.near["academic_office"], None, self.world.clock()), new_id()
        with door.write(act):
            store_structure_plan(act, made, StructurePlan())
        return made

    def _programme(self) -> UUID:
        made = new_id()
        self.world.session.add(
            Programme(id=made, code="710400", names={"ky": "Программа"}, unit_id=self.school.institute)
        )
        self.world.session.commit()
        return made

    def _timetable_import(self) -> UUID:
        """A plan that the owner sent."""
        row = TimetableImport(
            id=new_id(),
            semester_id=self.school.semester,
            lessons=[],
            unchanged=0,
            sent_by=self.owner,
            sent_at=self.world.clock(),
        )
        self.world.session.add(row)
        self.world.session.commit()
        return row.id

    def _takeover(self) -> UUID:
        """An act that waits for a second person."""
        row = Takeover(
            id=new_id(),
            state="CHECKED",
            semester_id=self.school.semester,
            document_number="1",
            document_date=date(2026, 10, 13),
            signed_by=seal_text(self.owner, "Декан"),
            first_day=date(2026, 9, 1),
            last_day=date(2026, 10, 13),
            sent_by=self.owner,
            sent_at=self.world.clock(),
            journals=1,
        )
        self.world.session.add(row)
        self.world.session.flush()
        brought = TakeoverJournal(
            takeover_id=row.id, number=1, offering_id=self.school.offering, cells=[], results=[]
        )
        self.world.session.add(brought)
        self.world.session.commit()
        return row.id

    def _file(self, case: UUID) -> UUID:
        act = self.world.teacher().act()
        store = FileStore(self.app.extensions["depter"].settings.data_dir)
        with door.write(act):
            found = store.store_upload(act, new_id(), "справка.pdf", io.BytesIO(pdf())).id
            attach_file_to_case(act, case, found)
            return found

    def _dossier(self, case: UUID) -> UUID:
        """A dossier that the owner made, in the register only."""
        act, made = self.world.teacher().act(), new_id()
        paper = MadeDossier("2" * 28, b"%PDF", 4, "ky", 0, frozenset({self.world.student}))
        with door.write(act):
            register_dossier(act, made, case, paper)
        return made

    def _incident(self, case: UUID) -> UUID:
        act = Act.by_system(self.world.clock())
        with door.write(act):
            record_incident(act, case, "cases.case.damaged", {}, quarantine=False)
        return self.world.session.query(Incident.id).first()[0]

    def _notice(self) -> UUID:
        act = Act.by_system(self.world.clock())
        with door.write(act):
            add_bell_notices_and_queue_letters(
                act,
                Notification("cases.case.returned", 1, {"number": "C-1"}, "/x"),
                [Recipient(self.owner, None, "ky")],
            )
        return notices.load_notices(self.owner, 1)[0].id

    def _session(self) -> UUID:
        with door.write(Act(self.owner, None, self.world.clock())) as session:
            session.add(Account(person_id=self.owner, login=str(self.owner), password="never"))
            session.flush()
            return commands.open_login_session(
                Act(self.owner, None, self.world.clock()), new_id(), self.owner
            ).session_id

    def _substitute(self) -> UUID:
        made, today = new_id(), self.world.clock().date()
        act = Act(self.owner, None, self.world.clock())
        with door.write(act):
            commands.name_substitute(act, made, self.near["department_head"], None, today, today, "Өргүү")
        return made

    def _grant(self) -> UUID:
        return load_person_role_grants(self.owner)[0].id

    def _import(self) -> UUID:
        act, made = Act(self.near["academic_office"], None, self.world.clock()), new_id()
        store = FileStore(self.app.extensions["depter"].settings.data_dir)
        with door.write(act):
            store_uploaded_roster(act, store, made, "roster.zip", io.BytesIO(zipped()))
        return made

    def _draft(self) -> UUID:
        act, made = Act(self.near["process_admin"], None, self.world.clock()), new_id()
        version = load_published_version_id("late_correction")
        with door.write(act):
            create_draft_from_version(act, made, version)
        return made

    def _proposal(self) -> UUID:
        """A proposal of a draft of an administrator who is nobody else's colleague."""
        person = self.world.hires("process_admin", None, name="Сунуштаган")
        act, draft, made = Act(person, None, self.world.clock()), new_id(), new_id()
        xml = (PROJECT_DIR / "workflows" / "late_entry.bpmn").read_text(encoding="utf-8")
        with door.write(act):
            create_draft_from_version(act, draft, load_published_version_id("late_entry"))
            save_draft(act, draft, 1, xml.replace(">Permission for a late entry<", ">Late entry<"))
            propose_draft(act, made, draft, 2, "Окутуучулар ушинтип айтат.")
        return made

    def _scenario(self) -> UUID:
        """A shipped scenario of the late entry, which has not run on the proposed version; answers one of the process
        of the draft."""
        act = Act.by_system(self.world.clock())
        shipped = {one.kept["key"]: one for one in read_shipped_scenarios(PROJECT_DIR / "workflows")}
        made = {key: new_id() for key in ("late_entry", "late_correction")}
        with door.write(act):
            for key, scenario in made.items():
                insert_scenario(act, scenario, shipped[key].title, SHIPPED, shipped[key].kept)
        return made["late_correction"]

    def _migrated(self) -> None:
        """Migration 1 of the late correction: it is over, and a version has no cases on another one."""
        made = new_id()
        self.world.session.add(
            Migration(
                id=made,
                diagram=PUBLIC["process"],
                number=PUBLIC["run"],
                target_version_id=load_published_version_id(str(PUBLIC["process"])),
                filter={},
                start_hash="",
                chosen_by=self.near["process_admin"],
                chosen_at=self.world.clock(),
                run_by=self.near["process_admin"],
                state="done",
                ended_at=self.world.clock(),
            )
        )
        self.world.session.commit()

    def absent(self) -> dict[str, UUID | int]:
        """Identifiers of things that never were."""
        return {
            name: ABSENT_NUMBER if isinstance(thing, int) else new_id() for name, thing in self.things.items()
        }

    def named(self, things: Mapping[str, Any]) -> dict[str, Any]:
        """With what names nothing of anybody's."""
        return {**PUBLIC, **things}

    def visits(self, browser: Browser, place: Place, things: Mapping[str, Any], accept: str) -> Any:
        """One request to the place about these things, with a body that would be good if they were one's own."""
        given = self.named(things)
        path = self.app.url_map.bind("localhost").build(
            place.endpoint, {name: given[name] for name in place.arguments}, method=place.method
        )
        more = body_of(place, given)
        headers = {"X-CSRFToken": browser.token, "Accept": accept}
        return browser.send(place.method, path, headers=headers, **more)


def body_of(place: Place, things: Mapping[str, Any]) -> dict[str, Any]:
    """What a page would send to this place about these things."""
    lesson, student = str(things["lesson"]), str(things["student"])
    cell = f"{lesson}:{student}:ATTENDANCE"
    made = str(new_id())
    bodies: dict[str, dict[str, Any]] = {
        "journal.show_cell_card": {"query_string": {"lesson": lesson, "student": student}},
        "trace.find_cell_trace": {"query_string": {"lesson": lesson, "student": student}},
        "journal.update_cell": {
            "json": {
                "lesson": lesson,
                "student": student,
                "kind": "ATTENDANCE",
                "value": "present",
                "version": 1,
                "reason": "Катышкан",
            }
        },
        "journal.save_roll": {"data": {"seen": f"{student}:0", "absent": student}},
        "journal.save_posted_lesson_description": {
            "data": {"topic": "Матрицалар", "hours": "2", "type": "LECTURE", "version": "0"}
        },
        "journal.save_json_lesson_description": {
            "json": {"topic": "Матрицалар", "hours": "2", "type": "LECTURE", "version": 0}
        },
        "sheets.save_sheet_line": {
            "json": {"student": student, "points": "8", "absent": False, "version": 0}
        },
        "sheets.list_closing_blockers": {"query_string": {"kind": "corrections"}},
        "start.show_start_form": {"query_string": {"cells": cell}},
        "start.start_case_from_form": {
            "data": {
                "id": made,
                "cell": f"{cell}:1",
                f"new:{cell}:1": "PRESENT",
                "error_kind": "typo",
                "reason": "Жаңылып терилген: студент сабакта отурган.",
            }
        },
        "start.save_start_draft": {"json": {"values": {"reason": "x"}}},
        "tasks.save_task_draft": {"json": {"values": {"reason": "x"}}},
        "tasks.submit_task": {"data": {"decision": "approve"}},
        "inbox.claim_or_release_tasks": {"data": {"task": str(things["task_id"]), "verb": "claim"}},
        "inbox.show_inbox": {"query_string": {"task": str(things["task_id"])}},
        "cases.add_comment": {"data": {"id": made, "text": "Суроо"}},
        "cases.add_file": {"data": {"id": made, "file": (io.BytesIO(pdf()), "a.pdf")}},
        "cases.withdraw_case": {"data": {"reason": "Кереги жок"}},
        "people.grant_role": {"data": {"id": made, "role": "curator", "from": "2026-10-14"}},
        "people.account": {"data": {"state": "close"}},
        "rules.accept": {"data": {"version": "of yesterday", "accepted": "1"}},
        "access.answer_review": {"data": {"review": made, "grant": made, f"answer:{made}": "yes"}},
        "account_import.upload_table": {"data": {"id": made, "file": (io.BytesIO(b"name;login"), "a.csv")}},
        "roster.upload_file": {"data": {"id": made, "file": (io.BytesIO(zipped()), "roster.zip")}},
        "takeover.send_takeover": {
            "data": {
                "id": made,
                "semester": str(new_id()),
                "number": "12",
                "document_date": "13.10.2026",
                "signed_by": "Декан",
                "first": "01.09.2026",
                "last": "13.10.2026",
                "file": (io.BytesIO(zipped()), "marks.xlsx"),
            }
        },
        "roster.queue_displayed_import": {"data": {"plan": "of yesterday"}},
        "roster.choose_missing_students_to_end": {"data": {"student": made, "last_day": "2026-10-14"}},
        "plays.submit_turn": {
            "query_string": {"seen": "0", "person": "teacher"},
            "data": {"reason": "Жаңылып."},
        },
        "plays.move_clock": {"data": {"seen": "0", "moment": "2026-10-15T09:00"}},
        "plays.return_play_to_entry": {"data": {"seen": "0", "kept": "0"}},
        "plays.keep_play_as_scenario": {
            "data": {"id": made, "title": "Кадимки жол", "reason": "Мурункусу туура келбейт."}
        },
        "plays.open_scenario": {"data": {"scenario": str(things["scenario_id"])}},
        "plays.remove_scenario_with_reason": {"data": {"reason": "Эми туура келбей калды."}},
        "studio.create_new_process": {
            "data": {
                "id": made,
                **{
                    f"{part}_{language}": "Кампуска кирүү"
                    for part in ("title", "about")
                    for language in ("ky", "ru", "en")
                },
                "start": "about_me",
                "starters": "student",
                "decider": "directorate",
            }
        },
        "audit.find_in_audit": {"query_string": {"page": "deeds", "person_name": "Асанова"}},
        "audit.choose_list_columns": {"data": {"columns": "at"}},
        "audit.save_list_search": {"data": {"id": made, "name": "Түнкү белгилер"}},
        "audit.ask_for_export": {"data": {"id": made, "format": "csv"}},
        "studio.create_draft": {"data": {"id": made, "version": "1"}},
        "studio.propose_draft_version": {
            "data": {"id": made, "revision": "1", "why": "Окутуучулар ушинтип айтат."}
        },
        "studio.propose_version": {"data": {"id": made, "why": "Мурунку версия жакшы болчу."}},
        "studio.approve_proposal_from_form": {
            "data": {"base": "", "when": "later", "effective_at": "2026-12-24T08:00", "reason": ""}
        },
        "studio.return_proposal_to_author": {"data": {"return_reason": "Мөөнөт кыска болуп калган."}},
        "studio.show_version_comparison": {"query_string": {"before": "1", "after": "1"}},
        "studio.import_file": {"data": {"id": made, "file": (io.BytesIO(BPMN.encode()), "a.bpmn")}},
        "studio.save_draft": {"json": {"revision": 1, "xml": BPMN}},
        "studio.copy_drawing": {"json": {"id": made, "xml": BPMN}},
        "studio.create_or_remove_form": {"data": {"name": "late_correction.made", "step": "", "source": ""}},
        "studio.save_form": {
            "data": {"seen": "1", "do": "save", "id": made, "f0-key": "decision", "f0-label-ky": "Чечим"}
        },
        "studio.change_form_field": {
            "data": {"seen": "1", "do": "rename", "new": "ground", "value": "x", "follow": "1"}
        },
        "studio.check_posted_drawing": {"json": {"xml": BPMN}},
        "studio.repair_draft_drawing": {"json": {"revision": 1, "xml": BPMN, "kind": "all", "element": ""}},
        "studio.report_presence": {"json": {}},
        "studio.restore_revision": {"data": {"seen": "1", "revision": "1"}},
        "migrations.start_migration_from_form": {
            "data": {
                "id": made,
                "target": "1",
                "choose": "all",
                "reason": "Жаңы чийме",
                "step": "",
                "late": "",
            }
        },
        "incidents.retry_stopped_incident": {"data": {"seen": "0"}},
        "incidents.assign_incident_step": {"data": {"seen": "0", "person": str(things["person_id"])}},
        "incidents.close_incident_with_reason": {
            "data": {"seen": "0", "reason": "Себеби жоюлду, иш уланып жатат."}
        },
        "incidents.retry_chosen_incidents": {"data": {"incident": f"{things['incident_id']}:0"}},
        "bell.mark_displayed_notices_read": {"data": {"until": str(things["notice_id"])}},
        "exams.preview_exam_days": {"data": {"semester": made, f"exam-{things['offering']}": "2026-12-22"}},
        "exams.save_exam_days": {
            "data": {"semester": made, "id": made, f"exam-{things['offering']}": "2026-12-22"}
        },
    }
    return bodies.get(place.endpoint, {"data": {}} if place.method != "GET" else {})


ABOUT = frozenset(
    {
        "journal.show_cell_card",
        "journal.update_cell",
        "start.show_start_form",
        "start.start_case_from_form",
        "inbox.claim_or_release_tasks",
        "inbox.show_inbox",
    }
)
"""Routes that name what they are about in the query or the body."""
