"""Texts come in composed form (NFC) through every entrance, so that «й» is one letter whatever program wrote it."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask import request
from werkzeug.datastructures import FileStorage

from app.cli import ComposedArguments
from app.kernel.composed_text import compose_json_value
from app.web.studio.fields import read_drawing_upload

COMPOSED = "Ёлкин Бейшен"
APART = unicodedata.normalize("NFD", COMPOSED)
assert APART != COMPOSED


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_fields_of_the_address_and_of_forms_are_composed_and_files_are_untouched(app, kind):
    more = {"file": (io.BytesIO(APART.encode()), f"{APART}.pdf")} if kind == "multipart" else {}
    with app.test_request_context(
        "/", method="POST", query_string={"q": APART}, data={APART: APART, "many": [APART, "x"], **more}
    ):
        assert (request.args["q"], request.form[COMPOSED]) == (COMPOSED, COMPOSED)
        assert request.form.getlist("many") == [COMPOSED, "x"] and request.values["q"] == COMPOSED
        if more:
            assert request.files["file"].read() == APART.encode(), "the bytes of a file are evidence"


def test_texts_of_json_are_composed_at_every_depth_and_however_they_are_escaped(app):
    sent = '{"rows": [{"NAME": ["\\u0438\\u0306", 5, null]}], "name": "NAME"}'.replace("NAME", APART)
    with app.test_request_context("/", method="POST", data=sent, content_type="application/json"):
        assert request.get_json() == {"rows": [{COMPOSED: ["й", 5, None]}], "name": COMPOSED}
    assert compose_json_value(APART) == COMPOSED and compose_json_value([True, 1.5]) == [True, 1.5]


def test_uploaded_drawings_and_packages_are_composed():
    drawing = FileStorage(io.BytesIO(f"<a>{APART}</a>".encode()), filename="a.bpmn")
    assert read_drawing_upload(drawing) == (f"<a>{COMPOSED}</a>", {})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("a.bpmn", f"<a>{APART}</a>")
    packed.seek(0)
    assert read_drawing_upload(FileStorage(packed, filename="a.zip"))[0] == f"<a>{COMPOSED}</a>"


def test_arguments_of_commands_are_composed_and_the_path_of_a_file_stays(tmp_path: Path):
    group = ComposedArguments()

    @group.command("say")
    @click.option("--name")
    @click.argument("path")
    def say(name: str, path: str) -> None:
        click.echo(f"{name}|{path}")

    there = tmp_path / APART
    there.touch()
    assert CliRunner().invoke(group, ["say", "--name", APART, str(there)]).output == f"{COMPOSED}|{there}\n"
