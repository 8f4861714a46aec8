"""Names and dates are put into Kyrgyz and Russian messages as they are: nothing after them asks for a case ending."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

from app.kernel.i18n import day_text
from tools.catalogues import stored

NAMES = ("Айтматова Үмүт", "Токтогул уулу Азамат", "Абдыкадырова-Ли Анна")
DAYS = (date(2026, 12, 1), date(2026, 11, 30), date(2025, 3, 8))
PLACE = re.compile(r"%\((\w+)\)s")
DATES = {"at", "day", "when", "since", "until", "last", "first", "from", "on", "to", "date", "time", "days"}
PEOPLE = {"name", "who", "behalf", "person", "whose", "by", "other", "student", "teacher"}
KY_NEEDS_A_CASE = r"чейин|тартып|баштап|кийин|мурун|мурда|ордуна|ичинен|бери|жөнүндө|каршы|бүт\w+|башталат"
"""Postpositions of Kyrgyz that govern a case: after a bare form they are wrong."""
KY_ENDINGS = r"[нд][ыиуү]н\b|[гк][ае]\b|[дт][ае]н?\b"
"""Endings written onto what is inserted: they follow its sounds, so one of them is wrong for most words."""
RU_NEEDS_A_CASE = r"(?:для|от|к|у|без|вместо|после|против)"
"""Prepositions of Russian before an inserted name: it would have to be declined."""


def messages(locale: str, kinds: set[str]) -> Iterator[str]:
    for message in stored(locale):
        for text in message.string if isinstance(message.string, list | tuple) else (message.string,):
            if message.id and kinds & set(PLACE.findall(text)):
                yield text


def filled(text: str, value: str, kinds: set[str]) -> str:
    return PLACE.sub(lambda match: value if match[1] in kinds else "7", text)


@pytest.mark.parametrize("value", [*NAMES, *(day_text(day, "ky") for day in DAYS)])
def test_nothing_in_kyrgyz_asks_for_an_ending_of_what_is_inserted(value):
    kinds = DATES | PEOPLE
    wrong = [
        said
        for text in messages("ky", kinds)
        for said in [filled(text, value, kinds)]
        if re.search(rf"{re.escape(value)}»?(?:{KY_ENDINGS}| (?:{KY_NEEDS_A_CASE})\b)", said)
    ]
    assert wrong == []


@pytest.mark.parametrize("value", NAMES)
def test_nothing_in_russian_asks_for_an_ending_of_a_name(value):
    wrong = [
        said
        for text in messages("ru", PEOPLE)
        for said in [filled(text, value, PEOPLE)]
        if re.search(rf"\b{RU_NEEDS_A_CASE} {re.escape(value)}", said)
    ]
    assert wrong == []


def test_there_are_messages_to_hold_and_a_wrong_one_would_be_found():
    assert len(list(messages("ky", DATES))) > 30 and len(list(messages("ky", PEOPLE))) > 20
    assert re.search(rf"Үмүт (?:{KY_NEEDS_A_CASE})\b", filled("%(name)s ордуна", "Үмүт", PEOPLE))
