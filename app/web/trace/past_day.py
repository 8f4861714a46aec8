"""The day "as it was on" of a trace page: read from the address, and what the page says about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import request

from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.errors import Invalid
from app.kernel.i18n import day_text
from app.kernel.typed_values import read_optional_day_field
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import current_act
from app.web.labels.messages import problem_texts_by_field


@dataclass(frozen=True, slots=True)
class PastDay:
    """A day in the past. `day` None: now. `until` is the first moment after it; `typed` stands in the field.

    `problems`: why the day cannot be read; the page then shows the present state under status 422.
    """

    day: date | None
    until: datetime | None
    typed: str
    problems: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """Return the status of the page."""
        return 422 if self.problems else 200

    @property
    def address_value(self) -> str | None:
        """Return the day as an address has it; None for now."""
        return self.day.isoformat() if self.day else None

    @property
    def words(self) -> str:
        """Return that this is a past state; "" for the present one."""
        if self.day is None:
            return ""
        return _("This is a past state, as it stood at the end of %(day)s. What came later is left out.") % {
            "day": day_text(self.day, locale())
        }


def read_past_day() -> PastDay:
    """Return the day `on` in the address; one that is not over yet today is the present, a later one a problem."""
    typed = request.args.get("on", "")[:40]
    today = local_day(current_act().at)
    try:
        day = read_optional_day_field("on", typed)
        if day is not None and day > today:
            raise Invalid.field("on", "audit.trace.day_ahead")
    except Invalid as refused:
        return PastDay(None, None, typed, tuple(problem_texts_by_field(refused)["on"]))
    if day is None:
        return PastDay(None, None, "")
    return PastDay(day, first_moment_after(day), typed)


def first_moment_of(day: date) -> datetime:
    """Return the first moment of a day of the university, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UNIVERSITY_ZONE).astimezone(UTC)


def first_moment_after(day: date) -> datetime:
    """Return the first moment after a day of the university, in UTC."""
    return first_moment_of(day + timedelta(days=1))
