"""What a dossier says: the case as its page shows it to the person who asks, in one language, as texts to typeset.

Nothing is read that the page of the case does not show to this person: the view is the one of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from app.audit.words import unseal_json_texts
from app.cases.access import is_case_content_hidden_for
from app.cases.dossier.queries import find_newest_history_entry, load_erased_persons, load_persons_of_case
from app.cases.dossier.seal import find_seal_of_case
from app.cases.queries.case_details import CaseView
from app.files.store import FileStore
from app.kernel.act import Act
from app.kernel.i18n import moment_text, pick_text
from app.people import queries as people
from app.people.code_rules import format_code
from app.people.queries import PersonName
from app.texts import case_subjects as subject_texts
from app.texts.dossiers import LANGUAGE_NAMES
from app.texts.subject_line import case_subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale, ngettext
from app.web.cases.granted_until import granted_access_end_rows, load_granted_access_ends
from app.web.cases.request_facts import recorded_decision_facts, request_answer_facts
from app.web.cases.subject_fields import case_panel_contents
from app.web.dossiers.deadline_rows import deadline_sheet
from app.web.dossiers.diagram import draw_case_path
from app.web.dossiers.offices import OfficeBook, load_office_book
from app.web.dossiers.timeline import clauses_of_case, decision_sheet, timeline_section
from app.web.labels.cases import case_state_label

Facts = list[tuple[str, str]]
Section = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DossierContent:
    """The texts of a dossier, its diagram as SVG (None: it cannot be drawn), and what the register keeps of it."""

    document: Mapping[str, Any]
    diagram: str | None
    last_entry: int
    persons: frozenset[UUID]


def build_dossier_content(
    act: Act, view: CaseView, files: FileStore, code: str, check_address: str
) -> DossierContent:
    """Return the content in the language of the running block; `check_address` is where the code is checked.

    The number of statements does not depend on the length of the case.
    """
    last_entry, entry_count = find_newest_history_entry(view.case.id)
    concerned = load_persons_of_case(view.case) | {person for person in (act.person,) if person}
    persons = concerned | {act.on_behalf_of} if act.on_behalf_of else concerned
    names = people.load_names(persons)
    book = load_office_book(persons)
    hidden = is_case_content_hidden_for(act, view.case)
    diagram = draw_case_path(view)
    title = _("Dossier of case %(number)s") % {"number": view.case.number}
    university = book.university_name
    document = {
        "lang": locale(),
        "title": title,
        "university": university,
        "number": view.case.number,
        "process": _process_title(view),
        "running_head": f"{university}. {_process_title(view)}",
        "footer": _("Check: %(address)s, code ends with %(ending)s")
        % {"address": check_address.rsplit("/", 1)[0], "ending": code[-4:]},
        "page_word": _("Page"),
        "facts": _cover_facts(act, view, names, book, hidden),
        "notes": _cover_notes(view, entry_count, hidden, load_erased_persons(persons)),
        "qr_alt": _("QR code of the address where this dossier is checked"),
        "check": {
            "heading": _("Is this paper genuine and current?"),
            "text": _(
                "Scan the code, or open the address and type the code. Anybody can do it without signing in; it shows "
                "nothing that this paper does not say. There the PDF file can be compared too."
            ),
            "address": check_address.rsplit("/", 1)[0],
        },
        "code": format_code(code),
        "timeline": timeline_section(view, names, book, hidden),
        "sheets": [
            sheet
            for sheet in (
                _change_sheet(view),
                decision_sheet(view, names, book),
                deadline_sheet(act, view, names),
                _file_sheet(view, files, names, hidden),
            )
            if sheet
        ],
        "diagram": _diagram_section(view, diagram),
        "clauses": {
            "heading": _("Clauses"),
            "note": _(
                "The clauses of regulation DP-08.26 that this case rests on, in the short words of the journal. "
                "The text of the regulation itself decides."
            ),
            "rows": clauses_of_case(view),
        },
        "proof": _proof_section(view),
    }
    return DossierContent(document, diagram.svg if diagram else None, last_entry, frozenset(persons))


def _process_title(view: CaseView) -> str:
    return pick_text(view.published.model.titles, locale()) if view.published else view.case.diagram


def _cover_facts(
    act: Act, view: CaseView, names: Mapping[UUID, PersonName], book: OfficeBook, hidden: bool
) -> Facts:
    """Return label and value of each line of the cover."""
    row, where = view.case, locale()
    asked = names[row.requester].full if row.requester in names else row.requester_name
    office = book.offices_at(row.requester, row.opened_at)
    asked = f"{asked} ({office})" if office else asked
    if row.on_behalf_of in names and row.on_behalf_of is not None:
        asked = _("%(person)s on behalf of %(principal)s") % {
            "person": asked,
            "principal": names[row.on_behalf_of].full,
        }
    maker = book.actor_text(names, act)
    found: Facts = [
        (_("State"), case_state_label(row.status, row.outcome, view.published)),
        (_("About"), case_subject_line(view.subject, where)),
        (_("Asked by"), asked),
        (_("Opened"), moment_text(row.opened_at, where)),
    ]
    if row.closed_at is not None:
        found.append((_("Ended on"), moment_text(row.closed_at, where)))
    if view.published is not None:
        version = f"{view.published.number}, SHA-256 {view.published.sha256}"
        found += [(_("Rests on"), view.published.model.clause), (_("Version of the process"), version)]
    found += subject_texts.case_subject_details(unseal_json_texts(view.subject), where)
    found += request_answer_facts(view.published, view.subject)
    found += recorded_decision_facts(view.published, row.id, view.subject)
    found += granted_access_end_rows(row, load_granted_access_ends([row]))
    found += _panel_facts(case_panel_contents(view.subject), hidden)
    made = _("%(when)s, by %(who)s") % {"when": moment_text(act.at, where), "who": maker}
    found += [
        (_("This dossier was made"), made),
        (_("Language"), LANGUAGE_NAMES[where]),
        (_("Times"), _("of Bishkek (UTC+6)")),
    ]
    return found


def _panel_facts(panels: Mapping[str, Any], hidden: bool) -> Iterator[tuple[str, str]]:
    """Yield what the panels of the page of the case say: lessons not confirmed, minutes, the case of a decision."""
    for one in panels.get("refused") or ():
        reason = f": {one.reason}" if one.reason and not hidden else ""
        yield _("Lessons not confirmed"), f"{one.lesson}{reason}"
    if panels.get("protocol_number"):
        yield _("Minutes"), f"№ {panels['protocol_number']}"
    protocol: SimpleNamespace | None = panels.get("protocol")
    if protocol:
        yield _("Case of the decision"), protocol.case


def _cover_notes(view: CaseView, entry_count: int, hidden: bool, erased: frozenset[UUID]) -> list[str]:
    """Return what a reader has to know of this copy before he relies on it."""
    found = []
    if hidden:
        found.append(
            _(
                "Words, answers and files of this case are kept for the directorate and the student (7.1). "
                "They are not in this copy, which was made for someone else."
            )
        )
    if erased:
        found.append(
            ngettext(
                "The words of %(n)s person were erased by a lawful decision before this dossier was made.",
                "The words of %(n)s persons were erased by a lawful decision before this dossier was made.",
                len(erased),
            )
            % {"n": len(erased)}
        )
    left_out = entry_count - len(view.history_entries)
    if left_out > 0:
        found.append(
            ngettext(
                "The history is longer than this copy: %(n)s newer entry is left out.",
                "The history is longer than this copy: %(n)s newer entries are left out.",
                left_out,
            )
            % {"n": left_out}
        )
    if view.published is None:
        found.append(
            _(
                "The version of the process cannot be read. Names of steps and the diagram are missing; the history is "
                "complete."
            )
        )
    if view.case.status == "open":
        found.append(_("The case is not finished. A dossier that is made later may say more."))
    return found


def _change_sheet(view: CaseView) -> Section | None:
    """Return what the case changes, old and new value of each cell; None when it changes no cell."""
    changes = subject_texts.cell_change_texts(view.subject, locale())
    if not changes:
        return None
    return {
        "heading": _("What changes"),
        "note": "",
        "widths": [3, 1, 1],
        "head": [_("Cell"), _("Old value"), _("New value")],
        "rows": [[change.label, change.old or "–", change.new or "–"] for change in changes],
    }


def _file_sheet(
    view: CaseView, files: FileStore, names: Mapping[UUID, PersonName], hidden: bool
) -> Section | None:
    """Return name, size and hash of each file; None without files, or when this person may not see them."""
    if hidden or not view.files:
        return None
    digests = files.load_file_digests([one.id for one in view.files])
    rows = []
    for one in view.files:
        digest = digests.get(one.id)
        said = digest.sha256 if digest else None
        rows.append(
            [
                one.name or _("File"),
                names[one.person].short if one.person in names else "",
                moment_text(one.at, locale()),
                f"{digest.size:,}".replace(",", " ") if digest else "–",
                f"{said[:32]}\n{said[32:]}"
                if said
                else _("The content is lost or damaged. Tell the IT administrator; the hash cannot be said."),
            ]
        )
    return {
        "heading": _("Files"),
        "note": _(
            "The files themselves are not in this document. A file is the one of the case when its SHA-256 is the same."
        ),
        "widths": [3, 2, 2, 1, 4],
        "head": [_("File name"), _("Attached by"), _("When"), _("Bytes"), "SHA-256"],
        "rows": rows,
    }


def _diagram_section(view: CaseView, diagram: Any) -> Section:
    """Return the words beside the diagram, or why there is none."""
    heading = _("Where this case is now") if view.case.status == "open" else _("The way this case went")
    if diagram is None:
        return {
            "heading": heading,
            "note": _("The diagram of this version cannot be drawn. The history above says every step."),
        }
    return {
        "heading": heading,
        "note": _(
            "The diagram of the version of this case. Thick lines: the way taken; thick frames: steps done; "
            "dashed frames: where the case is now."
        ),
        "alt": diagram.alternative_text,
        "wide": diagram.is_wide,
    }


def _proof_section(view: CaseView) -> Section:
    """Return what proves the records behind this document, and what does not."""
    seal = find_seal_of_case(view.case.id)
    if seal is None:
        said = _(
            "Not sealed yet: the records of this case are in no signed checkpoint of the audit. The journal keeps "
            "the history by itself (1.4.4), but this document alone does not prove that nothing was rewritten."
        )
    else:
        said = _(
            "The records of this case are sealed in checkpoint %(number)s of %(when)s; its newest sealed record is "
            "No. %(record)s of the audit. Root hash: %(root)s. Who keeps this checkpoint can check with the export of "
            "the audit that they are unchanged."
        ) % {
            "record": seal.record,
            "number": seal.checkpoint,
            "when": moment_text(seal.sealed_at, locale()),
            "root": seal.root_hash,
        }
    return {
        "heading": _("Proof"),
        "lines": [
            said,
            _(
                "The journal keeps the SHA-256 of this PDF file. At the address on the first page a file is compared "
                "with it: one changed letter makes another hash. A scan or a photograph is not the file: compare its "
                "text, word by word, with a file that was found genuine."
            ),
        ],
    }
