"""The kinds of entry in the menu: operations, starts, case subjects and the processes that declare them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from app.journal.case_checks.still_valid import ValidityResult
from app.journal.semesters.queries import PreviewDates
from app.kernel.act import Act
from app.operations.cell_ranges import CellRange
from app.people.approvals import RequiredApprovals


@dataclass(frozen=True, slots=True)
class CaseSubject:
    """What a case is about: an immutable object with its hash, its description, its units and persons.

    `variables` are further process variables that a diagram may read: persons a step is for, choices of a
    policy. `updated_variables` are those of them that follow the present subject when a step makes
    another one; None removes one.
    """

    id: UUID
    sha256: str
    description: Mapping[str, Any]
    units: Mapping[str, UUID]
    about: tuple[UUID, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    updated_variables: Mapping[str, str | None] = field(default_factory=dict)


SubjectFactory = Callable[[Act, UUID, Mapping[str, Any], UUID | None], CaseSubject]
"""Creates a subject with this id from the answers of a form; the last is the id of the present subject, if any."""
SubjectCellReader = Callable[[Mapping[str, Any], Collection[UUID]], tuple[CellRange, ...]]
"""Returns the cells that the description of a subject affects; the ids are the persons its case is about."""
ProposedFormValues = Callable[[Act, UUID], Mapping[str, str]]
"""Returns the values with which a form opens, by key of the field, for the subject with this id. Raises Missing."""
LoadCalendarAnchors = Callable[[Collection[UUID], PreviewDates | None], Mapping[UUID, Mapping[str, str]]]
"""Returns, by subject, the process variables that depend on the academic calendar; with dates to be taken instead of
the stored ones (None: none are)."""
ValidityCheck = Callable[[UUID, Mapping[str, Any], datetime], ValidityResult]
"""Returns whether a subject is still valid, by its id, its description and the present moment."""


COMMISSION_SEAT_ROLES = ("commission_chair", "commission_secretary")
"""Roles a lane may name beside those of people: seats of a commission, whose steps name their person."""
WITHDRAWN_OUTCOME = "withdrawn"
"""The outcome of a case that its requester withdrew."""
UndecidedHandler = Callable[[Act, Mapping[str, Any], str], None]
"""Called when a case ended without a decision, with its subject and how it ended."""


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """What an operation of any diagram keeps: who reads it, and how long (None: as long as its case)."""

    readers: str
    retention: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PlaySubject:
    """What a play of a draft needs before a synthetic case of a start can begin.

    `scene` is a scene of `app.plays.scenes`. `address` are parameters of the page of the start; `answers` are those of
    the event that begins a case which no person begins, and `requester` the synthetic person it is begun for. Texts in
    braces are things of the scene: `{lesson}` is the id of its lesson.
    """

    scene: str = "journal"
    address: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    requester: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """A command that a diagram may call. `outcomes` are the codes it may end in, each with its text for the
    history of a case; those in `success_outcomes` keep its writes, the others undo them.

    `approved_parameter` names the parameter that must be exactly what was approved, and
    `load_approved_fingerprint` answers its SHA-256. A `repeatable` operation may succeed several times for one
    subject of a case: it only looks, or does nothing the second time. `general`: any diagram with a general start
    may call it; its command gets the step that calls it as `step`, and `record` declares what it keeps.
    """

    name: str
    command: Callable[..., str]
    params: Mapping[str, Callable[[Any], Any]]
    outcomes: Mapping[str, str]
    success_outcomes: tuple[str, ...]
    clause: str
    required_approvals: RequiredApprovals | None = None
    approved_parameter: str = ""
    load_approved_fingerprint: Callable[[UUID], str | None] | None = None
    repeatable: bool = False
    general: bool = False
    record: KeptRecord | None = None


@dataclass(frozen=True, slots=True)
class ProcessStart:
    """How cases of a process start; its name is the name of its diagram, or any diagram may choose it.

    A `general` start serves every diagram that is not on the menu itself; `roles` are then those a diagram may choose
    its starters from, and `subject_field` is the field of the start form that says about whom or what it is.

    `subject_factory` creates what the case is about from the start form; the process variable `id_variable` holds
    its id. A diagram may read only the variables named here: `unit_variables` are units a lane can lie in,
    `person_variables` can be given a step, `anchor_variables` can be the anchor of a deadline, `id_variable` and
    `code_variables` are compared and handed to operations. `not_before` maps a policy to the anchor variable before
    whose day no task by this policy is due: the later of the two ends counts.

    `roles` may start a case for themselves, `on_behalf_roles` for somebody whom their unit looks after;
    both are recorded. `offered_by` may offer it to a student, who then is the requester; `may_offer`
    returns whether they may offer what the answers name. A start without roles is begun by an event of
    another process. With `file_reader_roles`, the files of the case, the comments about them and the
    parts `restricted_parts` of its subject are readable for these roles of its units and for the persons
    it is about, for nobody else (7.1).

    `unique_by`: while a case about the same `cells` is open, no second one starts. `check_validity` returns whether
    the subject is still valid after the journal changed. `needs_action_of_student`: the student still has to do or
    prove it, so it waits during leave and ends when he has left (cross-cutting 10). `on_undecided` is called when
    the case ends before anybody decided: WITHDRAWN_OUTCOME, or from outside. `keeps_concerned_out`: the persons it is
    about get none of its steps, so that nobody decides about himself. `play` is what a play of a draft
    prepares for it.
    """

    name: str
    subject_factory: SubjectFactory
    id_variable: str
    clause: str
    unit_variables: tuple[str, ...] = ()
    person_variables: tuple[str, ...] = ()
    anchor_variables: tuple[str, ...] = ()
    code_variables: tuple[str, ...] = ()
    not_before: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ("teacher",)
    on_behalf_roles: tuple[str, ...] = ()
    offered_by: tuple[str, ...] = ()
    may_offer: Callable[[Act, Mapping[str, Any]], bool] | None = None
    file_reader_roles: tuple[str, ...] = ()
    restricted_parts: tuple[str, ...] = ()
    unique_by: Literal["", "cells"] = ""
    check_validity: ValidityCheck | None = None
    needs_action_of_student: bool = False
    on_undecided: UndecidedHandler | None = None
    keeps_concerned_out: bool = False
    general: bool = False
    subject_field: str = ""
    play: PlaySubject = field(default_factory=PlaySubject)

    def undeclared_variables(self, subject: CaseSubject) -> set[str]:
        """Return the variables of a subject that are not declared here; a factory that sets one is a defect."""
        known = {
            self.id_variable,
            *self.unit_variables,
            *self.person_variables,
            *self.anchor_variables,
            *self.code_variables,
        }
        return {*subject.units, *subject.variables} - known


@dataclass(frozen=True, slots=True)
class CaseStartedByEvent:
    """A case that an event starts: its start, the parts of the payload it is about, and the part that names the
    person who decided there.
    """

    start: str
    payload_keys: tuple[str, ...]
    requester_key: str = "by"


@dataclass(frozen=True, slots=True)
class Process:
    """Everything the product declares for one diagram, beside the diagram itself.

    `subject_factories` are the factories of further steps, by kind of form field or by what a form makes.
    `started_by_events`: events that start cases. `load_anchors`: variables that move with the academic
    calendar. `cell_readers`: how the cells of a subject are read, by kind of subject, where its structure alone
    does not say it. `proposed_form_values`: values with which a form opens, by what it makes. `blocker_kind`: the
    kind under which an open case blocks the closing of a grade sheet (7.6); empty: it never does.
    """

    start: ProcessStart
    blocker_kind: str
    operations: tuple[Operation, ...] = ()
    subject_factories: Mapping[str, SubjectFactory] = field(default_factory=dict)
    started_by_events: Mapping[str, CaseStartedByEvent] = field(default_factory=dict)
    load_anchors: LoadCalendarAnchors | None = None
    cell_readers: Mapping[str, SubjectCellReader] = field(default_factory=dict)
    proposed_form_values: Mapping[str, ProposedFormValues] = field(default_factory=dict)
