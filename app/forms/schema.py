"""Marshmallow schemas of forms, which check answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from app.forms.appeal_fields import AppealedResultField, HearingField, ProtocolField
from app.forms.form_file import Form, FormField
from app.forms.subject_fields import (
    AskedAccessField,
    BlockersField,
    ChangeSetField,
    ChosenIdField,
    CodedFieldError,
    CommissionField,
    ConfirmedExcuseField,
    ContingentOrderField,
    DisputedMarkField,
    ExcludedAbsencesField,
    LateEntriesField,
    MakeupLessonsField,
    OpeningField,
    SheetDigestField,
    SheetLinesField,
    StudentsPeriodField,
    parse_uuid_or_field_error,
)
from app.kernel.errors import FieldProblem, Invalid
from app.kernel.typed_values import TypedValueError, read_typed_day, read_typed_number

MAX_ANSWER_LENGTH = 4000
MAX_CHOICE_CODE_LENGTH = 100
MAX_FILES_PER_FIELD = 5

_schema_by_form: WeakKeyDictionary[Form, Schema] = WeakKeyDictionary()


def check_form_answers(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers, checked and cleaned. Raises Invalid naming each field with its problems.

    A field that the answer of another requires (`required_when`) must be answered too. Unknown fields are
    refused. Files are never required here: the web stores them after this check, in the transaction of the
    act.
    """
    problems: dict[str, list[FieldProblem]] = {
        key: [FieldProblem("forms.field.unknown")] for key in answers if form.field_with_key(key) is None
    }
    entered = {
        key: value
        for key, value in answers.items()
        if form.field_with_key(key) and not _is_empty_answer(value)
    }
    clean: dict[str, Any] = {}
    try:
        clean = dict(_cached_form_schema(form).load(entered))
    except ValidationError as error:
        for key, found in error.messages_dict.items():
            problems[str(key)] = _field_problems_with_codes(found)
    for item in form.fields:
        if item.key not in entered and _is_answer_required(item, entered):
            problems.setdefault(item.key, [FieldProblem("forms.field.required")])
    if problems:
        raise Invalid(problems)
    return clean


def _is_empty_answer(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _is_answer_required(item: FormField, entered: Mapping[str, Any]) -> bool:
    if item.kind == "file":
        return False
    wanted = any(entered.get(other) in values for other, values in item.required_when.items())
    return item.required or wanted


def _cached_form_schema(form: Form) -> Schema:
    """Return the schema of a form, built once as long as the form lives."""
    known = _schema_by_form.get(form)
    if known is None:
        built = Schema.from_dict({item.key: _FIELD_CLASSES[item.kind](item) for item in form.fields})
        known = _schema_by_form.setdefault(form, built(unknown=EXCLUDE))
    return known


class _TextField(fields.Field[str]):
    """Text stripped of blanks at its ends and of the right length; a line break counts once, as in browsers."""

    def __init__(self, item: FormField) -> None:
        super().__init__()
        self.least, self.most = item.min_length, item.max_length or MAX_ANSWER_LENGTH

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise CodedFieldError("forms.field.wrong_type")
        # PostgreSQL stores no NUL character in text.
        if "\x00" in value:
            raise CodedFieldError("forms.field.wrong_type")
        text = value.replace("\r\n", "\n").strip()
        if len(text) < self.least:
            raise CodedFieldError("forms.field.too_short", min=self.least)
        if len(text) > self.most:
            raise CodedFieldError("forms.field.too_long", max=self.most)
        return text


class _ChoiceField(fields.Field[str]):
    """One of the offered values.

    With `choices` the code that offers them checks; here only that it is a code.
    """

    def __init__(self, item: FormField) -> None:
        super().__init__()
        self.elsewhere = bool(item.choices_source)
        self.offered = frozenset(value.value for value in item.values)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise CodedFieldError("forms.field.wrong_type")
        fits = (
            0 < len(value) <= MAX_CHOICE_CODE_LENGTH and value.isprintable()
            if self.elsewhere
            else value in self.offered
        )
        if not fits:
            raise CodedFieldError("forms.field.not_offered")
        return value


class _NumberField(fields.Decimal):
    """A number within its bounds."""

    def __init__(self, item: FormField) -> None:
        super().__init__()
        self.least, self.most = item.min, item.max

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            typed = read_typed_number(value) if isinstance(value, str) else value
            number = super()._deserialize(typed, attr, data, **kwargs)
        except TypedValueError as unread:
            raise ValidationError([unread.problem]) from None
        except ValidationError:
            raise CodedFieldError("forms.field.wrong_type") from None
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            raise CodedFieldError("forms.field.out_of_range", min=self.least, max=self.most)
        return str(number)


class _DateField(fields.Date):
    """A day as ISO text, because process variables are JSON."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise CodedFieldError("forms.field.wrong_type")
        try:
            return read_typed_day(value).isoformat()
        except TypedValueError as unread:
            raise ValidationError([unread.problem]) from None


class _CheckboxField(fields.Boolean):
    """A box that is ticked or not."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        try:
            return bool(super()._deserialize(value, attr, data, **kwargs))
        except ValidationError:
            raise CodedFieldError("forms.field.wrong_type") from None


class _FilesField(fields.Field[list[UUID]]):
    """Ids of stored files."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[UUID]:
        if not isinstance(value, list):
            raise CodedFieldError("forms.field.wrong_type")
        if len(value) > MAX_FILES_PER_FIELD:
            raise CodedFieldError("files.file.too_many", most=MAX_FILES_PER_FIELD)
        return [parse_uuid_or_field_error(one, "forms.field.wrong_type") for one in value]


_FIELD_CLASSES: Mapping[str, Callable[[FormField], fields.Field[Any]]] = {
    "text": _TextField,
    "textarea": _TextField,
    "select": _ChoiceField,
    "radio": _ChoiceField,
    "checkbox": _CheckboxField,
    "number": _NumberField,
    "date": _DateField,
    "file": _FilesField,
    "change_set": ChangeSetField,
    "entries": LateEntriesField,
    "period": StudentsPeriodField,
    "absences": ExcludedAbsencesField,
    "excused": ConfirmedExcuseField,
    "makeup": MakeupLessonsField,
    "dispute": DisputedMarkField,
    "commission": CommissionField,
    "contingent_order": ContingentOrderField,
    "signing": SheetDigestField,
    "lines": SheetLinesField,
    "blockers": BlockersField,
    "appeal": AppealedResultField,
    "hearing": HearingField,
    "protocol": ProtocolField,
    "student": ChosenIdField,
    "offering": ChosenIdField,
    "unit": ChosenIdField,
    "opening": OpeningField,
    "scheme": ChosenIdField,
    "access": AskedAccessField,
}


def _field_problems_with_codes(found: Any) -> list[FieldProblem]:
    return [
        one if isinstance(one, FieldProblem) else FieldProblem("forms.field.wrong_type")
        for one in (found if isinstance(found, list) else [found])
    ]
