"""Pages that replay the last finished cases of a process on one of its versions, or on a draft."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from babel.numbers import format_decimal
from flask import render_template, request, url_for

from app.bpmn.engine import CaseSpec, compile_case_spec
from app.bpmn.errors import DiagramError
from app.bpmn.model import ProcessModel
from app.bpmn.parse import parse_diagram
from app.cases.migration.queries import load_readable_case_ids
from app.cases.queries import processes as queries
from app.cases.replays.queries import REPLAY_SIZES, Parting, replay_finished_cases
from app.diagrams import draft_queries
from app.diagrams.lint.messages import element_titles
from app.diagrams.versions import VersionDamaged, load_version, load_version_unless_damaged
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import babel_locale, pick_text
from app.texts.translate import locale, ngettext
from app.web.core.visitor import allow_access, current_act
from app.web.labels.messages import message_text
from app.web.processes.heat import LEVELS as HEAT_LEVELS
from app.web.studio import presenter
from app.web.studio.comparison_routes import require_version
from app.web.studio.routes import blueprint, load_version_rows

CASES_PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class ReplayTarget:
    """What finished cases are replayed on. `spec` is None while the drawing cannot be read."""

    key: str
    xml: str
    spec: CaseSpec | None
    heading: Any


@blueprint.get("/processes/<process>/versions/<int:version>/replay")
@allow_access("processes.read")
def show_version_replay(process: str, version: int) -> str:
    """Show how the last finished cases would have gone on a version."""
    drawing = url_for(
        "studio.get_version_replay_json", process=process, version=version, **_read_replay_params()
    )
    return _render_replay_page(
        _version_replay_target(process, version), _version_replay_url_builder(process, version), drawing
    )


@blueprint.get("/processes/<process>/versions/<int:version>/replay.json")
@allow_access("processes.read")
def get_version_replay_json(process: str, version: int) -> Any:
    """Return the drawing of a version with the number of cases that would part at each step."""
    return _replay_json(
        _version_replay_target(process, version), _version_replay_url_builder(process, version)
    )


@blueprint.get("/processes/drafts/<uuid:draft_id>/replay")
@allow_access("processes.edit")
def show_draft_replay(draft_id: UUID) -> str:
    """Show how the last finished cases would have gone on a draft."""
    drawing = url_for("studio.get_draft_replay_json", draft_id=draft_id, **_read_replay_params())
    return _render_replay_page(_draft_replay_target(draft_id), _draft_replay_url_builder(draft_id), drawing)


@blueprint.get("/processes/drafts/<uuid:draft_id>/replay.json")
@allow_access("processes.edit")
def get_draft_replay_json(draft_id: UUID) -> Any:
    """Return the drawing of a draft with the number of cases that would part at each step."""
    return _replay_json(_draft_replay_target(draft_id), _draft_replay_url_builder(draft_id))


def _version_replay_url_builder(process: str, version: int) -> Callable[..., str]:
    return partial(url_for, "studio.show_version_replay", process=process, version=version)


def _draft_replay_url_builder(draft_id: UUID) -> Callable[..., str]:
    return partial(url_for, "studio.show_draft_replay", draft_id=draft_id)


def _version_replay_target(process: str, number: int) -> ReplayTarget:
    """Return a version. Raises Missing for an unknown or a damaged one."""
    row = require_version(load_version_rows(process), number)
    try:
        version = load_version(row.id)
    except VersionDamaged:
        raise Missing from None
    return ReplayTarget(row.key, version.xml, version.spec, presenter.version_heading(row))


def _draft_replay_target(draft_id: UUID) -> ReplayTarget:
    """Return a draft. Raises Missing."""
    stored = draft_queries.load_open_draft(draft_id)
    try:
        spec = compile_case_spec(parse_diagram(stored.xml.encode()))
    except DiagramError:
        spec = None
    return ReplayTarget(stored.row.key, stored.xml, spec, presenter.draft_heading(stored.row))


def _read_replay_params() -> dict[str, Any]:
    """Return the number of cases in the address. Raises Invalid (`last`) for one that is not offered."""
    given = request.args.get("last", str(REPLAY_SIZES[0]))
    if given not in {str(size) for size in REPLAY_SIZES}:
        raise Invalid.field("last", "forms.field.not_offered")
    return {"last": given}


def _render_replay_page(target: ReplayTarget, address: Callable[..., str], drawing_url: str) -> str:
    """Render the page: how many, where, and the cases of the chosen place."""
    size = int(_read_replay_params()["last"])
    report = replay_finished_cases(target.key, target.spec, size) if target.spec else None
    titles = _titles_of_all_versions(target)
    partings = [_replay_parting_view(one, titles, address, size) for one in report.partings] if report else []
    chosen = next((one for one in partings if one.place == request.args.get("at")), None)
    return render_template(
        "studio/replay.html",
        heading=target.heading,
        sizes=[
            SimpleNamespace(
                size_text=format_decimal(one, locale=babel_locale(locale())),
                url=address(last=one),
                chosen=one == size,
            )
            for one in REPLAY_SIZES
        ],
        report=report,
        partings=partings,
        chosen=chosen,
        cases=_page_of_parting_cases(chosen, address, size) if chosen else None,
        all_url=address(last=size),
        drawing_url=drawing_url if partings else None,
    )


def _replay_parting_view(
    parting: Parting, titles: Mapping[str, str], address: Callable[..., str], size: int
) -> SimpleNamespace:
    """Return one place where cases part: in words, with their number and the address of their list."""
    place = f"{parting.reason.code.rpartition('.')[2]}:{parting.reason.step}"
    count = len(parting.cases)
    details = {**parting.reason.details, "step": titles.get(parting.reason.step, parting.reason.step)}
    return SimpleNamespace(
        place=place,
        text=message_text(parting.reason.code, details),
        count=count,
        count_text=_parting_cases_count_text(count),
        url=address(last=size, at=place) + "#cases",
        cases=parting.cases,
    )


def _page_of_parting_cases(
    chosen: SimpleNamespace, address: Callable[..., str], size: int
) -> SimpleNamespace:
    """Return one page of the cases of a place, each with its address for who may open it."""
    pages = math.ceil(len(chosen.cases) / CASES_PER_PAGE)
    given = request.args.get("page", "1")
    number = min(int(given), pages) if given.isdecimal() and len(given) < 7 and int(given) else 1
    shown = chosen.cases[(number - 1) * CASES_PER_PAGE : number * CASES_PER_PAGE]
    readable = load_readable_case_ids(current_act(), [case.id for case in shown])

    def parting_cases_page_url(page: int) -> str | None:
        in_range = 1 <= page <= pages
        return address(last=size, at=chosen.place, page=page) + "#cases" if in_range else None

    return SimpleNamespace(
        rows=[
            SimpleNamespace(
                number=case.number,
                closed_at=case.closed_at,
                url=url_for("cases.show_case", case_id=case.id) if case.id in readable else None,
            )
            for case in shown
        ],
        previous=parting_cases_page_url(number - 1),
        next=parting_cases_page_url(number + 1),
    )


def _replay_json(target: ReplayTarget, address: Callable[..., str]) -> dict[str, Any]:
    """Return the drawing with the number of cases that part at each step. Raises Missing when it cannot be read."""
    if target.spec is None:
        raise Missing
    size = int(_read_replay_params()["last"])
    counts: Counter[str] = Counter()
    places: dict[str, str] = {}
    for parting in replay_finished_cases(target.key, target.spec, size).partings:
        counts[parting.reason.step] += len(parting.cases)
        places.setdefault(
            parting.reason.step, f"{parting.reason.code.rpartition('.')[2]}:{parting.reason.step}"
        )
    most = max(counts.values(), default=1)
    titles = _element_titles(target.spec.model)
    return {
        "xml": target.xml,
        "names": titles,
        "steps": [
            {
                "id": element,
                "title": titles.get(element, element),
                "url": address(last=size, at=places[element]) + "#cases",
                "open": "",
                "late": "",
                "level": math.ceil(HEAT_LEVELS * count / most),
                "text": _parting_cases_count_text(count),
            }
            for element, count in counts.items()
        ],
        "legend": [],
    }


def _parting_cases_count_text(count: int) -> str:
    return ngettext("%(n)s case", "%(n)s cases", count) % {"n": count}


def _element_titles(model: ProcessModel) -> dict[str, str]:
    return {element: pick_text(texts, locale()) for element, texts in element_titles(model).items()}


def _titles_of_all_versions(target: ReplayTarget) -> dict[str, str]:
    """Return the titles of elements, also of those that only an earlier version has; the target's own come first."""
    titles: dict[str, str] = {}
    for row in reversed(queries.load_diagram_versions(current_act(), target.key)):
        version = load_version_unless_damaged(row.id)
        titles |= _element_titles(version.model) if version else {}
    return titles | (_element_titles(target.spec.model) if target.spec else {})
