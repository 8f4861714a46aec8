"""Codes of slips are read as people type them, and nothing else is."""

from __future__ import annotations

import pytest

from app.people.code_rules import CODE_LENGTH, CODE_LETTERS, format_code, read_code

CODE = "ABEKMHPCTYX23456"


def test_a_code_is_printed_in_fours_and_has_no_letters_that_look_alike():
    assert format_code(CODE) == "ABEK-MHPC-TYX2-3456"
    assert not set("01OIL") & set(CODE_LETTERS) and len(CODE) == CODE_LENGTH


@pytest.mark.parametrize(
    "typed",
    [
        "ABEK-MHPC-TYX2-3456",
        " abek mhpc tyx2 3456 ",
        "АВЕК-МНРС-ТУХ2-3456",
        "авек—мнрс—тух2—3456",
        "ＡＢＥＫ-MHPC-TYX2-3456",
    ],
)
def test_small_letters_blanks_and_cyrillic_look_alikes_are_read(typed):
    assert read_code(typed) == CODE


@pytest.mark.parametrize("typed", ["", CODE[:-1], CODE + "7", "O" + CODE[1:], "ж" + CODE[1:], "٣" + CODE[1:]])
def test_anything_else_is_no_code(typed):
    assert read_code(typed) == ""
