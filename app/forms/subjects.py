"""Marshmallow fields that describe the subject of a case: their JSON, checked piece by piece."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields

from app.forms.read import Field
from app.kernel.errors import Problem

MOST_CELLS = 60
MOST_ABSENCES = 1000
MOST_STUDENTS = 200
MOST_SEATS = 25
SEAT_PARTS = ("CHAIR", "SECRETARY", "MEMBER", "RESERVE")
CELL_KINDS = ("ATTENDANCE", "GRADE")
MOST_BLOCKERS = 20
_BLOCKER_PATTERN = re.compile(r"[a-z_]{1,40}:[0-9]{1,6}")
_SHA256_PATTERN = re.compile(r"[0-9a-f]{64}")


class Refusal(ValidationError):
    """A problem with its code, carried by marshmallow until `check` takes it out again."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__([Problem(code, params)])


class ChangeSet(fields.Field[list[dict[str, Any]]]):
    """Cells with the version seen and the new value; the journal decides which may change."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise Refusal("journal.change_set.unreadable")
        if len(value) > MOST_CELLS:
            raise Refusal("journal.change_set.too_many", max=MOST_CELLS)
        return [_read_cell(entry) for entry in value]


class Entries(fields.Field[list[dict[str, Any]]]):
    """Cells to be entered late: {lesson, student, kind}; without a student the roll of the whole lesson."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise Refusal("journal.entry.unreadable")
        if len(value) > MOST_CELLS:
            raise Refusal("journal.change_set.too_many", max=MOST_CELLS)
        return [_read_entry(entry) for entry in value]


def _read_entry(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != {"lesson", "student", "kind"}:
        raise Refusal("journal.entry.unreadable")
    student = value["student"]
    if value["kind"] not in CELL_KINDS or (student is None and value["kind"] != "ATTENDANCE"):
        raise Refusal("journal.entry.unreadable")
    return {
        "lesson": str(id_in(value["lesson"], "journal.entry.unreadable")),
        "student": str(id_in(student, "journal.entry.unreadable")) if student is not None else None,
        "kind": value["kind"],
    }


class Period(fields.Field[dict[str, Any]]):
    """From a day until a day, both included, of oneself or of named students: {from, to, students}."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not {"from", "to"} <= set(value) <= {"from", "to", "students"}:
            raise Refusal("forms.period.unreadable")
        students = value.get("students") or []
        if not isinstance(students, list) or len(students) > MOST_STUDENTS:
            raise Refusal("forms.period.unreadable")
        try:
            first, last = date.fromisoformat(value["from"]), date.fromisoformat(value["to"])
        except (ValueError, TypeError):
            raise Refusal("forms.period.unreadable") from None
        if last < first:
            raise Refusal("forms.period.backwards")
        named = sorted({str(id_in(student, "forms.period.unreadable")) for student in students})
        return {"from": first.isoformat(), "to": last.isoformat()} | ({"students": named} if named else {})


class Absences(fields.Field[dict[str, list[str]]]):
    """Absences that an excuse does not cover: {left_out: ["lesson:student", ...]}; it covers the rest."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, list[str]]:
        if (
            not isinstance(value, dict)
            or set(value) != {"left_out"}
            or not isinstance(value["left_out"], list)
        ):
            raise Refusal("journal.entry.unreadable")
        if len(value["left_out"]) > MOST_ABSENCES:
            raise Refusal("journal.change_set.too_many", max=MOST_ABSENCES)
        places = []
        for entry in value["left_out"]:
            pieces = entry.split(":") if isinstance(entry, str) else []
            if len(pieces) != 2:
                raise Refusal("journal.entry.unreadable")
            places.append(":".join(str(id_in(piece, "journal.entry.unreadable")) for piece in pieces))
        return {"left_out": sorted(set(places))}


class Workoff(fields.Field[dict[str, Any]]):
    """Missed lessons that a student wants to make up: {lessons, student}; without a student one's own."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not {"lessons"} <= set(value) <= {"lessons", "student"}:
            raise Refusal("journal.entry.unreadable")
        lessons, student = value["lessons"], value.get("student")
        if not isinstance(lessons, list) or len(lessons) > MOST_CELLS:
            raise Refusal("journal.entry.unreadable")
        named = sorted({str(id_in(lesson, "journal.entry.unreadable")) for lesson in lessons})
        clean: dict[str, Any] = {"lessons": named}
        if student is not None:
            clean["student"] = str(id_in(student, "journal.entry.unreadable"))
        return clean


class Dispute(fields.Field[dict[str, Any]]):
    """A mark as the person saw it: {lesson, kind, version, student}; without a student it is one's own."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        needed = {"lesson", "kind", "version"}
        if not isinstance(value, dict) or not needed <= set(value) <= needed | {"student"}:
            raise Refusal("journal.entry.unreadable")
        if value["kind"] not in CELL_KINDS or type(value["version"]) is not int or value["version"] < 0:
            raise Refusal("journal.entry.unreadable")
        ids = {
            name: str(id_in(value[name], "journal.entry.unreadable"))
            for name in ("lesson", "student")
            if value.get(name)
        }
        return {**ids, "kind": value["kind"], "version": value["version"]}


class Signing(fields.Field[dict[str, str]]):
    """The SHA-256 of the lines of a sheet as its teacher saw them: {seen}."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        seen = value.get("seen") if isinstance(value, dict) and set(value) == {"seen"} else None
        if not isinstance(seen, str) or not _SHA256_PATTERN.fullmatch(seen):
            raise Refusal("journal.entry.unreadable")
        return {"seen": seen}


class Lines(fields.Field[dict[str, Any]]):
    """Lines of a sheet, by their students: {sheet, students}."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or set(value) != {"sheet", "students"}:
            raise Refusal("journal.entry.unreadable")
        students = value["students"]
        if not isinstance(students, list) or not students:
            raise Refusal("journal.change_set.empty")
        if len(students) > MOST_STUDENTS:
            raise Refusal("journal.change_set.too_many", max=MOST_STUDENTS)
        named = [str(id_in(entry, "journal.entry.unreadable")) for entry in students]
        return {"sheet": str(id_in(value["sheet"], "journal.entry.unreadable")), "students": named}


class Blockers(fields.Field[list[str]]):
    """Noted obstacles to closing a sheet: codes of a kind and the number seen, `excuses:2`."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        if not isinstance(value, list) or len(value) > MOST_BLOCKERS:
            raise Refusal("journal.entry.unreadable")
        if not all(isinstance(entry, str) and _BLOCKER_PATTERN.fullmatch(entry) for entry in value):
            raise Refusal("journal.entry.unreadable")
        return sorted(set(value))


class Excused(fields.Field[dict[str, str]]):
    """The id of a confirmed excuse: {id}."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, dict) or set(value) != {"id"}:
            raise Refusal("journal.entry.unreadable")
        return {"id": str(id_in(value["id"], "journal.entry.unreadable"))}


class Commission(fields.Field[dict[str, Any]]):
    """Members of a commission and its scope: {seats: [{person, part}], unit or course or neither}."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not {"seats"} <= set(value) <= {"seats", "unit", "course"}:
            raise Refusal("journal.entry.unreadable")
        if not isinstance(value["seats"], list) or len(value["seats"]) > MOST_SEATS:
            raise Refusal("journal.entry.unreadable")
        scope = {
            name: str(id_in(value[name], "journal.entry.unreadable"))
            for name in ("unit", "course")
            if value.get(name)
        }
        return {**scope, "seats": [_read_seat(entry) for entry in value["seats"]]}


def _read_seat(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or set(value) != {"person", "part"} or value["part"] not in SEAT_PARTS:
        raise Refusal("journal.entry.unreadable")
    return {"person": str(id_in(value["person"], "journal.commission.unknown_person")), "part": value["part"]}


def _read_cell(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != {"lesson", "student", "kind", "version", "new"}:
        raise Refusal("journal.change_set.unreadable")
    version, new = value["version"], value["new"]
    if value["kind"] not in CELL_KINDS or type(version) is not int or version < 0:
        raise Refusal("journal.change_set.unreadable")
    if new is not None and (not isinstance(new, str) or len(new) > 20):
        raise Refusal("journal.change_set.unreadable")
    ids = {name: str(id_in(value[name], "journal.change_set.unreadable")) for name in ("lesson", "student")}
    return {**ids, "kind": value["kind"], "version": version, "new": new}


def id_in(value: Any, code: str) -> UUID:
    """Return the UUID in `value`. Raises Refusal with `code` when it is none."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise Refusal(code) from None
