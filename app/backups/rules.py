"""Rules of backups: what a schedule may say, when a backup and a drill are due. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.kernel.errors import FieldProblem, Invalid

OFFERED_INTERVALS = (1, 2, 3, 4, 6, 8, 12, 24)
MIN_COPIES, MAX_COPIES = 2, 999
MAX_PLACE_LENGTH = 200
OK, FAILED = "OK", "FAILED"
RESTORED, NOT_RESTORED = "restored", "not_restored"
TOO_SLOW = "too_slow"


@dataclass(frozen=True, slots=True)
class ScheduleDraft:
    """A schedule before it is stored; hours are of the day in Bishkek."""

    every_hours: int
    first_hour: int
    copies: int
    archives_wal: bool
    place: str


def refusal_to_draft_schedule(draft: ScheduleDraft, longest_gap_hours: int) -> Invalid | None:
    """Return None for a schedule that may be proposed, else Invalid naming its fields.

    `longest_gap_hours` is the policy `backup.rpo`: how many hours of work a loss may cost. A server that archives its
    WAL loses minutes, whatever the interval.
    """
    wrong: dict[str, list[FieldProblem]] = {}
    if draft.every_hours not in OFFERED_INTERVALS:
        wrong["every_hours"] = [FieldProblem("forms.field.not_offered")]
    elif draft.every_hours > longest_gap_hours and not draft.archives_wal:
        wrong["every_hours"] = [FieldProblem("backups.schedule.gap_too_long", {"hours": longest_gap_hours})]
    if not 0 <= draft.first_hour <= 23:
        wrong["first_hour"] = [FieldProblem("forms.field.out_of_range")]
    if not MIN_COPIES <= draft.copies <= MAX_COPIES:
        wrong["copies"] = [FieldProblem("forms.field.out_of_range")]
    if not draft.place.strip():
        wrong["place"] = [FieldProblem("forms.field.required")]
    elif len(draft.place) > MAX_PLACE_LENGTH:
        wrong["place"] = [FieldProblem("forms.field.too_long", {"max": MAX_PLACE_LENGTH})]
    return Invalid(wrong) if wrong else None


def last_due_moment(every_hours: int, first_hour: int, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the newest moment at or before `now` at which a backup is due."""
    local = now.astimezone(zone)
    since_first = (local.hour - first_hour) % 24 % every_hours
    return local.replace(minute=0, second=0, microsecond=0) - timedelta(hours=since_first)


def due_moment_to_run(
    every_hours: int,
    first_hour: int,
    approved_at: datetime,
    last_run: datetime | None,
    now: datetime,
    zone: ZoneInfo,
) -> datetime | None:
    """Return the moment whose backup has to be made now, or None.

    Nothing is due from before the approval; of several missed moments only the newest is made up for.
    """
    due = last_due_moment(every_hours, first_hour, now, zone)
    if due < approved_at or (last_run is not None and due <= last_run):
        return None
    return due


def drill_period(day: date, months: int) -> tuple[date, date]:
    """Return the first day of the period of so many months that holds the day, and of the next one."""
    first = (day.year * 12 + day.month - 1) // months * months
    return _first_of_month(first), _first_of_month(first + months)


def _first_of_month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def drill_outcome(restored: bool, minutes: int, within_hours: int) -> str:
    """Return `restored`, `too_slow` when it took more than the policy `backup.rto` allows, or `not_restored`."""
    if not restored:
        return NOT_RESTORED
    return RESTORED if minutes <= within_hours * 60 else TOO_SLOW
