"""First drawing and forms of a new process: somebody asks, one role approves, returns or rejects. Pure.

The drawing is sound as it is, so an administrator changes something that works.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from app.diagrams.import_repairs import add_layout_if_missing
from app.diagrams.readable_ids import transliterate_to_latin_identifier
from app.kernel.i18n import LOCALES, load_translations
from app.operations.types import ProcessStart
from app.texts.roles import LABEL_BY_ROLE

Texts = Mapping[str, str]
MAX_KEY_LENGTH = 40
UNIVERSITY_ROLES = frozenset({"academic_office", "it_admin", "rector", "process_admin"})
"""Roles that are held for the whole university: their lanes have no unit."""
UNIT_VARIABLES_BY_ROLE: Mapping[str, tuple[str, ...]] = {
    "department_head": ("unit", "discipline_department"),
    "programme_head": ("unit", "discipline_department"),
    "directorate": ("unit_institute", "student_institute"),
}
"""Start variables that can hold the unit of a deciding role, the best first."""
_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:depter="urn:depter:bpmn:1"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="file" targetNamespace="urn:depter:processes">'
)


@dataclass(frozen=True, slots=True)
class NewProcess:
    """What an administrator says of a new process; `unit_variable` holds the unit of the deciding role, "" for none."""

    key: str
    titles: Texts
    about: Texts
    start: ProcessStart
    starters: tuple[str, ...]
    decider: str
    unit_variable: str


def make_unused_process_key(titles: Texts, taken: Collection[str]) -> str:
    """Return a key made of the English title, else of another one, with a number behind it when it is taken."""
    names = (transliterate_to_latin_identifier(titles.get(language, "")) for language in ("en", "ky", "ru"))
    wanted = next((name for name in names if name), "process")[:MAX_KEY_LENGTH].strip("_")
    key, number = wanted, 2
    while key in taken:
        key, number = f"{wanted}_{number}", number + 1
    return key


def unit_variable_of_decider(start: ProcessStart, role: str) -> str | None:
    """Return the start variable that holds the unit of a role; "" for the university; None when the start has none."""
    if role in UNIVERSITY_ROLES:
        return ""
    return next((name for name in UNIT_VARIABLES_BY_ROLE.get(role, ()) if name in start.unit_variables), None)


def draw_new_process(process: NewProcess) -> str:
    """Return the drawing as BPMN with a layout."""
    key, scope = (
        process.key,
        f' depter:scope="start.{process.unit_variable}"' if process.unit_variable else "",
    )
    asks, decides = process.starters[0], process.decider
    lanes = (
        _bpmn_element_xml(
            "lane",
            f'id="lane_requester" depter:role="{asks}"',
            _role_titles(asks),
            _lane_member_references_xml("asked", "rework"),
        ),
        _bpmn_element_xml(
            "lane",
            f'id="lane_decider" depter:role="{decides}"{scope}',
            _role_titles(decides),
            _lane_member_references_xml("decide", "decided", "record", "granted", "rejected"),
        ),
    )
    inputs = (
        '<depter:input name="request" variable="rework.request start.request"/>'
        '<depter:input name="decision" variable="decide.decision"/>'
    )
    parts = (
        _extension_elements_xml(process.titles, more=_text_elements_xml(process.about, "about")),
        f'<bpmn:laneSet id="lanes">{"".join(lanes)}</bpmn:laneSet>',
        _bpmn_element_xml("startEvent", 'id="asked"', _ASKED),
        _bpmn_element_xml(
            "userTask",
            f'id="decide" depter:form="{key}.decide" depter:approves="true" depter:deadline="request.step_term"',
            _DECIDE,
        ),
        _bpmn_element_xml("exclusiveGateway", 'id="decided" default="to_rejected"', _DECIDED),
        _bpmn_element_xml(
            "userTask",
            f'id="rework" depter:form="{key}.rework" depter:assign="requester" depter:rework="true"'
            ' depter:deadline="request.rework_term"',
            _REWORK,
        ),
        _bpmn_element_xml(
            "serviceTask", 'id="record" depter:operation="general.record_decision"', _RECORD, more=inputs
        ),
        _bpmn_element_xml(
            "endEvent", 'id="granted" depter:outcome="granted" depter:result="granted"', _GRANTED
        ),
        _bpmn_element_xml(
            "endEvent", 'id="rejected" depter:outcome="rejected" depter:result="refused"', _REJECTED
        ),
        _sequence_flow_xml("to_decide", "asked", "decide"),
        _sequence_flow_xml("to_decided", "decide", "decided"),
        _sequence_flow_xml("to_record", "decided", "record", "decide.decision == 'approve'", _APPROVE),
        _sequence_flow_xml("to_rework", "decided", "rework", "decide.decision == 'return'", _RETURN),
        _sequence_flow_xml("to_rejected", "decided", "rejected", "", _REJECT),
        _sequence_flow_xml("to_decide_again", "rework", "decide"),
        _sequence_flow_xml("to_granted", "record", "granted"),
    )
    pool = f'<bpmn:collaboration id="university"><bpmn:participant id="pool" processRef="{key}"/></bpmn:collaboration>'
    starters = quoteattr(" ".join(process.starters))
    start = f'depter:start="{process.start.name}" depter:starters={starters}'
    head = f'<bpmn:process id="{key}" isExecutable="true" {start}>'
    xml = f'<?xml version="1.0" encoding="UTF-8"?>{_HEAD}{pool}{head}{"".join(parts)}</bpmn:process></bpmn:definitions>'
    return add_layout_if_missing(xml)


def build_new_process_forms(process: NewProcess) -> dict[str, str]:
    """Return the forms of the drawing by name: the request, the decision, the reworked request."""
    about = process.start.subject_field
    subject = (
        [_build_form_field(about, f"depter.{about}", _SUBJECT_LABELS[about], required=True)] if about else []
    )
    what = _build_form_field("wish", "textarea", _WISH, required=True)
    decision = _build_form_field(
        "decision",
        "radio",
        _DECIDE,
        required=True,
        values={"approve": _APPROVE, "return": _RETURN, "reject": _REJECT},
    )
    reason = _build_form_field("reason", "textarea", _REASON)
    reason["requiredWhen"] = {"decision": ["return", "reject"]}
    again = _build_form_field("decision", "radio", _DECIDE, required=True, values={"resubmit": _RESUBMIT})
    forms: dict[str, dict[str, Any]] = {
        "start": {"components": [*subject, what]},
        "decide": {"components": [decision, reason]},
        "rework": {"components": [again, what], "subject": "request"},
    }
    return {
        f"{process.key}.{name}": json.dumps({"id": f"{process.key}.{name}", **form}, ensure_ascii=False)
        for name, form in forms.items()
    }


def _role_titles(role: str) -> Texts:
    return {locale: load_translations(locale).gettext(LABEL_BY_ROLE[role]) for locale in LOCALES}


def _text_elements_xml(texts: Texts, tag: str) -> str:
    return "".join(f'<depter:{tag} lang="{one}">{escape(texts[one])}</depter:{tag}>' for one in LOCALES)


def _extension_elements_xml(titles: Texts, more: str = "") -> str:
    return f"<bpmn:extensionElements>{_text_elements_xml(titles, 'title')}{more}</bpmn:extensionElements>"


def _bpmn_element_xml(tag: str, attributes: str, titles: Texts, children: str = "", more: str = "") -> str:
    return f"<bpmn:{tag} {attributes}>{_extension_elements_xml(titles, more)}{children}</bpmn:{tag}>"


def _lane_member_references_xml(*nodes: str) -> str:
    return "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in nodes)


def _sequence_flow_xml(
    name: str, source: str, target: str, condition: str = "", titles: Texts | None = None
) -> str:
    inside = _extension_elements_xml(titles) if titles else ""
    if condition:
        kind = 'xsi:type="bpmn:tFormalExpression"'
        inside += f"<bpmn:conditionExpression {kind}>{escape(condition)}</bpmn:conditionExpression>"
    return f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{inside}</bpmn:sequenceFlow>'


def _build_form_field(
    key: str, kind: str, label: Texts, *, required: bool = False, values: Mapping[str, Texts] | None = None
) -> dict[str, Any]:
    texts: dict[str, Any] = {"label": dict(label)}
    field: dict[str, Any] = {"id": f"field_{key}", "key": key, "type": kind, "texts": texts}
    if required:
        field["validate"] = {"required": True}
    if values:
        texts["values"] = {value: dict(words) for value, words in values.items()}
        field["values"] = [{"value": value, "label": words["en"]} for value, words in values.items()]
    return field


def _build_texts_by_language(ky: str, ru: str, en: str) -> Texts:
    return {"ky": ky, "ru": ru, "en": en}


_ASKED = _build_texts_by_language("Арыз берилди", "Запрос подан", "Request made")
_DECIDE = _build_texts_by_language("Чечим", "Решение", "Decision")
_DECIDED = _build_texts_by_language("Чечим кандай?", "Какое решение?", "Which decision?")
_REWORK = _build_texts_by_language("Арызды толуктоо", "Доработка запроса", "Rework of the request")
_RECORD = _build_texts_by_language("Чечимди каттоо", "Запись решения", "Record of the decision")
_GRANTED = _build_texts_by_language("Макулдук берилди", "Согласовано", "Granted")
_REJECTED = _build_texts_by_language("Четке кагылды", "Отклонено", "Rejected")
_APPROVE = _build_texts_by_language("Макулдоо", "Согласовать", "Approve")
_RETURN = _build_texts_by_language("Толуктоого кайтаруу", "Вернуть на доработку", "Return for rework")
_REJECT = _build_texts_by_language("Четке кагуу", "Отклонить", "Reject")
_RESUBMIT = _build_texts_by_language("Кайра жөнөтүү", "Отправить снова", "Send again")
_REASON = _build_texts_by_language("Негиздеме", "Обоснование", "Reason")
_WISH = _build_texts_by_language("Эмне керек", "Что требуется", "What is needed")
_SUBJECT_LABELS: Mapping[str, Texts] = {
    "student": _build_texts_by_language("Студент", "Студент", "Student"),
    "offering": _build_texts_by_language("Журнал", "Журнал", "Journal"),
    "unit": _build_texts_by_language("Бөлүм", "Подразделение", "Unit"),
}
