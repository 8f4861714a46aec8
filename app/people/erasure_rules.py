"""Rules for the lawful erasure of a person's texts (7.5). Pure."""

from __future__ import annotations

from datetime import date

from app.kernel.errors import DepterError, Refused


def first_day_of_erasure(last_day: date, years: int) -> date:
    """Return the first day on which the texts of a person may be erased (7.5).

    The years are counted from 1 January after the year of the last record of the person.
    """
    return date(last_day.year + 1 + years, 1, 1)


def refusal_to_erase(still_here: bool, last_day: date | None, years: int, today: date) -> DepterError | None:
    """Return the refusal of an erasure: the person still belongs to a group or holds a role, or the years of 7.5 have
    not passed. `last_day`: the last day of a membership, of a role and of what the audit holds by and about the person;
    None when nothing is kept about him."""
    if still_here:
        return Refused("people.erasure.still_here")
    if last_day is None:
        return None
    first = first_day_of_erasure(last_day, years)
    if today < first:
        return Refused("people.erasure.too_early", clause="7.5", at=first, years=years)
    return None
