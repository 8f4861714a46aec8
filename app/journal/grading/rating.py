"""The computation of a result from a scheme (2.1e, 2.3), with its arithmetic; no result is typed.

A component is a module or the final. Its part `current` is the mean of the current grades, scaled; every
other part is entered on the sheet. The final adds the fixed results of the modules. Half points round up,
after summing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.kernel.errors import Invalid

MODULE1, MODULE2, FINAL = "MODULE1", "MODULE2", "FINAL"
MODULES = (MODULE1, MODULE2)
COMPONENT_KINDS = (*MODULES, FINAL)
CURRENT_GRADES_PART_KEY = "current"
GRADED, NOT_ATTENDED, NOT_ADMITTED = "GRADED", "NOT_ATTENDED", "NOT_ADMITTED"
MAX_TOTAL = 100
"""The maximum of points of a whole course, and of a current grade."""
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ComponentPart:
    """A part of a component and its maximum of points."""

    key: str
    most: int


@dataclass(frozen=True, slots=True)
class LetterGrade:
    """A letter, the lowest total that earns it, its value in the GPA, and the traditional mark 2 to 5."""

    letter: str
    least: int
    gpa: Decimal
    traditional: int


@dataclass(frozen=True, slots=True)
class Scheme:
    """One version of a grading scheme. `least_final` is the least share of the exam in per cent, 0: none.
    `makeup_cap`: the most points of make-up work of 100 (5.4.2), None: the policy says it."""

    code: str
    version: int
    components: Mapping[str, tuple[ComponentPart, ...]]
    passing: int
    admission: int
    least_final: int
    letters: tuple[LetterGrade, ...]
    makeup_cap: int | None = None

    def most(self, kind: str) -> int:
        """Return the maximum of points of a component."""
        return sum(part.most for part in self.components[kind])

    def entered_part(self, kind: str) -> ComponentPart:
        """Return the part that is entered on the sheet of this kind."""
        return next(part for part in self.components[kind] if part.key != CURRENT_GRADES_PART_KEY)

    def letter_of_total(self, total: Decimal) -> LetterGrade:
        """Return the letter a total earns."""
        return next(one for one in self.letters if total >= one.least)


@dataclass(frozen=True, slots=True)
class TransferOrigin:
    """The group a transferred student came from, and the order of the transfer (cross-cutting 9)."""

    group: str
    order: str

    def as_json(self) -> dict[str, str]:
        """Return the origin as an arithmetic stores it."""
        return {"group": self.group, "order": self.order}


@dataclass(frozen=True, slots=True)
class RatingInputs:
    """The input of a result: current grades 0 to 100, the entered points, the fixed results of the modules.

    `brought` are the grades that a student transferred from another group, `origins` the origins of modules,
    by kind.
    """

    status: str
    entered: Decimal | None = None
    grades: tuple[Decimal, ...] = ()
    modules: tuple[tuple[str, Decimal], ...] = ()
    brought: tuple[tuple[TransferOrigin, tuple[Decimal, ...]], ...] = ()
    origins: tuple[tuple[str, TransferOrigin], ...] = ()


@dataclass(frozen=True, slots=True)
class Rating:
    """A computed result. `arithmetic` is JSON: {parts: [...], sum, total, least?}, put into words by the pages."""

    status: str
    entered: Decimal | None
    total: Decimal
    letter: str | None
    arithmetic: Mapping[str, Any]


def parse_scheme(code: str, version: int, definition: Mapping[str, Any]) -> Scheme:
    """Return the scheme of a definition; raises Invalid naming `definition` when it is not valid (2.3)."""
    try:
        scheme = Scheme(
            code=code,
            version=version,
            components={
                kind: tuple(
                    ComponentPart(str(part["key"]), int(part["most"]))
                    for part in definition["components"][kind]
                )
                for kind in COMPONENT_KINDS
            },
            passing=int(definition["pass"]),
            admission=int(definition["admission"]),
            least_final=int(definition.get("least_final", 0)),
            letters=tuple(
                LetterGrade(
                    str(one["letter"]), int(one["least"]), Decimal(str(one["gpa"])), int(one["traditional"])
                )
                for one in definition["letters"]
            ),
            makeup_cap=int(definition["makeup_cap"]) if definition.get("makeup_cap") is not None else None,
        )
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise Invalid.field("definition", "journal.scheme.unreadable") from None
    problem = _scheme_error_code(scheme)
    if problem:
        raise Invalid.field("definition", problem, most=MAX_TOTAL)
    return scheme


def _scheme_error_code(scheme: Scheme) -> str | None:
    """Return the error code of an invalid scheme, else None: components add up to 100, each has one entered
    part, letters go down to 0."""
    parts = [part for component in scheme.components.values() for part in component]
    if any(part.most <= 0 for part in parts) or sum(part.most for part in parts) != MAX_TOTAL:
        return "journal.scheme.not_a_hundred"
    if any(
        sum(part.key != CURRENT_GRADES_PART_KEY for part in found) != 1
        for found in scheme.components.values()
    ):
        return "journal.scheme.one_entered_part"
    least = [one.least for one in scheme.letters]
    if not least or least != sorted(set(least), reverse=True) or least[-1] != 0 or least[0] > MAX_TOTAL:
        return "journal.scheme.letters"
    names, points = [one.letter for one in scheme.letters], [one.gpa for one in scheme.letters]
    if len(set(names)) < len(names) or points != sorted(points, reverse=True) or points[-1] < 0:
        return "journal.scheme.letters_order"
    if scheme.passing not in least:
        return "journal.scheme.passing_letter"
    if scheme.makeup_cap is not None and not 0 < scheme.makeup_cap <= MAX_TOTAL:
        return "journal.scheme.makeup_cap"
    modules = sum(scheme.most(kind) for kind in MODULES)
    if not 0 < scheme.passing <= MAX_TOTAL or not 0 <= scheme.admission <= modules:
        return "journal.scheme.thresholds"
    return None if 0 <= scheme.least_final <= MAX_TOTAL else "journal.scheme.thresholds"


def is_admitted_to_final(scheme: Scheme, modules: Sequence[tuple[str, Decimal]]) -> bool:
    """Return whether the results of the modules admit to the final (scheme: `admission`)."""
    return sum((points for _kind, points in modules), Decimal(0)) >= scheme.admission


def compute_rating(scheme: Scheme, kind: str, inputs: RatingInputs) -> Rating:
    """Compute the result of one student in a component."""
    parts: list[dict[str, Any]] = []
    for part in scheme.components[kind]:
        parts.append(
            _current_grades_arithmetic(part, inputs)
            if part.key == CURRENT_GRADES_PART_KEY
            else _entered_points_arithmetic(part, inputs)
        )
    if kind == FINAL:
        parts = _module_results_arithmetic(scheme, inputs) + parts
    exact = sum((Decimal(part["points"]) for part in parts), Decimal(0))
    total = exact.to_integral_value(ROUND_HALF_UP)
    arithmetic: dict[str, Any] = {"parts": parts, "sum": format_points(exact), "total": format_points(total)}
    return Rating(
        inputs.status,
        inputs.entered,
        total,
        _letter_of_final_or_none(scheme, kind, inputs, total, arithmetic),
        arithmetic,
    )


def _module_results_arithmetic(scheme: Scheme, inputs: RatingInputs) -> list[dict[str, Any]]:
    """Return the fixed results of the modules; one fixed in another group names it."""
    origins = {kind: origin.as_json() for kind, origin in inputs.origins}
    return [
        {"key": kind, "points": format_points(points), "most": scheme.most(kind), **origins.get(kind, {})}
        for kind, points in inputs.modules
    ]


def taken_over_act_or_none(arithmetic: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Return number and day (ISO) of the act by which a sum was taken over, None for a result computed here."""
    return arithmetic.get("takeover")


def most_points_to_decide(scheme: Scheme, kind: str, arithmetic: Mapping[str, Any]) -> int:
    """Return the maximum of points that a commission decides about: the whole result where its sum was taken over,
    else the part that is entered on the sheet."""
    whole = taken_over_act_or_none(arithmetic) is not None
    return scheme.most(kind) if whole else scheme.entered_part(kind).most


def rating_of_taken_over_sum(total: Decimal, arithmetic: Mapping[str, Any]) -> Rating:
    """Return the rating of a sum that was taken over without its parts: nothing is computed, the act stays named."""
    text = format_points(total)
    return Rating(GRADED, None, total, None, {**arithmetic, "parts": [], "sum": text, "total": text})


def transferred_grades_by_origin(
    arithmetic: Mapping[str, Any],
) -> tuple[tuple[TransferOrigin, tuple[Decimal, ...]], ...]:
    """Return the grades of an arithmetic that were transferred from another group."""
    return tuple(
        (TransferOrigin(one["group"], one["order"]), tuple(Decimal(grade) for grade in one["grades"]))
        for part in arithmetic["parts"]
        for one in part.get("brought", ())
    )


def transferred_module_origins(arithmetic: Mapping[str, Any]) -> tuple[tuple[str, TransferOrigin], ...]:
    """Return the modules of an arithmetic that were fixed in another group."""
    return tuple(
        (part["key"], TransferOrigin(part["group"], part["order"]))
        for part in arithmetic["parts"]
        if "group" in part
    )


def _current_grades_arithmetic(part: ComponentPart, inputs: RatingInputs) -> dict[str, Any]:
    """Return the mean of the current grades, scaled to the part; without a grade 0 points."""
    grades = inputs.grades
    brought = [
        {**origin.as_json(), "grades": [format_points(grade) for grade in its]}
        for origin, its in inputs.brought
    ]
    mean = sum(grades, Decimal(0)) / len(grades) if grades else Decimal(0)
    return {
        "key": part.key,
        "most": part.most,
        "grades": [format_points(grade) for grade in grades],
        "mean": format_points(mean.quantize(HUNDREDTH, ROUND_HALF_UP)),
        "points": format_points((mean * part.most / MAX_TOTAL).quantize(HUNDREDTH, ROUND_HALF_UP)),
        **({"brought": brought} if brought else {}),
    }


def _entered_points_arithmetic(part: ComponentPart, inputs: RatingInputs) -> dict[str, Any]:
    points = inputs.entered if inputs.status == GRADED and inputs.entered is not None else Decimal(0)
    return {"key": part.key, "most": part.most, "points": format_points(points), "status": inputs.status}


def _letter_of_final_or_none(
    scheme: Scheme, kind: str, inputs: RatingInputs, total: Decimal, arithmetic: dict[str, Any]
) -> str | None:
    """Return the letter of a final; None for a student who was not admitted or did not attend. An exam below
    its least share fails the course."""
    if kind != FINAL or inputs.status != GRADED:
        return None
    if scheme.least_final and _exam_percent(scheme, inputs.entered) < scheme.least_final:
        arithmetic["least_final"] = scheme.least_final
        return scheme.letters[-1].letter
    return scheme.letter_of_total(total).letter


def _exam_percent(scheme: Scheme, entered: Decimal | None) -> Decimal:
    """Return the points of an exam in per cent of its maximum."""
    return entered * 100 / scheme.most(FINAL) if entered is not None else Decimal(0)


def format_points(number: Decimal) -> str:
    """Return a number without trailing zeros: "23.5", "24", "0"."""
    return format(number.normalize(), "f") if number else "0"
