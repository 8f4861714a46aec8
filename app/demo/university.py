"""Structure of the demo university: institutes, departments, disciplines, groups, numbers of people."""

from __future__ import annotations

from dataclasses import dataclass

Texts = dict[str, str]


def texts(ky: str, ru: str, en: str) -> Texts:
    """Return one text in three languages."""
    return {"ky": ky, "ru": ru, "en": en}


@dataclass(frozen=True, slots=True)
class Department:
    """A department and its disciplines."""

    code: str
    names: Texts
    courses: tuple[tuple[str, Texts], ...]


@dataclass(frozen=True, slots=True)
class Institute:
    """An institute, its departments and its groups."""

    code: str
    names: Texts
    departments: tuple[Department, ...]
    groups: tuple[str, ...]


UNIVERSITY = texts(
    "Ош технологиялык университети (демо)",
    "Ошский технологический университет (демо)",
    "Osh Technological University (demo)",
)

INSTITUTES = (
    Institute(
        "IIT",
        texts(
            "Маалымат технологиялар институту",
            "Институт информационных технологий",
            "Institute of Information Technology",
        ),
        (
            Department(
                "PI",
                texts("Программалык инженерия", "Программная инженерия", "Software Engineering"),
                (
                    (
                        "PI-101",
                        texts("Программалоонун негиздери", "Основы программирования", "Programming I"),
                    ),
                    ("PI-204", texts("Берилиштер базасы", "Базы данных", "Databases")),
                    ("PI-310", texts("Веб-технологиялар", "Веб-технологии", "Web Technologies")),
                ),
            ),
            Department(
                "VM",
                texts("Жогорку математика", "Высшая математика", "Higher Mathematics"),
                (
                    ("VM-101", texts("Математикалык анализ I", "Математический анализ I", "Calculus I")),
                    ("VM-102", texts("Сызыктуу алгебра", "Линейная алгебра", "Linear Algebra")),
                    ("VM-205", texts("Ыктымалдуулук теориясы", "Теория вероятностей", "Probability")),
                ),
            ),
        ),
        ("ИВТ-1-25", "ИВТ-2-24", "ПИ-1-24", "ПИ-2-23"),
    ),
    Institute(
        "ISA",
        texts(
            "Курулуш жана архитектура институту",
            "Институт строительства и архитектуры",
            "Institute of Construction and Architecture",
        ),
        (
            Department(
                "PGS",
                texts("Өнөр жай курулушу", "Промышленное строительство", "Industrial Construction"),
                (
                    (
                        "PGS-101",
                        texts("Курулуш материалдары", "Строительные материалы", "Building Materials"),
                    ),
                    ("PGS-203", texts("Курулуш механикасы", "Строительная механика", "Structural Mechanics")),
                    ("PGS-301", texts("Темир-бетон", "Железобетон", "Reinforced Concrete")),
                ),
            ),
            Department(
                "ARH",
                texts("Архитектура", "Архитектура", "Architecture"),
                (
                    ("ARH-101", texts("Сызма геометрия", "Начертательная геометрия", "Descriptive Geometry")),
                    (
                        "ARH-202",
                        texts("Архитектуранын тарыхы", "История архитектуры", "History of Architecture"),
                    ),
                    ("ARH-305", texts("Шаар куруу", "Градостроительство", "Urban Planning")),
                ),
            ),
        ),
        ("ПГС-1-25", "ПГС-2-24", "АРХ-1-24", "АРХ-2-23"),
    ),
)
PROGRAMMES = {
    "ИВТ": texts(
        "710100 Информатика жана эсептөө техникасы",
        "710100 Информатика и вычислительная техника",
        "710100 Computer Science and Engineering",
    ),
    "ПИ": texts(
        "710400 Программалык инженерия", "710400 Программная инженерия", "710400 Software Engineering"
    ),
    "ПГС": texts(
        "750500 Курулуш: өнөр жай жана жарандык",
        "750500 Строительство: промышленное и гражданское",
        "750500 Industrial and Civil Construction",
    ),
    "АРХ": texts("750100 Архитектура", "750100 Архитектура", "750100 Architecture"),
}
"""Programmes by the first letters of a group's name."""
STUDENTS_A_GROUP = 25
TEACHERS_A_DEPARTMENT = 5
OFFERINGS_A_GROUP = 4
WEEKS_BACK, WEEKS_AHEAD = 11, 4
PASSWORD = "demo-depter-2026"
