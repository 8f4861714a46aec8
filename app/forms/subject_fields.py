"""Marshmallow fields that describe the subject of a case: their JSON, checked piece by piece."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields

from app.forms.form_file import FormField
from app.kernel.errors import FieldProblem
from app.kernel.typed_values import TypedValueError, read_typed_day

MAX_CELLS_PER_SUBJECT = 60
MAX_ABSENCES_PER_EXCUSE = 1000
MAX_STUDENTS_PER_SUBJECT = 200
MAX_SEATS = 25
MAX_ORDER_LINES = 500
MAX_ORDER_TEXT_LENGTH = 300
ORDER_LINE_IDS = ("student", "group")
ORDER_LINE_NAMES = ("family_name", "given_name", "patronymic", "email")
SEAT_PARTS = ("CHAIR", "SECRETARY", "MEMBER", "RESERVE")
CELL_KINDS = ("ATTENDANCE", "GRADE")
MAX_BLOCKERS = 20
_BLOCKER_PATTERN = re.compile(r"[a-z_]{1,40}:[0-9]{1,6}")
_SHA256_PATTERN = re.compile(r"[0-9a-f]{64}")


class CodedFieldError(ValidationError):
    """A problem with its code, carried by marshmallow until `check` takes it out again."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__([FieldProblem(code, params)])


class ChangeSetField(fields.Field[list[dict[str, Any]]]):
    """Cells with the version seen and the new value; the journal decides which may change."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise CodedFieldError("journal.change_set.unreadable")
        if len(value) > MAX_CELLS_PER_SUBJECT:
            raise CodedFieldError("journal.change_set.too_many", max=MAX_CELLS_PER_SUBJECT)
        return [_read_cell_change(entry) for entry in value]


class LateEntriesField(fields.Field[list[dict[str, Any]]]):
    """Cells to be entered late: {lesson, student, kind}; without a student the roll of the whole lesson."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise CodedFieldError("journal.entry.unreadable")
        if len(value) > MAX_CELLS_PER_SUBJECT:
            raise CodedFieldError("journal.change_set.too_many", max=MAX_CELLS_PER_SUBJECT)
        return [_read_late_entry(entry) for entry in value]


def _read_late_entry(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != {"lesson", "student", "kind"}:
        raise CodedFieldError("journal.entry.unreadable")
    student = value["student"]
    if value["kind"] not in CELL_KINDS or (student is None and value["kind"] != "ATTENDANCE"):
        raise CodedFieldError("journal.entry.unreadable")
    return {
        "lesson": str(parse_uuid_or_field_error(value["lesson"], "journal.entry.unreadable")),
        "student": str(parse_uuid_or_field_error(student, "journal.entry.unreadable"))
        if student is not None
        else None,
        "kind": value["kind"],
    }


class StudentsPeriodField(fields.Field[dict[str, Any]]):
    """From a day until a day, both included, of oneself or of named students: {from, to, students}."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not {"from", "to"} <= set(value) <= {"from", "to", "students"}:
            raise CodedFieldError("forms.period.unreadable")
        students = value.get("students") or []
        if not isinstance(students, list) or len(students) > MAX_STUDENTS_PER_SUBJECT:
            raise CodedFieldError("forms.period.unreadable")
        if not all(isinstance(value[end], str) and value[end].strip() for end in ("from", "to")):
            raise CodedFieldError("forms.period.unreadable")
        try:
            first, last = read_typed_day(value["from"]), read_typed_day(value["to"])
        except TypedValueError as unread:
            raise ValidationError([unread.problem]) from None
        if last < first:
            raise CodedFieldError("forms.period.backwards")
        named = sorted(
            {str(parse_uuid_or_field_error(student, "forms.period.unreadable")) for student in students}
        )
        return {"from": first.isoformat(), "to": last.isoformat()} | ({"students": named} if named else {})


class ExcludedAbsencesField(fields.Field[dict[str, Any]]):
    """Absences that an excuse does not cover: {left_out: ["lesson:student", ...], reasons: {place: text}}."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if (
            not isinstance(value, dict)
            or not {"left_out"} <= set(value) <= {"left_out", "reasons"}
            or not isinstance(value["left_out"], list)
            or not isinstance(value.get("reasons", {}), dict)
        ):
            raise CodedFieldError("journal.entry.unreadable")
        if len(value["left_out"]) > MAX_ABSENCES_PER_EXCUSE:
            raise CodedFieldError("journal.change_set.too_many", max=MAX_ABSENCES_PER_EXCUSE)
        left_out = sorted({_read_lesson_student_key(entry) for entry in value["left_out"]})
        reasons = {
            _read_lesson_student_key(place): _read_exclusion_reason(reason)
            for place, reason in value.get("reasons", {}).items()
        }
        return {
            "left_out": left_out,
            "reasons": {place: reasons[place] for place in left_out if place in reasons},
        }


def _read_lesson_student_key(value: Any) -> str:
    pieces = value.split(":") if isinstance(value, str) else []
    if len(pieces) != 2:
        raise CodedFieldError("journal.entry.unreadable")
    return ":".join(str(parse_uuid_or_field_error(piece, "journal.entry.unreadable")) for piece in pieces)


def _read_exclusion_reason(value: Any) -> str:
    # PostgreSQL stores no NUL character in text.
    if not isinstance(value, str) or "\x00" in value:
        raise CodedFieldError("journal.entry.unreadable")
    return value.strip()


class MakeupLessonsField(fields.Field[dict[str, Any]]):
    """Missed lessons that a student wants to make up: {lessons, student}; without a student one's own."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not {"lessons"} <= set(value) <= {"lessons", "student"}:
            raise CodedFieldError("journal.entry.unreadable")
        lessons, student = value["lessons"], value.get("student")
        if not isinstance(lessons, list) or len(lessons) > MAX_CELLS_PER_SUBJECT:
            raise CodedFieldError("journal.entry.unreadable")
        named = sorted(
            {str(parse_uuid_or_field_error(lesson, "journal.entry.unreadable")) for lesson in lessons}
        )
        clean: dict[str, Any] = {"lessons": named}
        if student is not None:
            clean["student"] = str(parse_uuid_or_field_error(student, "journal.entry.unreadable"))
        return clean


class DisputedMarkField(fields.Field[dict[str, Any]]):
    """A mark as the person saw it: {lesson, kind, version, student}; without a student it is one's own."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        needed = {"lesson", "kind", "version"}
        if not isinstance(value, dict) or not needed <= set(value) <= needed | {"student"}:
            raise CodedFieldError("journal.entry.unreadable")
        if value["kind"] not in CELL_KINDS or type(value["version"]) is not int or value["version"] < 0:
            raise CodedFieldError("journal.entry.unreadable")
        ids = {
            name: str(parse_uuid_or_field_error(value[name], "journal.entry.unreadable"))
            for name in ("lesson", "student")
            if value.get(name)
        }
        return {**ids, "kind": value["kind"], "version": value["version"]}


class SheetDigestField(fields.Field[dict[str, str]]):
    """The SHA-256 of the lines of a sheet as its teacher saw them: {seen}."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        seen = value.get("seen") if isinstance(value, dict) and set(value) == {"seen"} else None
        if not isinstance(seen, str) or not _SHA256_PATTERN.fullmatch(seen):
            raise CodedFieldError("journal.entry.unreadable")
        return {"seen": seen}


class SheetLinesField(fields.Field[dict[str, Any]]):
    """Lines of a sheet, by their students: {sheet, students}."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or set(value) != {"sheet", "students"}:
            raise CodedFieldError("journal.entry.unreadable")
        students = value["students"]
        if not isinstance(students, list) or not students:
            raise CodedFieldError("journal.change_set.empty")
        if len(students) > MAX_STUDENTS_PER_SUBJECT:
            raise CodedFieldError("journal.change_set.too_many", max=MAX_STUDENTS_PER_SUBJECT)
        named = [str(parse_uuid_or_field_error(entry, "journal.entry.unreadable")) for entry in students]
        return {
            "sheet": str(parse_uuid_or_field_error(value["sheet"], "journal.entry.unreadable")),
            "students": named,
        }


class BlockersField(fields.Field[list[str]]):
    """Noted obstacles to closing a sheet: codes of a kind and the number seen, `excuses:2`."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        if not isinstance(value, list) or len(value) > MAX_BLOCKERS:
            raise CodedFieldError("journal.entry.unreadable")
        if not all(isinstance(entry, str) and _BLOCKER_PATTERN.fullmatch(entry) for entry in value):
            raise CodedFieldError("journal.entry.unreadable")
        return sorted(set(value))


class ConfirmedExcuseField(fields.Field[dict[str, Any]]):
    """A confirmed excuse and those of its lessons that are in doubt: {id, lessons}; without lessons all of it."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not {"id"} <= set(value) <= {"id", "lessons"}:
            raise CodedFieldError("journal.entry.unreadable")
        lessons = value.get("lessons")
        if lessons is not None and not isinstance(lessons, list):
            raise CodedFieldError("journal.entry.unreadable")
        if lessons == []:
            raise CodedFieldError("journal.excuse.no_lesson_chosen")
        if lessons is not None and len(lessons) > MAX_ABSENCES_PER_EXCUSE:
            raise CodedFieldError("journal.change_set.too_many", max=MAX_ABSENCES_PER_EXCUSE)
        named = sorted(
            {str(parse_uuid_or_field_error(one, "journal.entry.unreadable")) for one in lessons or ()}
        )
        excused = {"id": str(parse_uuid_or_field_error(value["id"], "journal.entry.unreadable"))}
        return excused | ({"lessons": named} if named else {})


class ChosenIdField(fields.Field[dict[str, str]]):
    """The id of the student, journal or unit that a request is about: {id}."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, dict) or set(value) != {"id"}:
            raise CodedFieldError("forms.field.wrong_type")
        return {"id": str(parse_uuid_or_field_error(value["id"], "forms.field.wrong_type"))}


class OpeningField(fields.Field[dict[str, str]]):
    """The department and the semester whose journals are opened: {department, semester}."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, dict) or set(value) != {"department", "semester"}:
            raise CodedFieldError("forms.field.wrong_type")
        return {
            name: str(parse_uuid_or_field_error(given, "forms.field.not_offered"))
            for name, given in value.items()
        }


class AskedAccessField(fields.Field[dict[str, str]]):
    """A role asked for, {person, role} with or without a unit, or the role that is to end, {grant}."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise CodedFieldError("forms.field.wrong_type")
        if set(value) == {"grant"}:
            return {"grant": str(parse_uuid_or_field_error(value["grant"], "forms.field.wrong_type"))}
        role = value.get("role")
        if not {"person", "role"} <= set(value) <= {"person", "role", "unit"} or not isinstance(role, str):
            raise CodedFieldError("forms.field.wrong_type")
        ids = {
            name: str(parse_uuid_or_field_error(value[name], "forms.field.wrong_type"))
            for name in ("person", "unit")
            if value.get(name)
        }
        return {**ids, "role": role[:40]}


class CommissionField(fields.Field[dict[str, Any]]):
    """Members of a commission and its scope: {seats: [{person, part}], unit or course or neither}."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not {"seats"} <= set(value) <= {"seats", "unit", "course"}:
            raise CodedFieldError("journal.entry.unreadable")
        if not isinstance(value["seats"], list) or len(value["seats"]) > MAX_SEATS:
            raise CodedFieldError("journal.entry.unreadable")
        scope = {
            name: str(parse_uuid_or_field_error(value[name], "journal.entry.unreadable"))
            for name in ("unit", "course")
            if value.get(name)
        }
        return {**scope, "seats": [_read_commission_seat(entry) for entry in value["seats"]]}


class ContingentOrderField(fields.Field[dict[str, Any]]):
    """The kind of an order of the contingent and its lines: {kind, entries: [{student, group, until, family_name,
    given_name, patronymic, email}]}; a line has only what its kind needs. `app.people` decides whether they fit."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or set(value) != {"kind", "entries"}:
            raise CodedFieldError("journal.entry.unreadable")
        if not isinstance(value["kind"], str) or not isinstance(value["entries"], list):
            raise CodedFieldError("journal.entry.unreadable")
        if len(value["entries"]) > MAX_ORDER_LINES:
            raise CodedFieldError("people.order.too_many", most=MAX_ORDER_LINES)
        return {"kind": value["kind"], "entries": [_read_order_line(line) for line in value["entries"]]}


def _read_order_line(value: Any) -> dict[str, str]:
    known = {*ORDER_LINE_IDS, *ORDER_LINE_NAMES, "until"}
    if not isinstance(value, dict) or not set(value) <= known:
        raise CodedFieldError("journal.entry.unreadable")
    line = {
        key: str(parse_uuid_or_field_error(value[key], "journal.entry.unreadable"))
        for key in ORDER_LINE_IDS
        if value.get(key)
    }
    if value.get("until"):
        try:
            line["until"] = read_typed_day(str(value["until"])).isoformat()
        except TypedValueError as unread:
            raise ValidationError([unread.problem]) from None
    for key in ORDER_LINE_NAMES:
        text = value.get(key)
        if text is None:
            continue
        # PostgreSQL stores no NUL character in text.
        if not isinstance(text, str) or "\x00" in text or len(text) > MAX_ORDER_TEXT_LENGTH:
            raise CodedFieldError("journal.entry.unreadable")
        line[key] = " ".join(text.split())
    return line


def _read_commission_seat(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or set(value) != {"person", "part"} or value["part"] not in SEAT_PARTS:
        raise CodedFieldError("journal.entry.unreadable")
    return {
        "person": str(parse_uuid_or_field_error(value["person"], "journal.commission.unknown_person")),
        "part": value["part"],
    }


def _read_cell_change(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != {"lesson", "student", "kind", "version", "new"}:
        raise CodedFieldError("journal.change_set.unreadable")
    version, new = value["version"], value["new"]
    if value["kind"] not in CELL_KINDS or type(version) is not int or version < 0:
        raise CodedFieldError("journal.change_set.unreadable")
    if new is not None and (not isinstance(new, str) or len(new) > 20):
        raise CodedFieldError("journal.change_set.unreadable")
    ids = {
        name: str(parse_uuid_or_field_error(value[name], "journal.change_set.unreadable"))
        for name in ("lesson", "student")
    }
    return {**ids, "kind": value["kind"], "version": version, "new": new}


def parse_uuid_or_field_error(value: Any, code: str) -> UUID:
    """Return the UUID in `value`. Raises CodedFieldError with `code` when it is none."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise CodedFieldError(code) from None
