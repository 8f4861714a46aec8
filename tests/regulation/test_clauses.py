"""What a clause says and how the university has set it are two texts: no value of ours stands in the first (1.3.1)."""

from __future__ import annotations

import re

import pytest

from app.kernel.i18n import LOCALES
from app.regulation.clauses import all_clauses
from app.regulation.seed import read_seed_policies

NUMBERS = re.findall(
    r"\S+",
    """1.1 1.2 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 1.4.3 1.4.4 1.5.1 1.5.2 2.1 2.2.1 2.3 3.1 3.2 4.1.1 4.1.2
    4.2.1 4.2.2 4.2.3 4.2.4 4.3.1 4.3.2 4.3.3 4.4.1 4.4.2 4.4.3 5.1.1 5.1.2 5.1.3 5.2.1 5.2.2 5.2.3 5.3.1 5.3.2
    5.4.1 5.4.2 5.4.3 5.5.1 5.5.2 5.5.3 5.6 6.1 6.2 6.3 7.1 7.2 7.3 7.4 7.5 7.6 7.7
    8.1 8.2 8.3 8.4 8.5 8.6 8.7 8.8 A1 A2 A3 A4""",
)
"""Every clause of the adopted text, and its annexes, in its order."""

FIGURES_IN_SOURCE = {
    "2.2.1": {"1"},
    "4.2.1": {"24"},
    "4.2.3": {"3"},
    "4.3.1": {"5"},
    "4.4.1": {"3"},
    "4.4.2": {"3"},
    "5.3.1": {"14"},
    "5.4.3": {"4.4"},
    "6.2": {"3"},
    "6.3": {"1", "4.4"},
    "7.5": {"5"},
    "7.6": {"4.4.2"},
    "7.7": {"2"},
    "8.6": {"3"},
    "8.7": {"4"},
    "8.8": {"3", "4"},
    "A3": {"8.6"},
    "A4": {"8.7"},
}
"""The figures that the adopted text has in a clause, as it was read in Kyrgyz (A3 and A4: where the sheet is named)."""

OUR_OWN_WORDS = {
    "1.4.4": ("өчүр", "удалить", "delete"),
    "4.2.1": ("аягын", "окончан", "end of the lesson"),
    "4.2.2": ("систем", "system"),
    "4.3.2": ("уруксат", "разрешен", "permission"),
    "4.4.1": ("себебин", "причин", "reason", "биринчи", "перв", "first"),
    "4.4.2": ("чечет", "решает", "decides"),
    "5.1.2": ("тандайт", "выбирает", "chooses"),
    "5.2.2": ("практик", "лабор", "practical", "laborator"),
    "5.2.3": (" да отработка", "тоже", " too"),
    "5.3.2": ("семестрдин акыркы күнү", "последний день семестра", "last day of the semester"),
    "6.3": ("модул", "жыйынтык", "module", "final"),
    "7.1": ("медицин", "medical"),
    "8.5": ("токто", "приостан", "paused"),
}
"""What the product once printed as the words of a clause and the adopted text does not say."""


def test_every_clause_of_the_regulation_is_there_in_its_order_and_in_three_languages():
    assert [clause.number for clause in all_clauses()] == NUMBERS
    for clause in all_clauses():
        for texts in (clause.titles, clause.says, *(line.texts for line in clause.here)):
            assert set(texts) == set(LOCALES) and all(texts.values()), clause.number


@pytest.mark.parametrize("locale", LOCALES)
def test_a_clause_says_only_the_figures_of_the_adopted_text_and_all_of_them(locale):
    for clause in all_clauses():
        figures = set(re.findall(r"\d+(?:\.\d+)*", clause.says[locale]))
        assert figures == FIGURES_IN_SOURCE.get(clause.number, set()), clause.number
        assert "{" not in clause.says[locale], clause.number


def test_no_default_of_ours_stands_in_what_a_clause_says():
    clauses = {clause.number: clause for clause in all_clauses()}
    for row in read_seed_policies():
        clause = clauses.get(row["clause"])
        if clause and row["measure"] != "code" and row["value"] != "0":
            stands = row["value"] in FIGURES_IN_SOURCE.get(clause.number, set())
            assert stands or row["source"] == "default", f"{row['key']} is not in the text of {clause.number}"
    for number, words in OUR_OWN_WORDS.items():
        said = " ".join(clauses[number].says.values()).casefold()
        assert [word for word in words if word.casefold() in said] == [], number


def test_a_setting_names_only_policies_that_there_are_and_no_length_by_itself():
    values = {row["key"]: row for row in read_seed_policies()}
    for clause in all_clauses():
        for line in clause.here:
            assert not line.policy or line.policy in values, clause.number
            for text in line.texts.values():
                assert set(re.findall(r"\{([^}]*)\}", text)) <= set(values), clause.number
                assert not re.search(r"\d+ (?:календар|жумушчу|рабоч|calendar|working)", text), clause.number
