"""Every finding says in three languages what is wrong and what to do, and every word in it is given."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.bpmn.errors import DiagramFinding
from app.bpmn.parse import parse_diagram
from app.diagrams.lint import lint_diagram
from app.diagrams.lint.context import LintContext
from app.diagrams.lint.messages import finding_as_shell_line, finding_message_and_remedy
from app.diagrams.lint.severity import WARNING_CODES
from app.diagrams.versions import read_shipped_diagrams
from app.kernel.i18n import LOCALES, current_locale, set_current_locale
from app.kernel.settings import PROJECT_DIR, SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR
from app.texts.diagram_findings import FINDINGS_BY_CODE, finding_message, finding_remedy
from app.texts.messages import MESSAGES_BY_CODE
from app.texts.story_lines import STORY_LINES, story_step_sentence

ALL = {one.key: one for one in read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR)}
ERROR_KIND = {"en": "Kind of error", "ru": "Вид ошибки"}
CODE = re.compile(r"(bpmn|diagrams|verify)\.\w+\.\w+|verify\.not_explored")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
OF_VERIFIER = {
    "verify.case.cannot_end": (),
    "verify.case.stalled": (),
    "verify.case.endless": (),
    "verify.step.dead": (),
    "verify.flow.dead": (),
    "verify.step.twice": (),
    "verify.end.two_outcomes": ("first", "second"),
    "verify.branch.missing": ("values",),
    "verify.condition.fails": ("names",),
    "verify.approval.missing": ("operation", "role", "clause"),
    "verify.approval.missing_by_setting": ("operation", "role"),
    "verify.approval.out_of_order": ("operation", "role", "clause"),
    "verify.approval.same_person": ("operation", "role", "clause"),
    "verify.approval.own_request": ("operation", "role", "clause"),
    "verify.effect.other_subject": ("operation", "clause"),
    "verify.effect.input_missing": ("operation", "name"),
    "verify.effect.twice": ("operation",),
    "verify.not_explored": ("states",),
}
"""Parameters of the findings of the verifier."""
BY_VARIABLE = {
    "diagrams.scope.unknown": ("name",),
    "diagrams.person.unknown": ("name",),
    "diagrams.anchor.unknown": ("name",),
    "diagrams.field.label_missing": ("name", "field", "languages"),
    "diagrams.field.help_missing": ("name", "field", "languages"),
    "diagrams.field.answer_missing": ("name", "field", "value", "languages"),
    "diagrams.field.twice": ("name", "field"),
    "diagrams.field.answer_twice": ("name", "field", "value"),
    "diagrams.field.no_answers": ("name", "field"),
    "diagrams.field.answer_unknown": ("name", "field", "other", "value"),
    "diagrams.field.limits": ("name", "field"),
}
"""Findings whose code stands in a variable where they are made, with their parameters."""
OTHER_CODES = ("diagrams.draft.", "diagrams.proposal.", "diagrams.version.", "diagrams.sync.")
"""Beginnings of codes of errors, and of types of audit events."""


def files() -> list[ast.Module]:
    folders = (PROJECT_DIR / "app" / "bpmn", PROJECT_DIR / "app" / "diagrams")
    paths = [path for folder in folders for path in folder.rglob("*.py") if path.name != "models.py"]
    return [ast.parse(path.read_text()) for path in paths]


def codes_in(tree: ast.AST) -> Iterator[str]:
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    for text in texts:
        if isinstance(text, str) and CODE.fullmatch(text) and not text.startswith(OTHER_CODES):
            yield text


def calls() -> dict[str, list[set[str]]]:
    """The names of the parameters that a finding gets, by code, once for each place that makes it."""
    found: dict[str, list[set[str]]] = defaultdict(list)
    for tree in files():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                code = node.args[0].value
                if isinstance(code, str) and CODE.fullmatch(code):
                    given = {keyword.arg or "**" for keyword in node.keywords}
                    for argument in node.args[1:]:
                        if isinstance(argument, ast.Dict):
                            given |= {
                                str(key.value) for key in argument.keys if isinstance(key, ast.Constant)
                            }
                    found[code].append(given)
    return found


def raised() -> set[str]:
    return {code for tree in files() for code in codes_in(tree)} - set(MESSAGES_BY_CODE)


def placeholders(code: str) -> set[str]:
    return {name for text in FINDINGS_BY_CODE[code] for name in PLACEHOLDER.findall(text)}


@pytest.fixture
def language():
    """Sets the language of the reader; the one before comes back."""
    before = current_locale()
    yield set_current_locale
    set_current_locale(before)


def test_every_code_that_is_raised_has_texts_and_no_text_is_left_over():
    assert len(raised()) > 60
    assert raised() | set(OF_VERIFIER) == set(FINDINGS_BY_CODE)
    assert set(FINDINGS_BY_CODE) >= WARNING_CODES


def test_every_word_of_a_text_is_given_where_the_finding_is_made():
    made, wrong = calls(), []
    for code in FINDINGS_BY_CODE:
        places = made.get(code) or [set(OF_VERIFIER.get(code) or BY_VARIABLE.get(code) or ())]
        wrong += [(code, names) for given in places if (names := placeholders(code) - given)]
    assert wrong == []


def test_the_verifier_gives_exactly_what_its_texts_say():
    assert {code: placeholders(code) for code in OF_VERIFIER} == {
        code: set(names) for code, names in OF_VERIFIER.items()
    }


@pytest.mark.parametrize("locale", LOCALES)
def test_every_finding_is_worded_in_each_language(locale, language):
    for code in FINDINGS_BY_CODE:
        params = {name: name.upper() for name in placeholders(code)}
        language("en")
        english = finding_message(code, params), finding_remedy(code, params)
        language(locale)
        told = finding_message(code, params), finding_remedy(code, params)
        assert (told == english) == (locale == "en"), code
        for sentence in told:
            assert "%(" not in sentence and sentence.endswith("."), (code, sentence)
            if locale != "en":
                assert re.search("[а-яөүң]{3}", sentence), (code, sentence)
        assert all(word in " ".join(told) for word in params.values()), code


def test_a_finding_names_its_element_by_title_and_id(language):
    language("en")
    code = "verify.step.dead"
    assert finding_message(code, {}) == "No case ever reaches this step."
    assert finding_message(code, {"element": "visa"}) == "visa: No case ever reaches this step."
    assert finding_message(code, {"element": "visa", "title": "Visa"}).startswith("«Visa» (visa): No case")
    assert finding_message(code, {"title": "Visa"}).startswith("«Visa»: No case")


def test_roles_and_values_are_words(language):
    params = {"operation": "journal.close", "role": "department_head", "clause": "4.4.2"}
    values = {"visa.decision": "approve", "deputy.decision": None, "visa.kind": "*", "visa.late": True}
    language("en")
    assert "clause 4.4.2 demands: Department head." in finding_message("verify.approval.missing", params)
    told = finding_message("diagrams.gateway.uncovered", {"values": values})
    assert told.endswith(
        "visa.decision = approve, deputy.decision = no answer, visa.kind = another value, visa.late = yes."
    )
    language("ru")
    assert "deputy.decision = нет ответа" in finding_message("diagrams.gateway.uncovered", {"values": values})
    assert finding_message("verify.approval.missing", params).endswith("Заведующий кафедрой.")
    assert finding_message("verify.approval.missing", params | {"role": "commission_chair"}).endswith(
        "Председатель комиссии."
    )


def test_a_finding_about_a_shipped_diagram_says_the_titles_of_its_elements(language):
    broken = replace(ALL["excuse"], xml=ALL["excuse"].xml.replace('role="directorate"', 'role="dean"'))
    model = parse_diagram(broken.xml.encode())
    (found, *_) = lint_diagram(model, broken.forms)
    language("en")
    assert finding_message_and_remedy(found, model)[0].startswith(
        "«Directorate» (lane_directorate): There is no role"
    )
    line = finding_as_shell_line(found, model)
    assert line.startswith(f"line {found.line}, error: «Directorate»") and line.endswith(
        "(diagrams.role.unknown)"
    )
    language("ky")
    assert finding_message_and_remedy(found, model)[0].startswith(
        "«Дирекция» (lane_directorate): «dean» деген роль жок"
    )
    flows = DiagramFinding(
        "verify.end.two_outcomes", 0, "rejected", {"first": "rejected", "second": "nowhere"}
    )
    assert "«Четке кагылды» жана «nowhere»" in finding_message_and_remedy(flows, model)[0]


def test_values_are_named_as_people_see_them(language):
    diagram = ALL["late_correction"]
    context = LintContext(parse_diagram(diagram.xml.encode()), diagram.forms)
    language("en")

    def told(code: str, **params: Any) -> str:
        finding = DiagramFinding(code, 0, "directorate_decided", params)
        return finding_message_and_remedy(finding, context.model, context.forms)[0]

    values = {"forward_directorate.decision": "approve", "forward_deputy.decision": None}
    assert told("diagrams.gateway.uncovered", values=values).endswith(
        "when «Referral by the directorate» = «Forward», «Referral by the deputy» = no answer."
    )
    values = {"apply_correction.outcome": "applied", "rework_teacher.error_kind": "*", "start.kind": "late"}
    assert told("verify.branch.missing", values=values).endswith(
        "«Entry into the journal» = «the change was written», "
        f"«Rework of the request», {ERROR_KIND['en']} = another value, start.kind = late."
    )
    language("ru")
    assert "«Внесение в журнал» = «изменение внесено»" in told("verify.branch.missing", values=values)
    assert "«Доработка запроса», " + ERROR_KIND["ru"] in told("verify.branch.missing", values=values)


def test_a_branch_without_a_title_is_named_by_where_it_leads(language):
    model = parse_diagram(ALL["late_entry"].xml.encode())
    flows = {"first": "head_rejected", "second": "head_approved", "values": {}}
    finding = DiagramFinding("diagrams.gateway.overlap", 0, "head_decided", flows)
    language("en")
    assert "«Rejected» and «" in finding_message_and_remedy(finding, model)[0]


def test_a_story_is_told_in_short_sentences(language):
    language("en")
    head = {"role": "department_head", "decision": "Endorse"}
    assert story_step_sentence("start", "Correction", {}) == "The case begins: «Correction»."
    assert story_step_sentence("complete", "Visa", head) == (
        "Department head completes «Visa» with the decision «Endorse»."
    )
    assert (
        story_step_sentence("complete", "Visa", {"role": "department_head"})
        == "Department head completes «Visa»."
    )
    assert story_step_sentence("complete", "Visa", {}) == "Someone completes «Visa»."
    assert story_step_sentence("complete_by_requester", "Visa", head).startswith(
        "The requester completes «Visa» with"
    )
    assert story_step_sentence("fire", "Visa late", {}) == "The deadline passes: «Visa late»."
    assert story_step_sentence("refused", "Entry", {}) == "Depter refuses to run «Entry»."
    assert story_step_sentence("end", "Corrected", {}) == "The case ends: «Corrected»."
    language("ru")
    assert story_step_sentence("run", "Внесение", {"outcome": "the change was written"}) == (
        "Дептер выполняет «Внесение»: изменение внесено."
    )
    for locale in ("ky", "ru"):
        language(locale)
        for kind in STORY_LINES:
            assert re.search(
                "[а-яөүң]{3}", story_step_sentence(kind, "X", {})
            ) and "«X»" in story_step_sentence(kind, "X", {})


def test_every_finding_is_in_the_vocabulary():
    page = (PROJECT_DIR / "docs" / "bpmn-vocabulary.md").read_text(encoding="utf-8")
    told = {code for code in FINDINGS_BY_CODE if code.startswith(("bpmn.", "diagrams."))}
    assert {code for code in told if f"`{code}`" not in page} == set()
