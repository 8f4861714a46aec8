"""The lines under a deadline: no hour that is only ours, no length of zero, and hours where hours count (4.2.1)."""

from __future__ import annotations

from app.web.labels.deadlines import deadline_computation_lines

DAYS = {
    "steps": [
        {"kind": "anchor", "at": "2026-11-24T06:00:00+00:00"},
        {"kind": "counted", "day": "2026-11-25"},
        {"kind": "calendar", "days": 0},
        {"kind": "end", "at": "2026-11-25T17:59:59+00:00"},
    ]
}
HOURS = {
    "steps": [
        {"kind": "anchor", "at": "2026-11-24T06:00:00+00:00"},
        {"kind": "hours", "number": 24},
        {"kind": "end", "at": "2026-11-25T06:00:00+00:00"},
    ]
}


def test_the_hour_of_the_start_is_written_only_where_hours_are_counted(app, db_session):
    with app.test_request_context():
        days, hours = (deadline_computation_lines(found, "en") for found in (DAYS, HOURS))
    assert "12:00" not in days[0] and "24" in days[0] and "23:59" in days[-1]
    assert "12:00" in hours[0] and "12:00" in hours[-1]


def test_a_length_of_zero_is_no_line(app, db_session):
    with app.test_request_context():
        lines = deadline_computation_lines(DAYS, "en")
        three = {"steps": [{"kind": "calendar", "days": 3}]}
        counted = deadline_computation_lines(three, "en")
    assert len(lines) == 3 and all(lines) and len(counted) == 1
