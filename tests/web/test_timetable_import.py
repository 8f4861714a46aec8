"""The pages that import a spreadsheet of the timetable: template, findings by cell, plan, execution."""

from __future__ import annotations

import html
import io

import pytest

from app.diagrams import versions
from app.kernel.ids import new_id
from tests.journal.test_timetable_files import ROW, workbook
from tests.journal.timetable import Timetable
from tests.scenarios.world import World


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


def test_a_file_is_looked_at_corrected_and_added(world, enter):
    office = enter(world.people["academic_office"])
    form = {"semester": str(world.school.semester), "id": str(new_id())}
    early = office.post(
        "/timetable/import", **form, file=(io.BytesIO(workbook(ROW, [*ROW[:5], 2, *ROW[6:]])), "a.xlsx")
    )
    assert (
        early.text.count("there are no bells yet") == 1 and 'btn-small" href="/timetable/bells"' in early.text
    )
    Timetable(world).rings()
    assert "/timetable/template.xlsx" in office.get("/timetable/import").text
    template = office.get("/timetable/template.xlsx")
    assert template.mimetype.endswith("spreadsheetml.sheet") and template.data[:2] == b"PK"
    wrong = office.post(
        "/timetable/import", **form, file=(io.BytesIO(workbook([*ROW[:5], 9, *ROW[6:]])), "a.xlsx")
    )
    text = html.unescape(wrong.text)
    assert (
        wrong.status_code == 422 and "Расписание, F2" in text and "The bell schedule has no period 9." in text
    )
    assert office.post("/timetable/import", **form).status_code == 422
    sent = office.post("/timetable/import", **form, file=(io.BytesIO(workbook(ROW)), "a.xlsx"))
    assert sent.status_code == 302
    seen = office.get(sent.location)
    assert "Математика, ИВТ-2-23" in seen.text and "Monday, 08:00–09:20" in seen.text
    assert office.post(sent.location).status_code == 302
    assert "1 weekly lesson was added." in office.get("/timetable/journals").text
    assert "Weekly lessons that were added" in office.get(sent.location).text
    assert enter(world.people["directorate"]).get(sent.location).status_code == 404
    assert enter(world.school.lecturer).get("/timetable/import").status_code == 404
