"""Structure of the demo university: institutes, departments, disciplines, groups, numbers of people."""

from __future__ import annotations

from dataclasses import dataclass

TextByLanguage = dict[str, str]


def text_by_language(ky: str, ru: str, en: str) -> TextByLanguage:
    """Return one text in three languages."""
    return {"ky": ky, "ru": ru, "en": en}


@dataclass(frozen=True, slots=True)
class Department:
    """A department and its disciplines."""

    code: str
    names: TextByLanguage
    courses: tuple[tuple[str, TextByLanguage], ...]


@dataclass(frozen=True, slots=True)
class Institute:
    """An institute, its departments and its groups."""

    code: str
    names: TextByLanguage
    departments: tuple[Department, ...]
    groups: tuple[str, ...]


UNIVERSITY_NAME = text_by_language(
    "Ош технологиялык университети (демо)",
    "Ошский технологический университет (демо)",
    "Osh Technological University (demo)",
)

INSTITUTES = (
    Institute(
        "IIT",
        text_by_language(
            "Маалымат технологиялар институту",
            "Институт информационных технологий",
            "Institute of Information Technology",
        ),
        (
            Department(
                "PI",
                text_by_language("Программалык инженерия", "Программная инженерия", "Software Engineering"),
                (
                    (
                        "PI-101",
                        text_by_language(
                            "Программалоонун негиздери", "Основы программирования", "Programming I"
                        ),
                    ),
                    ("PI-204", text_by_language("Берилиштер базасы", "Базы данных", "Databases")),
                    ("PI-310", text_by_language("Веб-технологиялар", "Веб-технологии", "Web Technologies")),
                ),
            ),
            Department(
                "VM",
                text_by_language("Жогорку математика", "Высшая математика", "Higher Mathematics"),
                (
                    (
                        "VM-101",
                        text_by_language("Математикалык анализ I", "Математический анализ I", "Calculus I"),
                    ),
                    ("VM-102", text_by_language("Сызыктуу алгебра", "Линейная алгебра", "Linear Algebra")),
                    (
                        "VM-205",
                        text_by_language("Ыктымалдуулук теориясы", "Теория вероятностей", "Probability"),
                    ),
                ),
            ),
        ),
        ("ИВТ-1-25", "ИВТ-2-24", "ПИ-1-24", "ПИ-2-23"),
    ),
    Institute(
        "ISA",
        text_by_language(
            "Курулуш жана архитектура институту",
            "Институт строительства и архитектуры",
            "Institute of Construction and Architecture",
        ),
        (
            Department(
                "PGS",
                text_by_language(
                    "Өнөр жай курулушу", "Промышленное строительство", "Industrial Construction"
                ),
                (
                    (
                        "PGS-101",
                        text_by_language(
                            "Курулуш материалдары", "Строительные материалы", "Building Materials"
                        ),
                    ),
                    (
                        "PGS-203",
                        text_by_language(
                            "Курулуш механикасы", "Строительная механика", "Structural Mechanics"
                        ),
                    ),
                    ("PGS-301", text_by_language("Темир-бетон", "Железобетон", "Reinforced Concrete")),
                ),
            ),
            Department(
                "ARH",
                text_by_language("Архитектура", "Архитектура", "Architecture"),
                (
                    (
                        "ARH-101",
                        text_by_language(
                            "Сызма геометрия", "Начертательная геометрия", "Descriptive Geometry"
                        ),
                    ),
                    (
                        "ARH-202",
                        text_by_language(
                            "Архитектуранын тарыхы", "История архитектуры", "History of Architecture"
                        ),
                    ),
                    ("ARH-305", text_by_language("Шаар куруу", "Градостроительство", "Urban Planning")),
                ),
            ),
        ),
        ("ПГС-1-25", "ПГС-2-24", "АРХ-1-24", "АРХ-2-23"),
    ),
)
PROGRAMME_CODES = {"ИВТ": "710100", "ПИ": "710400", "ПГС": "750500", "АРХ": "750100"}
PROGRAMME_TITLES = {
    "ИВТ": text_by_language(
        "Информатика жана эсептөө техникасы",
        "Информатика и вычислительная техника",
        "Computer Science and Engineering",
    ),
    "ПИ": text_by_language("Программалык инженерия", "Программная инженерия", "Software Engineering"),
    "ПГС": text_by_language(
        "Курулуш: өнөр жай жана жарандык",
        "Строительство: промышленное и гражданское",
        "Industrial and Civil Construction",
    ),
    "АРХ": text_by_language("Архитектура", "Архитектура", "Architecture"),
}
"""Programmes by the first letters of a group's name."""
STUDENTS_PER_GROUP = 25
TEACHERS_PER_DEPARTMENT = 5
OFFERINGS_PER_GROUP = 4
WEEKS_BACK, WEEKS_AHEAD = 11, 4
DEMO_PASSWORD = "demo-depter-2026"
