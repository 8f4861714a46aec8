"""The deadlines that hold for a visitor, a guest included."""

from __future__ import annotations

from app.kernel.clock import local_day
from app.kernel.db import db
from app.regulation import queries as regulation
from app.regulation.rules import DeadlineCalendar
from app.web.core.visitor import request_time, visitor_or_none


def visitor_deadline_calendar() -> DeadlineCalendar:
    """Return the deadlines of the visitor's unit, or of the university for a guest."""
    me = visitor_or_none()
    unit = next((assignment.unit for assignment in me.assignments if assignment.unit), None) if me else None
    return regulation.load_unit_deadline_calendar(db.session, unit, local_day(request_time()))
