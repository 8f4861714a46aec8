"""Every notice reads well in three languages, and a letter says less than the bell."""

from __future__ import annotations

import pytest

from app.kernel.i18n import LOCALES
from app.notices.texts import TITLES, compose_notice_text
from app.texts.subject_line import case_subject_line

SUBJECT = {
    "course": {"ky": "Математика I", "ru": "Математика I", "en": "Calculus I"},
    "group": "ИВТ-2-23",
    "cells": [
        {
            "student": "Асанова А.",
            "date": "2026-10-12",
            "lesson_type": "LECTURE",
            "old": "ABSENT",
            "new": "PRESENT",
        },
        {"student": "Маматов Б.", "date": "2026-10-12", "lesson_type": "LECTURE", "old": "", "new": "8"},
    ],
}
PARAMS = {
    "number": "C-2026-000017",
    "process": {"ky": "Кечиккен оңдоо", "ru": "Позднее исправление", "en": "Late correction"},
    "title": {"ky": "Виза", "ru": "Виза", "en": "Visa of the department head"},
    "subject": SUBJECT,
    "due_at": "2026-10-15T11:00:00+00:00",
    "clause": "4.4.2",
    "behalf": "Токтогулова Нургүл",
    "by_name": "Жээнбеков Азамат",
    "name": "classes.zip",
    "since": "2026-10-14",
    "until": "2026-10-20",
    "counts": {"created": 3, "changed": 2, "refused": 1},
}


def test_a_task_says_what_about_whom_and_by_when():
    worded = compose_notice_text("cases.task.opened", {**PARAMS, "behalf": None}, "en")
    assert worded.title == "A task for you: Visa of the department head"
    assert worded.lines[0] == ("Calculus I, ИВТ-2-23, Асанова А. and 1 more: 2 marks")
    assert "C-2026-000017, Late correction" in worded.lines
    assert any("Thu 15 Oct, 17:00" in line for line in worded.lines)


@pytest.mark.parametrize(
    ("more", "title"),
    [
        ({"pooled": True, "behalf": None}, "A task for your role: Visa of the department head"),
        ({}, "A task for you in place of Токтогулова Нургүл: Visa of the department head"),
    ],
)
def test_a_task_says_in_which_capacity(more, title):
    assert compose_notice_text("cases.task.opened", {**PARAMS, **more}, "en").title == title


@pytest.mark.parametrize("outcome", ["applied", "rejected", "reclassified", "withdrawn", "cell_changed"])
def test_an_end_says_how_it_ended(outcome):
    titles = {
        compose_notice_text("cases.case.ended", {**PARAMS, "outcome": end}, "en").title
        for end in (outcome, "")
    }
    assert len(titles) == (2 if f"cases.case.ended:{outcome}" in TITLES else 1)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("key", TITLES)
def test_nothing_in_a_notice_stays_unworded(key, locale):
    event_type, _, variant = key.partition(":")
    worded = compose_notice_text(event_type, {**PARAMS, "outcome": variant, "kind": variant}, locale)
    said = "\n".join((worded.title, *worded.lines))
    assert worded.title and "%(" not in said and "{" not in said and "None" not in said


def test_a_letter_names_no_student_and_no_mark():
    worded = compose_notice_text("cases.case.ended", {**PARAMS, "outcome": "applied"}, "ky", discreet=True)
    assert "Асанова" not in worded.text and "→" not in worded.text and "Жээнбеков" not in worded.text
    assert worded.lines[0] == "Математика I, ИВТ-2-23"


def test_a_notice_without_structure_is_still_a_notice():
    assert compose_notice_text("cases.case.returned", {}, "en").title == "Returned to you for rework:"
    assert compose_notice_text("tests.of.tomorrow", {}, "en").title == "News"
    assert case_subject_line({}, "en") == ""
