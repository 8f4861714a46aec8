"""Views of the variants of a process: how many finished cases took each way, how long it lasted, what differs from the
happy path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace

from flask import url_for

from app.bpmn.model import GRANTED, ProcessModel
from app.bpmn.progress import happy_path_task_ids, main_path_task_ids
from app.cases.mining.rules import (
    ASIDE,
    OTHER_END,
    REPEATED,
    SKIPPED,
    Deviation,
    ExpectedWay,
    count_cases_by_deviation,
    find_deviations,
)
from app.cases.mining.variant_queries import Variant, VariantCase, VariantSummary
from app.cases.queries.step_statistics import StepStatistics
from app.diagrams.versions import PublishedDiagram
from app.texts.subject_line import case_subject_line
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.labels import cases as case_labels
from app.web.labels.processes import duration_text

VARIANTS_ON_PROCESS_PAGE = 6
VARIANTS_ON_OWN_PAGE = 100
DEVIATION_LABELS: Mapping[str, str] = {
    REPEATED: N_("repeated"),
    SKIPPED: N_("left out"),
    ASIDE: N_("beside the usual path"),
    OTHER_END: N_("ended otherwise"),
}
"""Words of the kinds of deviation."""


@dataclass(frozen=True)
class VariantSection:
    """The variants of a process for a page. `usual` are the steps of the happy path, `straight` how many cases took no
    other way; `more` is how many variants are not listed."""

    cases: int
    straight: SimpleNamespace
    usual: tuple[SimpleNamespace, ...]
    variants: tuple[SimpleNamespace, ...]
    deviations: tuple[SimpleNamespace, ...]
    more: int
    all_url: str


def expected_way(model: ProcessModel) -> ExpectedWay:
    """Return what the diagram expects of a case that ends well."""
    return ExpectedWay(
        always=tuple(happy_path_task_ids(model)),
        main=frozenset(main_path_task_ids(model)),
        good_outcomes=frozenset(end.outcome for end in model.ends.values() if end.result == GRANTED),
    )


def variant_section(
    process: str,
    published: PublishedDiagram,
    summary: VariantSummary,
    params: Mapping[str, str],
    most: int = VARIANTS_ON_PROCESS_PAGE,
) -> VariantSection:
    """Return the variants and deviations of the cases of a period; nothing is compared when none ended."""
    expected = expected_way(published.model) if summary.cases else ExpectedWay((), frozenset(), frozenset())
    deviations = count_cases_by_deviation(
        [(one.steps, one.outcome, one.cases) for one in summary.variants], expected
    )
    straight = [one for one in summary.variants if not find_deviations(one.steps, one.outcome, expected)]
    return VariantSection(
        cases=summary.cases,
        straight=_counted(process, sum(one.cases for one in straight), summary.cases, params, way="usual"),
        usual=tuple(_step_view(published, step) for step in expected.always),
        variants=tuple(
            _variant_view(process, published, one, expected, summary.cases, params)
            for one in summary.variants[:most]
        ),
        deviations=tuple(
            SimpleNamespace(
                kind=deviation.kind,
                label=_(DEVIATION_LABELS[deviation.kind]),
                title=deviation_title(published, deviation),
                figure=_counted(process, cases, summary.cases, params, deviation=deviation_key(deviation)),
            )
            for deviation, cases in deviations.items()
        ),
        more=max(0, len(summary.variants) - most),
        all_url=variants_url(process, params),
    )


def variants_url(process: str, params: Mapping[str, str], **changed: str) -> str:
    """Return the address of the finished cases of a process by their way, with the filters of the map."""
    query = {name: params.get(name, "") for name in ("period", "from", "to", "unit")} | changed
    kept = {name: value for name, value in query.items() if value}
    return url_for("variants.show_variants", process=process, **kept)  # type: ignore[arg-type]


def deviation_key(deviation: Deviation) -> str:
    """Return a deviation as the address holds it."""
    return f"{deviation.kind}:{deviation.element}"


def deviation_title(published: PublishedDiagram, deviation: Deviation) -> str:
    """Return the title of the step or of the end of a deviation."""
    if deviation.kind == OTHER_END:
        return outcome_title(published, deviation.element)
    return case_labels.element_title(published, deviation.element, locale())


def outcome_title(published: PublishedDiagram, outcome: str) -> str:
    """Return how a case ended in words: the title of its end, or the words of its status."""
    if outcome in case_labels.CASE_STATUS_LABELS and not published.model.find_end_with_outcome(outcome):
        return _(case_labels.CASE_STATUS_LABELS[outcome])
    return case_labels.case_state_label("done", outcome, published)


def statistics_with_deviations(
    counts: Mapping[str, StepStatistics], summary: VariantSummary, model: ProcessModel
) -> dict[str, StepStatistics]:
    """Return the statistics with the number of cases that left the happy path at each step."""
    away: dict[str, int] = {}
    expected = expected_way(model)
    for deviation, cases in count_cases_by_deviation(
        [(one.steps, one.outcome, one.cases) for one in summary.variants], expected
    ).items():
        if deviation.kind != OTHER_END:
            away[deviation.element] = away.get(deviation.element, 0) + cases
    empty = {step: StepStatistics(step, 0, 0, None, 0, None, None) for step in away}
    return {
        element: replace(row, deviating=away.get(element, 0))
        for element, row in (empty | dict(counts)).items()
    }


def variants_with_way(
    published: PublishedDiagram, summary: VariantSummary, way: str, variant: str, deviation: str
) -> list[Variant]:
    """Return the variants that a filter of the address names: one variant, all with a deviation, or those without any
    (`way` "usual"); all without a filter."""
    expected = expected_way(published.model)

    def is_chosen(one: Variant) -> bool:
        if variant:
            return one.key == variant
        found = find_deviations(one.steps, one.outcome, expected)
        if deviation:
            return any(deviation_key(each) == deviation for each in found)
        return way != "usual" or not found

    return [one for one in summary.variants if is_chosen(one)]


def variant_case_rows(rows: Iterable[VariantCase]) -> list[SimpleNamespace]:
    """Return finished cases as rows; one that the visitor may only count has no address."""
    return [
        SimpleNamespace(
            number=row.number,
            url=url_for("cases.show_case", case_id=row.id) if row.readable else None,
            about=case_subject_line(row.subject, locale()) if row.readable else "",
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            time=duration_text(row.time),
        )
        for row in rows
    ]


def _variant_view(
    process: str,
    published: PublishedDiagram,
    variant: Variant,
    expected: ExpectedWay,
    cases: int,
    params: Mapping[str, str],
) -> SimpleNamespace:
    """Return one variant: its steps with their sign, its end, share and median."""
    kinds = {one.element: one.kind for one in find_deviations(variant.steps, variant.outcome, expected)}
    skipped = [element for element, kind in kinds.items() if kind == SKIPPED]
    return SimpleNamespace(
        steps=[_step_view(published, step, kinds.get(step, "")) for step in variant.steps]
        + [_step_view(published, step, SKIPPED) for step in skipped],
        end=outcome_title(published, variant.outcome),
        is_good_end=variant.outcome in expected.good_outcomes,
        is_usual=not kinds,
        figure=_counted(process, variant.cases, cases, params, variant=variant.key),
        median=duration_text(variant.median),
    )


def _step_view(published: PublishedDiagram, step: str, kind: str = "") -> SimpleNamespace:
    """Return one step of a way with the word of its deviation."""
    return SimpleNamespace(
        title=case_labels.element_title(published, step, locale()),
        kind=kind,
        label=_(DEVIATION_LABELS[kind]) if kind else "",
    )


def _counted(
    process: str, count: int, total: int, params: Mapping[str, str], **filters: str
) -> SimpleNamespace:
    """Return a number of cases with its share in per cent, and the key and the address of its list."""
    share = 100 * count / total if total else 0.0
    return SimpleNamespace(
        count=count,
        share=share,
        share_text=f"{share:.0f} %" if share >= 1 or not count else "< 1 %",
        key=next(iter(filters.values())),
        url=variants_url(process, params, **filters),
    )
