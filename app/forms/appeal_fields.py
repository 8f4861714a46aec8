"""Marshmallow fields that describe the matters of a commission: an appeal, a hearing, a protocol."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from app.forms.form_file import FormField
from app.forms.subject_fields import MAX_SEATS, CodedFieldError
from app.forms.subject_fields import parse_uuid_or_field_error as read_uuid
from app.kernel.clock import local_time
from app.kernel.typed_values import TypedValueError, read_typed_moment

VOTES = ("KEEP", "RAISE", "LOWER", "REEXAM", "ABSENT")
UNREADABLE_CODE = "journal.entry.unreadable"


class AppealedResultField(fields.Field[dict[str, str]]):
    """The version of a result that is appealed against: {result}."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, dict) or set(value) != {"result"}:
            raise CodedFieldError(UNREADABLE_CODE)
        return {"result": str(read_uuid(value["result"], UNREADABLE_CODE))}


class HearingField(fields.Field[dict[str, Any]]):
    """Local time and place of a hearing, and the members with a conflict of interest: {at, place, conflicts}."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or set(value) != {"at", "place", "conflicts"}:
            raise CodedFieldError(UNREADABLE_CODE)
        if not isinstance(value["at"], str) or not value["at"].strip():
            raise CodedFieldError("journal.hearing.no_moment")
        try:
            moment = local_time(read_typed_moment(value["at"])).replace(tzinfo=None)
        except TypedValueError as unread:
            raise ValidationError([unread.problem]) from None
        place, conflicts = value["place"], value["conflicts"]
        if not isinstance(place, str) or len(place) > 200 or not isinstance(conflicts, list):
            raise CodedFieldError(UNREADABLE_CODE)
        declared = sorted({str(read_uuid(one, UNREADABLE_CODE)) for one in conflicts})
        return {"at": moment.isoformat(timespec="minutes"), "place": place.strip(), "conflicts": declared}


class ProtocolField(fields.Field[dict[str, Any]]):
    """Votes by person, the chair first: {votes: [{person, vote}]}."""

    def __init__(self, item: FormField) -> None:
        super().__init__()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or set(value) != {"votes"} or not isinstance(value["votes"], list):
            raise CodedFieldError(UNREADABLE_CODE)
        if len(value["votes"]) > MAX_SEATS:
            raise CodedFieldError(UNREADABLE_CODE)
        return {"votes": [_read_vote(one) for one in value["votes"]]}


def _read_vote(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or set(value) != {"person", "vote"} or value["vote"] not in VOTES:
        raise CodedFieldError("journal.protocol.votes_missing")
    return {"person": str(read_uuid(value["person"], UNREADABLE_CODE)), "vote": value["vote"]}
