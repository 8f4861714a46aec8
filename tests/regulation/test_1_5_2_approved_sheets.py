"""1.5.2: a sheet is official once the academic office approved it; only then is it closed."""

from __future__ import annotations

from datetime import date

import pytest

from app.journal.commands import close_sheet
from app.journal.models import GradeSheet
from app.kernel import door
from app.kernel.errors import Refused

pytestmark = pytest.mark.clause("1.5.2")


@pytest.mark.parametrize("state", ["DRAFT", "SIGNED", "VISED"])
def test_nobody_closes_a_sheet_that_the_office_has_not_approved(school, state):
    sheet = school.sheet(date(2026, 10, 14), state=state)
    act = school.act(school.person("Окуу", "Бөлүмү"), "academic_office")
    with pytest.raises(Refused) as refused, door.write(act):
        close_sheet(act, sheet)
    assert (refused.value.code, refused.value.clause) == ("journal.sheet.not_approved", "1.5.2")
    school.session.rollback()
    assert school.session.get(GradeSheet, sheet).state == state
