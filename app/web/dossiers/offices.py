"""The offices of persons at a moment, in words: role and unit as they were held then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.people.queries import PersonName, UnitRow
from app.people.queries.offices import HeldOffice, load_offices_of_persons
from app.texts.roles import role_label
from app.texts.translate import gettext as _
from app.texts.translate import locale


@dataclass(frozen=True, slots=True)
class OfficeBook:
    """The roles of persons with their days, and the units they were held in."""

    offices: Mapping[UUID, tuple[HeldOffice, ...]]
    units: Mapping[UUID, UnitRow]

    @property
    def university_name(self) -> str:
        """Return the name of the university; the name of the product when there is no unit yet."""
        top = next((unit for unit in self.units.values() if unit.parent is None), None)
        return pick_text(top.names, locale()) if top else _("Depter")

    def office_text(self, role: str, unit: UUID | None) -> str:
        """Return a role with its unit: "Department head, Software department"."""
        found = self.units.get(unit) if unit else None
        return ", ".join([role_label(role), *([pick_text(found.names, locale())] if found else [])])

    def offices_at(self, person: UUID, at: datetime, role: str | None = None) -> str:
        """Return the offices that a person held on the day of a moment; of one role only, when it is named."""
        day = local_day(at)
        held = [
            self.office_text(one.role, one.unit)
            for one in self.offices.get(person, ())
            if one.is_held_on(day) and role in (None, one.role)
        ]
        return "; ".join(dict.fromkeys(held))

    def acted_as(self, person: UUID, at: datetime, role: str | None, unit: UUID | None, behalf: str) -> str:
        """Return the office in which a person acted: of his task, else those he held on that day.

        With `behalf`, the short name of whom he acted for, the office is that of this other person.
        """
        if role and (unit or behalf):
            return self.office_text(role, unit)
        if role:
            return self.offices_at(person, at, role) or role_label(role)
        return "" if behalf else self.offices_at(person, at)

    def actor_text(self, names: Mapping[UUID, PersonName], act: Act) -> str:
        """Return full name and offices of the person of an act, and on whose behalf."""
        name = names[act.person].full if act.person in names and act.person else ""
        held = "; ".join(dict.fromkeys(self.office_text(one.role, one.unit) for one in act.assignments))
        said = f"{name} ({held})" if held else name
        if act.on_behalf_of is not None and act.on_behalf_of in names:
            said = _("%(person)s on behalf of %(principal)s") % {
                "person": said,
                "principal": names[act.on_behalf_of].full,
            }
        return said


def load_office_book(persons: Iterable[UUID]) -> OfficeBook:
    """Return the offices of these persons; two statements."""
    return OfficeBook(load_offices_of_persons(persons), people.load_unit_tree())
