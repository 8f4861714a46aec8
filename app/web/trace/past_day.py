"""The day "as it was on" of a trace page: read from the address, and what the page says about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flask import request

from app.cases.audit_scope import Window, last_moment
from app.kernel.clock import first_moment_after, local_day
from app.kernel.errors import Invalid
from app.kernel.i18n import day_text
from app.kernel.typed_values import read_optional_day_field
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import current_act
from app.web.labels.messages import problem_texts_by_field

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PastDay:
    """A day in the past. `day` None: now. `until` is the first moment after it; `typed` stands in the field.

    `problems`: why the day cannot be read; the page then shows the present state under status 422. `is_end_of_role`:
    the day is the last one of the role of the reader, not one that he chose.
    """

    day: date | None
    until: datetime | None
    typed: str
    problems: tuple[str, ...] = ()
    is_end_of_role: bool = False

    def limit_to(self, windows: Iterable[Window], now: datetime) -> PastDay:
        """Return the day for a reader of these days: the last of them when they were over before it."""
        end = last_moment(windows)
        if end is None or end > (self.until or now):
            return self
        return replace(self, day=local_day(end - _MOMENT), until=end, is_end_of_role=True)

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
        if self.is_end_of_role:
            return _("Your role covers days up to %(day)s: this is how it stood at the end of that day.") % {
                "day": day_text(self.day, locale())
            }
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
