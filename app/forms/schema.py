"""A form becomes a marshmallow schema; answers are checked by it. Pure: no database, no Flask."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from app.forms.read import Field, Form
from app.kernel.errors import Invalid, Problem

MOST_TEXT = 4000
MOST_CODE = 100
MOST_FILES = 5
MOST_CELLS = 60
MOST_ABSENCES = 1000
MOST_STUDENTS = 200
MOST_SEATS = 25
CELL_KINDS = ("ATTENDANCE", "GRADE")
SEAT_PARTS = ("CHAIR", "SECRETARY", "MEMBER", "RESERVE")
_DIGEST = re.compile(r"[0-9a-f]{64}")

_schemas: WeakKeyDictionary[Form, Schema] = WeakKeyDictionary()


class _Refusal(ValidationError):
    """A problem with its code; marshmallow carries it, `check` takes it out again."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__([Problem(code, params)])


def check(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, checked and cleaned; raises Invalid naming each field with its problems.

    A field that another's answer demands (`required_when`) is asked for too. Fields the form has not are refused.
    Files are never demanded here: the web stores them after this check, in the transaction of the act.
    """
    problems: dict[str, list[Problem]] = {
        key: [Problem("forms.field.unknown")] for key in answers if form.field(key) is None
    }
    given = {key: value for key, value in answers.items() if form.field(key) and not _empty(value)}
    clean: dict[str, Any] = {}
    try:
        clean = dict(_schema(form).load(given))
    except ValidationError as error:
        for key, found in error.messages_dict.items():
            problems[str(key)] = _problems(found)
    for item in form.fields:
        if item.key not in given and _demanded(item, given):
            problems.setdefault(item.key, [Problem("forms.field.required")])
    if problems:
        raise Invalid(problems)
    return clean


def _empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _demanded(item: Field, given: Mapping[str, Any]) -> bool:
    if item.kind == "file":
        return False
    wanted = any(given.get(other) in values for other, values in item.required_when.items())
    return item.required or wanted


def _schema(form: Form) -> Schema:
    """The schema of a form, built once as long as the form lives."""
    known = _schemas.get(form)
    if known is None:
        built = Schema.from_dict({item.key: _MAKERS[item.kind](item) for item in form.fields})
        known = _schemas.setdefault(form, built(unknown=EXCLUDE))
    return known


class _Text(fields.Field[str]):
    """Text without blanks at its ends, of the right length; a line break counts once, as browsers count it."""

    def __init__(self, item: Field) -> None:
        super().__init__()
        self.least, self.most = item.min_length, item.max_length or MOST_TEXT

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise _Refusal("forms.field.wrong_type")
        if "\x00" in value:
            raise _Refusal("forms.field.wrong_type")
        text = value.replace("\r\n", "\n").strip()
        if len(text) < self.least:
            raise _Refusal("forms.field.too_short", min=self.least)
        if len(text) > self.most:
            raise _Refusal("forms.field.too_long", max=self.most)
        return text


class _OneOf(fields.Field[str]):
    """One of the offered values. Where `choices` offers them, whoever offers checks; here only that it is a code."""

    def __init__(self, item: Field) -> None:
        super().__init__()
        self.elsewhere = bool(item.choices)
        self.offered = frozenset(value.value for value in item.values)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise _Refusal("forms.field.wrong_type")
        fits = (
            0 < len(value) <= MOST_CODE and value.isprintable() if self.elsewhere else value in self.offered
        )
        if not fits:
            raise _Refusal("forms.field.not_offered")
        return value


class _Number(fields.Decimal):
    """A number within its bounds."""

    def __init__(self, item: Field) -> None:
        super().__init__()
        self.least, self.most = item.min, item.max

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            number = super()._deserialize(value, attr, data, **kwargs)
        except ValidationError:
            raise _Refusal("forms.field.wrong_type") from None
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            raise _Refusal("forms.field.out_of_range", min=self.least, max=self.most)
        return str(number)


class _Date(fields.Date):
    """A day, as ISO text: facts are JSON."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs).isoformat()
        except ValidationError:
            raise _Refusal("forms.field.wrong_type") from None


class _Yes(fields.Boolean):
    """A box that is ticked or not."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        try:
            return bool(super()._deserialize(value, attr, data, **kwargs))
        except ValidationError:
            raise _Refusal("forms.field.wrong_type") from None


class _Files(fields.Field[list[UUID]]):
    """Ids of stored files."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[UUID]:
        if not isinstance(value, list):
            raise _Refusal("forms.field.wrong_type")
        if len(value) > MOST_FILES:
            raise _Refusal("files.file.too_many", most=MOST_FILES)
        return [_uuid(one, "forms.field.wrong_type") for one in value]


class _ChangeSet(fields.Field[list[dict[str, Any]]]):
    """Cells with the version seen and the new value; what may change is the journal's to say."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise _Refusal("journal.change_set.unreadable")
        if len(value) > MOST_CELLS:
            raise _Refusal("journal.change_set.too_many", max=MOST_CELLS)
        return [_cell(one) for one in value]


class _Entries(fields.Field[list[dict[str, Any]]]):
    """Cells that are to be entered late: {lesson, student, kind}; without a student the roll of the whole lesson."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise _Refusal("journal.entry.unreadable")
        if len(value) > MOST_CELLS:
            raise _Refusal("journal.change_set.too_many", max=MOST_CELLS)
        return [_entry(one) for one in value]


def _entry(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != {"lesson", "student", "kind"}:
        raise _Refusal("journal.entry.unreadable")
    student = value["student"]
    if value["kind"] not in CELL_KINDS or (student is None and value["kind"] != "ATTENDANCE"):
        raise _Refusal("journal.entry.unreadable")
    return {
        "lesson": str(_uuid(value["lesson"], "journal.entry.unreadable")),
        "student": str(_uuid(student, "journal.entry.unreadable")) if student is not None else None,
        "kind": value["kind"],
    }


class _Period(fields.Field[dict[str, Any]]):
    """From a day until a day, both included, of oneself or of named students: {from, to, students}."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not {"from", "to"} <= set(value) <= {"from", "to", "students"}:
            raise _Refusal("forms.period.unreadable")
        students = value.get("students") or []
        if not isinstance(students, list) or len(students) > MOST_STUDENTS:
            raise _Refusal("forms.period.unreadable")
        try:
            first, last = date.fromisoformat(value["from"]), date.fromisoformat(value["to"])
        except (ValueError, TypeError):
            raise _Refusal("forms.period.unreadable") from None
        if last < first:
            raise _Refusal("forms.period.backwards")
        named = sorted({str(_uuid(student, "forms.period.unreadable")) for student in students})
        return {"from": first.isoformat(), "to": last.isoformat()} | ({"students": named} if named else {})


class _Absences(fields.Field[dict[str, list[str]]]):
    """Which absences an excuse is not to cover: {left_out: ["lesson:student", ...]}; the rest it covers."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, list[str]]:
        if (
            not isinstance(value, dict)
            or set(value) != {"left_out"}
            or not isinstance(value["left_out"], list)
        ):
            raise _Refusal("journal.entry.unreadable")
        if len(value["left_out"]) > MOST_ABSENCES:
            raise _Refusal("journal.change_set.too_many", max=MOST_ABSENCES)
        places = []
        for one in value["left_out"]:
            pieces = one.split(":") if isinstance(one, str) else []
            if len(pieces) != 2:
                raise _Refusal("journal.entry.unreadable")
            places.append(":".join(str(_uuid(piece, "journal.entry.unreadable")) for piece in pieces))
        return {"left_out": sorted(set(places))}


class _Workoff(fields.Field[dict[str, Any]]):
    """The missed lessons a student wants to make up: {lessons, student}; without a student it is oneself."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not {"lessons"} <= set(value) <= {"lessons", "student"}:
            raise _Refusal("journal.entry.unreadable")
        lessons, student = value["lessons"], value.get("student")
        if not isinstance(lessons, list) or len(lessons) > MOST_CELLS:
            raise _Refusal("journal.entry.unreadable")
        named = sorted({str(_uuid(lesson, "journal.entry.unreadable")) for lesson in lessons})
        clean: dict[str, Any] = {"lessons": named}
        if student is not None:
            clean["student"] = str(_uuid(student, "journal.entry.unreadable"))
        return clean


class _Dispute(fields.Field[dict[str, Any]]):
    """A mark as somebody saw it: {lesson, kind, version, student}; without a student it is one's own."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        needed = {"lesson", "kind", "version"}
        if not isinstance(value, dict) or not needed <= set(value) <= needed | {"student"}:
            raise _Refusal("journal.entry.unreadable")
        if value["kind"] not in CELL_KINDS or type(value["version"]) is not int or value["version"] < 0:
            raise _Refusal("journal.entry.unreadable")
        ids = {
            name: str(_uuid(value[name], "journal.entry.unreadable"))
            for name in ("lesson", "student")
            if value.get(name)
        }
        return {**ids, "kind": value["kind"], "version": value["version"]}


class _Signing(fields.Field[dict[str, str]]):
    """The lines of a sheet as its teacher saw them, by their SHA-256: {seen}."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        seen = value.get("seen") if isinstance(value, dict) and set(value) == {"seen"} else None
        if not isinstance(seen, str) or not _DIGEST.fullmatch(seen):
            raise _Refusal("journal.entry.unreadable")
        return {"seen": seen}


class _Excused(fields.Field[dict[str, str]]):
    """A confirmed excuse, by its id: {id}."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, dict) or set(value) != {"id"}:
            raise _Refusal("journal.entry.unreadable")
        return {"id": str(_uuid(value["id"], "journal.entry.unreadable"))}


class _Commission(fields.Field[dict[str, Any]]):
    """Who is to sit in a commission, and for what: {seats: [{person, part}], unit or course or neither}."""

    def __init__(self, item: Field) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not {"seats"} <= set(value) <= {"seats", "unit", "course"}:
            raise _Refusal("journal.entry.unreadable")
        if not isinstance(value["seats"], list) or len(value["seats"]) > MOST_SEATS:
            raise _Refusal("journal.entry.unreadable")
        scope = {
            name: str(_uuid(value[name], "journal.entry.unreadable"))
            for name in ("unit", "course")
            if value.get(name)
        }
        return {**scope, "seats": [_seat(one) for one in value["seats"]]}


def _seat(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or set(value) != {"person", "part"} or value["part"] not in SEAT_PARTS:
        raise _Refusal("journal.entry.unreadable")
    return {"person": str(_uuid(value["person"], "journal.commission.unknown_person")), "part": value["part"]}


def _cell(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != {"lesson", "student", "kind", "version", "new"}:
        raise _Refusal("journal.change_set.unreadable")
    version, new = value["version"], value["new"]
    if value["kind"] not in CELL_KINDS or type(version) is not int or version < 0:
        raise _Refusal("journal.change_set.unreadable")
    if new is not None and (not isinstance(new, str) or len(new) > 20):
        raise _Refusal("journal.change_set.unreadable")
    ids = {name: str(_uuid(value[name], "journal.change_set.unreadable")) for name in ("lesson", "student")}
    return {**ids, "kind": value["kind"], "version": version, "new": new}


def _uuid(value: Any, code: str) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise _Refusal(code) from None


_MAKERS: Mapping[str, Callable[[Field], fields.Field[Any]]] = {
    "text": _Text,
    "textarea": _Text,
    "select": _OneOf,
    "radio": _OneOf,
    "checkbox": _Yes,
    "number": _Number,
    "date": _Date,
    "file": _Files,
    "change_set": _ChangeSet,
    "entries": _Entries,
    "period": _Period,
    "absences": _Absences,
    "excused": _Excused,
    "workoff": _Workoff,
    "dispute": _Dispute,
    "commission": _Commission,
    "signing": _Signing,
}


def _problems(found: Any) -> list[Problem]:
    return [
        one if isinstance(one, Problem) else Problem("forms.field.wrong_type")
        for one in (found if isinstance(found, list) else [found])
    ]
