"""A process that no code knows: "Certificate of study", drawn and with forms, as an administrator makes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.diagrams.import_repairs import add_layout_if_missing

KEY = "certificate_of_study"
Texts = tuple[str, str, str]
"""A text in ky, ru and en."""


def _titles(texts: Texts, tag: str = "title") -> str:
    languages = ("ky", "ru", "en")
    inside = "".join(
        f'<depter:{tag} lang="{one}">{text}</depter:{tag}>'
        for one, text in zip(languages, texts, strict=True)
    )
    return inside


def _element(tag: str, attributes: str, texts: Texts, more: str = "", children: str = "") -> str:
    extension = f"<bpmn:extensionElements>{_titles(texts)}{more}</bpmn:extensionElements>"
    return f"<bpmn:{tag} {attributes}>{extension}{children}</bpmn:{tag}>"


def _lane(name: str, role: str, scope: str, texts: Texts, *nodes: str) -> str:
    inside = "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in nodes)
    scoped = f' depter:scope="{scope}"' if scope else ""
    return _element("lane", f'id="{name}" depter:role="{role}"{scoped}', texts, children=inside)


def _flow(name: str, source: str, target: str, condition: str = "", texts: Texts | None = None) -> str:
    inside = f"<bpmn:extensionElements>{_titles(texts)}</bpmn:extensionElements>" if texts else ""
    if condition:
        kind = 'xsi:type="bpmn:tFormalExpression"'
        inside += f"<bpmn:conditionExpression {kind}>{condition}</bpmn:conditionExpression>"
    return f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{inside}</bpmn:sequenceFlow>'


REQUEST = '<depter:input name="request" variable="rework_student.request start.request"/>'
DECISION = '<depter:input name="decision" variable="decide_directorate.decision"/>'
STUDENT: Texts = ("Студент", "Студент", "Student")
DIRECTORATE: Texts = ("Дирекция", "Дирекция", "Directorate")
OFFICE: Texts = ("Окуу бөлүмү", "Учебная часть", "Academic office")
NOTE: Texts = (
    "Окуу жөнүндө маалымкат берилди",
    "Выдана справка об обучении",
    "A certificate of study was issued",
)
READY: Texts = ("Маалымкат даяр", "Справка готова", "The certificate is ready")
TITLES: Texts = ("Окуу жөнүндө маалымкат", "Справка об обучении", "Certificate of study")
ABOUT: Texts = (
    "Студентке анын окуй турганын тастыктаган маалымкатты берет. Дирекция макулдайт, окуу бөлүмү даярдап берет.",
    "Выдаёт студенту справку о том, что он обучается. Дирекция согласует, учебная часть готовит и выдаёт.",
    "Gives a student a paper that proves his studies. The directorate agrees, the academic office issues it.",
)
NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:depter="urn:depter:bpmn:1" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def drawing(start: str = "about_me", starters: str = "student", key: str = KEY) -> str:
    """The drawing, laid out as an import is."""
    scope = "start.unit_institute" if start in ("about_me", "about_a_unit") else "start.student_institute"
    process = "".join(
        (
            f"<bpmn:extensionElements>{_titles(TITLES)}{_titles(ABOUT, 'about')}</bpmn:extensionElements>",
            '<bpmn:laneSet id="lanes">',
            _lane("lane_student", "student", "", STUDENT, "asked", "rework_student"),
            _lane(
                "lane_directorate",
                "directorate",
                scope,
                DIRECTORATE,
                *("decide_directorate", "decided", "rejected"),
            ),
            _lane(
                "lane_office",
                "academic_office",
                "",
                OFFICE,
                *("keep_decision", "issue_office", "leave_note", "tell_student", "issued"),
            ),
            "</bpmn:laneSet>",
            _element("startEvent", 'id="asked"', ("Суралды", "Запрошено", "Asked")),
            _element(
                "userTask",
                f'id="decide_directorate" depter:form="{key}.decide_directorate" depter:approves="true" '
                'depter:deadline="request.step_term"',
                ("Дирекциянын чечими", "Решение дирекции", "Decision of the directorate"),
            ),
            _element(
                "exclusiveGateway", 'id="decided" default="to_rejected"', ("Чечим", "Решение", "Decision")
            ),
            _element(
                "userTask",
                f'id="rework_student" depter:form="{key}.rework_student" depter:assign="requester" '
                'depter:rework="true" depter:deadline="request.rework_term"',
                ("Суроону толуктоо", "Доработка запроса", "Rework of the request"),
            ),
            _element(
                "serviceTask",
                'id="keep_decision" depter:operation="general.record_decision"',
                ("Чечимди каттоо", "Запись решения", "Record of the decision"),
                REQUEST + DECISION,
            ),
            _element(
                "userTask",
                f'id="issue_office" depter:form="{key}.issue_office" depter:deadline="request.issue_term"',
                ("Маалымкатты берүү", "Выдача справки", "Issue of the certificate"),
            ),
            _element("serviceTask", 'id="leave_note" depter:operation="general.add_note"', NOTE, REQUEST),
            _element(
                "serviceTask", 'id="tell_student" depter:operation="general.notify_requester"', READY, REQUEST
            ),
            _element(
                "endEvent",
                'id="issued" depter:outcome="issued" depter:result="granted"',
                ("Берилди", "Выдана", "Issued"),
            ),
            _element(
                "endEvent",
                'id="rejected" depter:outcome="rejected" depter:result="refused"',
                ("Четке кагылды", "Отказано", "Rejected"),
            ),
            _flow("to_directorate", "asked", "decide_directorate"),
            _flow("to_decided", "decide_directorate", "decided"),
            _flow(
                "to_record",
                "decided",
                "keep_decision",
                "decide_directorate.decision == 'approve'",
                ("макул", "согласовано", "approved"),
            ),
            _flow(
                "to_rework",
                "decided",
                "rework_student",
                "decide_directorate.decision == 'return'",
                ("кайтарылды", "возвращено", "returned"),
            ),
            _flow("to_rejected", "decided", "rejected", "", ("четке кагылды", "отклонено", "rejected")),
            _flow("back_to_directorate", "rework_student", "decide_directorate"),
            _flow("to_office", "keep_decision", "issue_office"),
            _flow("to_note", "issue_office", "leave_note"),
            _flow("to_letter", "leave_note", "tell_student"),
            _flow("to_issued", "tell_student", "issued"),
        )
    )
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions {NAMESPACES} id="file" targetNamespace="x">'
        '<bpmn:collaboration id="university">'
        f'<bpmn:participant id="pool" processRef="{key}"/></bpmn:collaboration>'
        f'<bpmn:process id="{key}" isExecutable="true" depter:start="{start}" depter:starters="{starters}">'
        f"{process}</bpmn:process></bpmn:definitions>"
    )
    return add_layout_if_missing(xml)


def _values(**labels: Texts) -> dict[str, Any]:
    texts = {value: dict(zip(("ky", "ru", "en"), label, strict=True)) for value, label in labels.items()}
    values = [{"value": value, "label": label["en"]} for value, label in texts.items()]
    return {"values": values, "texts": {"values": texts}}


def _field(key: str, kind: str, label: Texts, *, required: bool = True, **more: Any) -> dict[str, Any]:
    texts = {"label": dict(zip(("ky", "ru", "en"), label, strict=True)), **more.pop("texts", {})}
    validate = {"required": True} if required else {}
    return {"id": f"field_{key}", "key": key, "type": kind, "validate": validate, "texts": texts, **more}


COPIES = _values(
    one=("Бир даана", "Один экземпляр", "One copy"), two=("Эки даана", "Два экземпляра", "Two copies")
)
PURPOSE: Texts = ("Кайда көрсөтүлөт", "Куда предоставляется", "Where it is to be shown")


def _answer_fields() -> list[dict[str, Any]]:
    return [
        _field("copies", "radio", ("Даанасы", "Экземпляры", "Copies"), **COPIES),
        _field("purpose", "textfield", PURPOSE),
    ]


REASON: Texts = ("Негиздеме", "Обоснование", "Reason")
SUBJECT_FIELDS: Mapping[str, tuple[str, Texts]] = {
    "about_a_student": ("student", STUDENT),
    "about_a_journal": ("offering", ("Журнал", "Журнал", "Journal")),
    "about_a_unit": ("unit", ("Бөлүм", "Подразделение", "Unit")),
}


def forms(start: str = "about_me", key: str = KEY) -> dict[str, str]:
    """The forms of the process by name."""
    kind = SUBJECT_FIELDS.get(start)
    about = [_field(kind[0], f"depter.{kind[0]}", kind[1])] if kind else []
    decision = _values(
        approve=("Макулдоо", "Согласовать", "Approve"),
        **{"return": ("Кайтаруу", "Вернуть", "Return")},
        reject=("Четке кагуу", "Отклонить", "Reject"),
    )
    again = _values(resubmit=("Кайра жөнөтүү", "Отправить снова", "Send again"))
    parts: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
        "start": (about + _answer_fields(), {}),
        "decide_directorate": (
            [
                _field("decision", "radio", ("Чечим", "Решение", "Decision"), **decision),
                _field("reason", "textarea", REASON, required=False),
            ],
            {},
        ),
        "rework_student": (
            [_field("decision", "radio", ("Чечим", "Решение", "Decision"), **again), *_answer_fields()],
            {"subject": "request"},
        ),
        "issue_office": (
            [
                _field(
                    "number",
                    "textfield",
                    ("Маалымкаттын номери", "Номер справки", "Number of the certificate"),
                )
            ],
            {},
        ),
    }
    return {
        f"{key}.{name}": json.dumps({"id": f"{key}.{name}", "components": fields, **more}, ensure_ascii=False)
        for name, (fields, more) in parts.items()
    }
