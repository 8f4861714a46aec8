"""Structure of the demo university: institutes, departments, disciplines, groups, numbers of people."""

from __future__ import annotations

from dataclasses import dataclass

Texts = dict[str, str]


def three_texts(ky: str, ru: str, en: str) -> Texts:
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


UNIVERSITY = three_texts(
    "Ош технологиялык университети (демо)",
    "Ошский технологический университет (демо)",
    "Osh Technological University (demo)",
)

INSTITUTES = (
    Institute(
        "IIT",
        three_texts(
            "Маалымат технологиялар институту",
            "Институт информационных технологий",
            "Institute of Information Technology",
        ),
        (
            Department(
                "PI",
                three_texts("Программалык инженерия", "Программная инженерия", "Software Engineering"),
                (
                    (
                        "PI-101",
                        three_texts("Программалоонун негиздери", "Основы программирования", "Programming I"),
                    ),
                    ("PI-204", three_texts("Берилиштер базасы", "Базы данных", "Databases")),
                    ("PI-310", three_texts("Веб-технологиялар", "Веб-технологии", "Web Technologies")),
                ),
            ),
            Department(
                "VM",
                three_texts("Жогорку математика", "Высшая математика", "Higher Mathematics"),
                (
                    (
                        "VM-101",
                        three_texts("Математикалык анализ I", "Математический анализ I", "Calculus I"),
                    ),
                    ("VM-102", three_texts("Сызыктуу алгебра", "Линейная алгебра", "Linear Algebra")),
                    ("VM-205", three_texts("Ыктымалдуулук теориясы", "Теория вероятностей", "Probability")),
                ),
            ),
        ),
        ("ИВТ-1-25", "ИВТ-2-24", "ПИ-1-24", "ПИ-2-23"),
    ),
    Institute(
        "ISA",
        three_texts(
            "Курулуш жана архитектура институту",
            "Институт строительства и архитектуры",
            "Institute of Construction and Architecture",
        ),
        (
            Department(
                "PGS",
                three_texts("Өнөр жай курулушу", "Промышленное строительство", "Industrial Construction"),
                (
                    (
                        "PGS-101",
                        three_texts("Курулуш материалдары", "Строительные материалы", "Building Materials"),
                    ),
                    (
                        "PGS-203",
                        three_texts("Курулуш механикасы", "Строительная механика", "Structural Mechanics"),
                    ),
                    ("PGS-301", three_texts("Темир-бетон", "Железобетон", "Reinforced Concrete")),
                ),
            ),
            Department(
                "ARH",
                three_texts("Архитектура", "Архитектура", "Architecture"),
                (
                    (
                        "ARH-101",
                        three_texts("Сызма геометрия", "Начертательная геометрия", "Descriptive Geometry"),
                    ),
                    (
                        "ARH-202",
                        three_texts(
                            "Архитектуранын тарыхы", "История архитектуры", "History of Architecture"
                        ),
                    ),
                    ("ARH-305", three_texts("Шаар куруу", "Градостроительство", "Urban Planning")),
                ),
            ),
        ),
        ("ПГС-1-25", "ПГС-2-24", "АРХ-1-24", "АРХ-2-23"),
    ),
)
PROGRAMMES = {
    "ИВТ": three_texts(
        "710100 Информатика жана эсептөө техникасы",
        "710100 Информатика и вычислительная техника",
        "710100 Computer Science and Engineering",
    ),
    "ПИ": three_texts(
        "710400 Программалык инженерия", "710400 Программная инженерия", "710400 Software Engineering"
    ),
    "ПГС": three_texts(
        "750500 Курулуш: өнөр жай жана жарандык",
        "750500 Строительство: промышленное и гражданское",
        "750500 Industrial and Civil Construction",
    ),
    "АРХ": three_texts("750100 Архитектура", "750100 Архитектура", "750100 Architecture"),
}
"""Programmes by the first letters of a group's name."""
STUDENTS_PER_GROUP = 25
TEACHERS_PER_DEPARTMENT = 5
OFFERINGS_PER_GROUP = 4
WEEKS_BACK, WEEKS_AHEAD = 11, 4
PASSWORD = "demo-depter-2026"
