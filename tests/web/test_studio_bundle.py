"""The bundle of the editor beside the product: its vocabulary, its offers, its sources, its texts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib

import pytest

from app.bpmn import profile
from app.bpmn.reader import TITLE_LANGUAGES
from app.kernel.settings import PROJECT_DIR
from app.web.studio.words import STUDIO_WORDS

FRONTEND = PROJECT_DIR / "tools" / "frontend"
SOURCES = sorted((FRONTEND / "studio").glob("*.js"))
NODE = shutil.which("node")
WORD = re.compile(r'words\["([a-z_.]+(?: [a-z]+)?)"\]')
COMPUTED = ("operator.", "kind.", "language.", "assign.", "result.", "findings.", "repair.", "group.")


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_vocabulary_of_the_editor_is_that_of_the_profile():
    script = "import d from './studio/depter-moddle.js'; console.log(JSON.stringify(d))"
    done = subprocess.run(
        [str(NODE), "--input-type=module", "-e", script],
        cwd=FRONTEND,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["uri"] == profile.DEPTER_NAMESPACE.strip("{}")
    attributes, elements = {}, {}
    for kind in found["types"]:
        names = tuple(one["name"] for one in kind["properties"] if one.get("isAttr"))
        if "extends" in kind:
            (extended,) = kind["extends"]
            local = extended.removeprefix("bpmn:")
            attributes[local[0].lower() + local[1:]] = set(names)
        else:
            elements[kind["name"].lower()] = names
    assert attributes == {name: set(known) for name, known in profile.DEPTER_ATTRIBUTES.items()}
    assert elements == profile.EXTENSION_ATTRIBUTES


def test_the_languages_of_the_editor_are_those_of_titles():
    text = (FRONTEND / "studio" / "model.js").read_text(encoding="utf-8")
    assert json.loads(re.search(r"LANGUAGES = (\[[^\]]*\])", text)[1]) == list(TITLE_LANGUAGES)


def test_the_sources_use_only_words_that_the_product_has_and_all_of_them():
    scripts = [*SOURCES, PROJECT_DIR / "app" / "web" / "static" / "js" / "studio.js"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in scripts)
    used = set(WORD.findall(text)) | set(re.findall(r'"((?:anchor|id)\.[a-z]+)"', text))
    used |= set(re.findall(r'return .*?"(id\.[a-z]+)"', text))
    assert used - set(STUDIO_WORDS) == set(), "texts the product does not have"
    idle = {key for key in set(STUDIO_WORDS) - used if not key.startswith(COMPUTED)}
    idle -= set(re.findall(r'this\.taken \? "([a-z.]+)" : "([a-z.]+)"', text)[0])
    assert idle == set(), "texts nobody shows"


def test_the_bundle_names_the_licence_of_everything_inside():
    listed = tomllib.loads((FRONTEND / "vendor.toml").read_text(encoding="utf-8"))
    (bundle,) = listed["bundle"]
    folder = PROJECT_DIR / "app" / "web" / "static"
    licences = (folder / "vendor" / "studio" / "LICENSES.txt").read_text(encoding="utf-8")
    for name in (
        "bpmn-js ",
        "bpmn-js-properties-panel ",
        "diagram-js-minimap ",
        "bpmn-js-create-append-anything ",
    ):
        assert f"\n{name}" in f"\n{licences}"
    assert "The package holds no file" not in licences or "Licence: MIT" in licences
    assert {file["to"].rsplit("/", 1)[1] for file in bundle["files"]} == {
        path.name for path in (folder / "vendor" / "studio").iterdir()
    }


def test_the_watermark_of_bpmn_io_is_in_the_bundle():
    script = (PROJECT_DIR / "app/web/static/vendor/studio/studio.js").read_text(encoding="utf-8")
    assert "bjs-powered-by" in script
