"""Conditions and inputs follow a field or an answer under its new name, and nothing else does."""

from __future__ import annotations

import json

from app.diagrams.draft_file import parse_drawing
from app.diagrams.form_readers import APPROVAL, CONDITION, INPUT, NEEDED, SUBJECT, field_readers_by_key
from app.diagrams.form_renames import rename_answer_in_drawing, rename_field_in_drawing, set_form_of_step
from app.diagrams.versions import read_shipped_diagrams
from app.forms import form_changes
from app.forms.form_file import parse_form
from app.kernel.settings import SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR

ALL = {one.key: one for one in read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR)}
LATE, MAKEUP = ALL["late_correction"], ALL["makeup"]
HEAD = "endorse_department_head.decision == 'approve'"


def test_a_text_in_quotes_and_a_field_of_another_step_keep_their_names():
    condition = "endorse_department_head.decision == 'a.decision' or visa_deputy.decision == \"x\""
    xml = LATE.xml.replace(HEAD, condition.replace('"', "&quot;"))
    renamed = rename_field_in_drawing(xml, {"endorse_department_head"}, "decision", "verdict")
    assert "endorse_department_head.verdict == 'a.decision' or visa_deputy.decision == \"x\"" in renamed
    assert "endorse_department_head.decision" not in renamed
    assert rename_field_in_drawing(xml, {"nobody"}, "decision", "verdict") == xml, "byte for byte"
    inputs = rename_field_in_drawing(LATE.xml, {"start"}, "change_set", "cells")
    assert 'variable="rework_teacher.change_set start.cells"' in inputs


def test_an_answer_follows_in_lists_and_only_beside_its_own_field():
    condition = "endorse_department_head.decision in ['approve', 'өз'] and visa_deputy.decision != 'approve'"
    xml = LATE.xml.replace(HEAD, condition)
    renamed = rename_answer_in_drawing(xml, {"endorse_department_head"}, "decision", "approve", "agree")
    assert (
        "endorse_department_head.decision in ['agree', 'өз'] and visa_deputy.decision != 'approve'" in renamed
    )
    broken = xml.replace("visa_deputy.decision != 'approve'", "open(")
    assert (
        rename_answer_in_drawing(broken, {"endorse_department_head"}, "decision", "approve", "agree")
        == broken
    )


def test_a_step_gets_another_form():
    changed = set_form_of_step(LATE.xml, "visa_deputy", "late_correction.own")
    assert changed.count('depter:form="late_correction.own"') == 1


def test_every_kind_of_reader_is_found():
    kinds = set()
    for diagram in (LATE, MAKEUP):
        root = parse_drawing(diagram.xml)
        for name, text in diagram.forms.items():
            for readers in field_readers_by_key(root, name, parse_form(text.encode())).values():
                kinds |= {one.kind for one in readers}
    assert kinds == {CONDITION, INPUT, APPROVAL, NEEDED, SUBJECT}


def test_of_two_equal_fields_or_answers_one_is_removed():
    form = json.loads(MAKEUP.forms["makeup.accept_teacher"])
    decision = form["components"][0]
    form["components"].append(dict(decision))
    form_changes.remove_field(form, "decision")
    assert [part["key"] for part in form["components"]] == ["decision", "points", "due_on", "comment"]
    decision["values"].append(decision["values"][0])
    form_changes.remove_answer(form, "decision", "approve")
    assert [one["value"] for one in decision["values"]] == ["approve", "again", "reject"]
    form_changes.remove_answer(form, "decision", "approve")
    assert form["subjectWhen"] == ["again", "reject"] and "approve" not in decision["texts"]["values"]
    form_changes.rename_answer(form, "decision", "again", "retry")
    assert form["subjectWhen"] == ["retry", "reject"]
