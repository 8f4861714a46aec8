"""An excused absence is proved by a document and approved by the directorate (5.2.2)."""

from __future__ import annotations

import pytest

from app.kernel.errors import Invalid
from tests.scenarios.excuses import confirmed, excused

pytestmark = pytest.mark.clause("5.2.2")


def test_without_a_document_nothing_is_asked_for(world):
    lesson = world.missed(9)
    with pytest.raises(Invalid) as refused:
        world.student_actor().hands_in(world.day(9), files=[])
    assert refused.value.fields["files"][0].code == "journal.excuse.document_needed"
    assert world.status(lesson) == "ABSENT"


def test_with_a_document_the_directorate_has_the_word(world):
    lesson = world.missed(9)
    case = world.student_actor().hands_in(world.day(9))
    assert world.status(lesson) == "ABSENT" and excused(world) == []
    assert confirmed(world, case).outcome == "confirmed_all"
    assert world.status(lesson) == "SICK"


def test_an_absence_without_a_document_stays_unexcused(world):
    proved, other = world.missed(9), world.missed(8)
    confirmed(world, world.student_actor().hands_in(world.day(9)))
    assert (world.status(proved), world.status(other)) == ("SICK", "ABSENT")
