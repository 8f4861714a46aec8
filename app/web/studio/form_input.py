"""What was typed in the form editor, put into a form: by the place of each field in the form that the page showed.

Half-written texts are stored as they are, the check tells them. Refused is only what could not be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from app.bpmn.expression import VARIABLE_PART_PATTERN
from app.diagrams.readable_ids import transliterate_to_latin_identifier
from app.forms import form_changes
from app.forms.form_changes import FormObject
from app.forms.form_file import MAX_FIELD_VALUES, MAX_FORM_FIELDS, SUBJECT_FIELD_KINDS
from app.forms.form_problems import RESERVED_FIELD_KEYS
from app.kernel.errors import FieldProblem, Invalid
from app.kernel.i18n import LOCALES

MAX_LABEL_LENGTH, MAX_HELP_LENGTH, MAX_ANSWER_LENGTH = 200, 600, 120
MAX_NUMBER = 10**12
LENGTH_RULES = {"least": "minLength", "most": "maxLength"}
NUMBER_RULES = {"low": "min", "high": "max"}
Posted = MultiDict[str, str]


@dataclass(slots=True)
class TypedForm:
    """A form with what was typed, and the problems of inputs by their names on the page."""

    form: FormObject
    problems: dict[str, list[FieldProblem]] = field(default_factory=dict)

    def raise_if_problems(self) -> None:
        """Raise Invalid when an input could not be kept."""
        if self.problems:
            raise Invalid(self.problems)


def read_form_with_posted_inputs(posted: Posted, shown: FormObject) -> TypedForm:
    """Return the form that a page showed with what was typed into it. Inputs that were not sent stay as they were."""
    typed = TypedForm(deepcopy(shown))
    for place, part in enumerate(typed.form["components"]):
        # The page names the fields by place; a field that it did not show there is left alone.
        if posted.get(f"f{place}-key") == part.get("key"):
            _read_posted_field_into_form(posted, typed, f"f{place}-", part)
    if "subject-shown" in posted:
        _read_posted_form_subject(posted, typed.form)
    return typed


def read_new_field(posted: Posted, form: FormObject, shared: Mapping[str, FormObject]) -> FormObject:
    """Return the field that is to be added: a ready one, or one of a kind with its label. Raises Invalid."""
    if len(form["components"]) >= MAX_FORM_FIELDS:
        raise Invalid.field("new-kind", "diagrams.form.too_many_fields", max=MAX_FORM_FIELDS)
    taken = [str(part.get("key")) for part in form["components"]]
    kind = posted.get("new-kind", "")
    if kind.startswith("shared:") and kind.removeprefix("shared:") in shared:
        ready = deepcopy(shared[kind.removeprefix("shared:")])
        if ready["key"] in taken:
            raise Invalid.field("new-kind", "diagrams.form.key_taken", name=ready["key"])
        return {"id": f"field_{ready['key']}", **ready}
    if kind not in form_changes.FORM_JS_TYPE_BY_KIND:
        raise Invalid.field("new-kind", "forms.field.not_offered")
    problems: dict[str, list[FieldProblem]] = {}
    label = _read_texts_by_language(posted, problems, "new-", MAX_LABEL_LENGTH)
    if problems:
        raise Invalid(problems)
    if kind in SUBJECT_FIELD_KINDS:
        if kind in taken:
            raise Invalid.field("new-kind", "diagrams.form.key_taken", name=kind)
        return form_changes.build_new_form_field(kind, kind, label)
    if not any(label.values()):
        raise Invalid.field("new-ky", "diagrams.form.label_needed")
    key = posted.get("new-key", "").strip()
    if not key:
        key = form_changes.make_unused_key(
            propose_key_from_label(label, "field"), [*taken, *_reserved_keys()]
        )
    require_free_key("new-key", key, taken)
    return form_changes.build_new_form_field(key, kind, label)


def has_posted_new_field(posted: Posted) -> bool:
    """Return whether a label or a key of a field to be added was typed."""
    return any(posted.get(f"new-{name}", "").strip() for name in (*LOCALES, "key"))


def add_new_answer(posted: Posted, typed: TypedForm, place: int) -> None:
    """Add the answer typed below those of a field; nothing typed adds nothing. Problems are collected."""
    part, prefix = typed.form["components"][place], f"f{place}-new-"
    label = _read_texts_by_language(posted, typed.problems, prefix, MAX_ANSWER_LENGTH)
    value = posted.get(f"{prefix}value", "").strip()
    if not any(label.values()) and not value:
        return
    taken = [str(one.get("value")) for one in part.get("values", [])]
    if not value:
        value = form_changes.make_unused_key(propose_key_from_label(label, "answer"), taken)
    try:
        require_free_key(f"{prefix}value", value, taken, is_answer=True)
    except Invalid as refused:
        typed.problems.update(refused.fields)
        return
    if len(taken) >= MAX_FIELD_VALUES:
        typed.problems[f"{prefix}value"] = [
            FieldProblem("diagrams.form.too_many_answers", {"max": MAX_FIELD_VALUES})
        ]
        return
    form_changes.add_answer(part, value, label)


def require_free_key(name: str, key: str, taken: list[str], *, is_answer: bool = False) -> None:
    """Raise Invalid for the input `name` when a key is none, is taken, or is one that no field may have."""
    if not VARIABLE_PART_PATTERN.fullmatch(key):
        raise Invalid.field(name, "diagrams.form.key_pattern")
    if key in taken:
        raise Invalid.field(name, "diagrams.form.key_taken", name=key)
    if not is_answer and key in _reserved_keys():
        raise Invalid.field(name, "diagrams.form.key_reserved", name=key)


def propose_key_from_label(label: Mapping[str, str], otherwise: str) -> str:
    """Return a key made of a label: the English one, else another."""
    names = (transliterate_to_latin_identifier(label.get(one, "")) for one in ("en", "ky", "ru"))
    return next((name for name in names if name), otherwise)


def _reserved_keys() -> frozenset[str]:
    return RESERVED_FIELD_KEYS | SUBJECT_FIELD_KINDS


def _read_posted_field_into_form(posted: Posted, typed: TypedForm, prefix: str, part: FormObject) -> None:
    texts = part.setdefault("texts", {})
    texts["label"] = _read_texts_by_language(
        posted, typed.problems, f"{prefix}label-", MAX_LABEL_LENGTH, texts.get("label")
    )
    part["label"] = texts["label"]["en"]
    help_texts = _read_texts_by_language(
        posted, typed.problems, f"{prefix}help-", MAX_HELP_LENGTH, texts.get("description")
    )
    if any(help_texts.values()):
        texts["description"], part["description"] = help_texts, help_texts["en"]
    else:
        texts.pop("description", None)
        part.pop("description", None)
    if not form_changes.is_subject_field(part) and posted.get(f"{prefix}kind") in form_changes.PLAIN_KINDS:
        part["type"] = form_changes.FORM_JS_TYPE_BY_KIND[posted[f"{prefix}kind"]]
    _read_posted_field_rules(posted, typed, prefix, part)
    if f"{prefix}when-shown" in posted:
        _set_answers_requiring_field(posted.getlist(f"{prefix}when"), part)
    _read_posted_answer_texts(posted, typed, prefix, part)


def _read_posted_field_rules(posted: Posted, typed: TypedForm, prefix: str, part: FormObject) -> None:
    rules = dict(part.get("validate") or {})
    rules["required"] = f"{prefix}required" in posted
    kind = form_changes.kind_of_field(part)
    for names, is_offered, is_whole in (
        (LENGTH_RULES, kind in form_changes.TEXT_KINDS, True),
        (NUMBER_RULES, kind == "number", False),
    ):
        for name, rule in names.items():
            if not is_offered:
                rules.pop(rule, None)
            elif f"{prefix}{name}" in posted:
                _read_number_rule(posted[f"{prefix}{name}"], typed, f"{prefix}{name}", rules, rule, is_whole)
    rules = {rule: value for rule, value in rules.items() if value is not False and value is not None}
    if rules:
        part["validate"] = rules
    else:
        part.pop("validate", None)


def _read_number_rule(
    text: str, typed: TypedForm, name: str, rules: dict[str, Any], rule: str, is_whole: bool
) -> None:
    text = text.strip().replace(",", ".")
    if not text:
        rules.pop(rule, None)
        return
    try:
        number = int(text) if is_whole or "." not in text else float(text)
    except ValueError:
        number = None
    if number is None or not text.isascii() or abs(number) > MAX_NUMBER or (is_whole and number < 0):
        typed.problems[name] = [FieldProblem("kernel.input.not_a_number")]
        return
    rules[rule] = number


def _set_answers_requiring_field(chosen: list[str], part: FormObject) -> None:
    """Set the answers that make a field needed; those that did before keep their order."""
    before = [
        f"{other}:{value}" for other, values in (part.get("requiredWhen") or {}).items() for value in values
    ]
    needed: dict[str, list[str]] = {}
    for one in sorted(chosen, key=lambda one: before.index(one) if one in before else len(before)):
        other, _, value = one.partition(":")
        if value and other != part.get("key"):
            needed.setdefault(other, []).append(value)
    if needed:
        part["requiredWhen"] = needed
    else:
        part.pop("requiredWhen", None)


def _read_posted_answer_texts(posted: Posted, typed: TypedForm, prefix: str, part: FormObject) -> None:
    texts = part["texts"]
    for number, one in enumerate(part.get("values") or []):
        value = one.get("value")
        name = f"{prefix}v{number}-"
        if posted.get(f"{name}value") != value:
            continue
        labels = texts.setdefault("values", {})
        labels[value] = _read_texts_by_language(
            posted, typed.problems, name, MAX_ANSWER_LENGTH, labels.get(value)
        )
        one["label"] = labels[value]["en"] or value
        decided = texts.setdefault("decided", {})
        done = _read_texts_by_language(
            posted, typed.problems, f"{name}done-", MAX_ANSWER_LENGTH, decided.get(value)
        )
        if any(done.values()):
            decided[value] = done
        else:
            decided.pop(value, None)
        if not decided:
            texts.pop("decided")


def _read_posted_form_subject(posted: Posted, form: FormObject) -> None:
    subject = posted.get("subject", "")
    if subject and len(subject) <= 60:
        form["subject"] = subject
    else:
        form.pop("subject", None)
    when = [value for value in posted.getlist("subject-when") if value]
    if when and subject:
        form["subjectWhen"] = when[:MAX_FIELD_VALUES]
    else:
        form.pop("subjectWhen", None)


def _read_texts_by_language(
    posted: Posted,
    problems: dict[str, list[FieldProblem]],
    prefix: str,
    longest: int,
    before: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return a text in every language; one that was not sent is as before."""
    found = {}
    for one in LOCALES:
        text = posted.get(f"{prefix}{one}")
        found[one] = str((before or {}).get(one, "")) if text is None else text.replace("\r\n", "\n").strip()
        if len(found[one]) > longest:
            problems[f"{prefix}{one}"] = [FieldProblem("forms.field.too_long", {"max": longest})]
    return found
