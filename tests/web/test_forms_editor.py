"""The forms of a draft over HTTP: edited, copied, renamed with their readers, never removed silently, shown as seen."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest

from app.diagrams import draft_queries
from app.diagrams import versions as diagrams
from app.diagrams.draft_package import write_draft_package
from app.diagrams.file_check import check_diagram_file_in_this_process
from app.kernel.ids import new_id
from tests.web.browser import Browser, hidden
from tests.web.campus import Campus

NAME = "late_correction.rework_teacher"
HEAD = "late_correction.endorse_department_head"
WORDS = {"new-ky": "Тили", "new-ru": "Язык", "new-en": "Language of the copy"}


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    diagrams.clear_version_cache()
    yield Campus(app, db_session, clock)
    diagrams.clear_version_cache()


@pytest.fixture
def browser(campus: Campus) -> Browser:
    return Browser(campus.app, "en").enter(campus.near["process_admin"])


def forms_of(campus: Campus) -> str:
    return f"/processes/drafts/{campus.things['draft_id']}/forms"


def stored(campus: Campus) -> draft_queries.StoredDraft:
    campus.world.session.rollback()
    return draft_queries.load_open_draft(campus.things["draft_id"])


def form(campus: Campus, name: str = NAME) -> dict[str, Any]:
    return dict(json.loads(stored(campus).forms[name]))


def shown(text: str) -> dict[str, Any]:
    """What the page would send: every input of the editor as it stands."""
    found: dict[str, Any] = {}
    body = text[text.index('class="form-editor"') :]
    for tag in re.findall(r"<input[^>]*>", body):
        given = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if given.get("type") != "checkbox" or re.search(r"\schecked", tag):
            found.setdefault(given.get("name", ""), []).append(given.get("value", ""))
    for name, value in re.findall(r'<textarea\s+id="[^"]*" name="([^"]*)"[^>]*>([^<]*)</textarea>', body):
        found[name] = value
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = (
            re.findall(r'value="([^"]*)" selected', options) or re.findall(r'value="([^"]*)"', options)[:1]
        )
        found[name] = chosen
    found.pop("", None)
    return found


def presses(browser: Browser, campus: Campus, do: str, name: str = NAME, **typed: Any) -> Any:
    page = browser.get(f"{forms_of(campus)}/{name}").text
    return browser.post(f"{forms_of(campus)}/{name}", **(shown(page) | {"do": do} | typed))


def adds_language(browser: Browser, campus: Campus) -> None:
    """A list with three answers in the form of the head of department."""
    answer = presses(browser, campus, "add_field", HEAD, **{"new-kind": "select"}, **WORDS)
    assert answer.location.endswith("#field-language_of_the_copy")
    place = len(form(campus, HEAD)["components"]) - 1
    for word in ("kyrgyz", "russian", "english"):
        typed = {f"f{place}-new-{one}": f"{word} {one}" for one in ("ky", "ru", "en")}
        presses(browser, campus, f"add_answer-{place}", HEAD, **typed, **{f"f{place}-new-value": word})


def test_pressing_save_changes_nothing_of_a_shipped_form(campus, browser):
    before = stored(campus)
    for name in before.forms:
        assert presses(browser, campus, "save", name).status_code == 302
    assert stored(campus).forms == before.forms and stored(campus).row.revision == 1


def test_a_field_is_added_moved_and_shown_in_three_languages(campus, browser):
    adds_language(browser, campus)
    made = form(campus, HEAD)["components"][-1]
    assert made["key"] == "language_of_the_copy" and made["type"] == "select"
    assert [one["value"] for one in made["values"]] == ["kyrgyz", "russian", "english"]
    assert made["texts"]["values"]["russian"]["ru"] == "russian ru"
    place = len(form(campus, HEAD)["components"]) - 1
    presses(browser, campus, f"answer_up-{place}-2", HEAD)
    presses(browser, campus, f"up-{place}", HEAD, **{f"f{place}-required": "1", f"f{place}-label-ky": "Тил"})
    moved = form(campus, HEAD)["components"][place - 1]
    assert [one["value"] for one in moved["values"]] == ["kyrgyz", "english", "russian"]
    assert moved["validate"] == {"required": True} and moved["texts"]["label"]["ky"] == "Тил"
    for language, word in (("ky", "Тил"), ("ru", "Язык"), ("en", "Language of the copy")):
        page = browser.get(f"{forms_of(campus)}/{HEAD}/preview?lang={language}")
        assert f'lang="{language}"' in page.text and word in page.text and "russian" in page.text
        assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert browser.get(f"{forms_of(campus)}/{HEAD}").headers["X-Frame-Options"] == "DENY"
    history = browser.get(f"/processes/drafts/{campus.things['draft_id']}/history").text
    assert "form changed" in history and HEAD in history


def test_what_is_half_written_is_kept_and_told_and_nonsense_is_refused_with_everything_typed(campus, browser):
    half = presses(browser, campus, "add_field", **{"new-kind": "text", "new-ky": "Жөн гана"})
    assert half.status_code == 302
    page = browser.get(f"{forms_of(campus)}/{NAME}").text
    assert "is missing in: ru, en" in page
    place = len(form(campus)["components"]) - 1
    long = {f"f{place}-label-ru": "щ" * 201, f"f{place}-most": "many", f"f{place}-label-ky": "<b>Жөн</b>"}
    refused = presses(browser, campus, "save", **long)
    assert refused.status_code == 422 and "щ" * 201 in refused.text and 'value="many"' in refused.text
    assert "&lt;b&gt;Жөн&lt;/b&gt;" in refused.text and "<b>Жөн" not in refused.text
    for typed, said in (
        ({"new-kind": "wheel"}, "not"),
        ({"new-kind": "text"}, "in at least one language"),
        ({"new-kind": "text", "new-key": "decision", **WORDS}, "is there already"),
        ({"new-kind": "text", "new-key": "token", **WORDS}, "is a word of Depter"),
        ({"new-kind": "text", "new-key": "Big Key", **WORDS}, "only a-z"),
    ):
        answer = presses(browser, campus, "add_field", **typed)
        assert answer.status_code == 422 and said in answer.text, typed
    assert presses(browser, campus, "dance-1").status_code == 422
    presses(browser, campus, "up-1", **{"new-kind": "date", "new-ky": "Күнү", "new-key": "on"})
    assert form(campus)["components"][-1]["key"] == "on", (
        "what was typed to be added goes along with any button"
    )
    preview = browser.get(f"{forms_of(campus)}/{NAME}/preview").text
    assert "<b>" not in preview


def test_autosave_answers_json_and_two_editors_lose_nothing(campus, browser):
    other = Browser(campus.app, "ru").enter(campus.colleague["process_admin"])
    other.get(forms_of(campus))
    path = f"{forms_of(campus)}/{NAME}"
    mine = {"f0-key": "decision", "f0-label-ky": "Менин", "f0-required": "1"}
    body = {"do": "autosave", "seen": 1, "values": mine}
    saved = browser.json("POST", path, body)
    assert saved.status_code == 200 and saved.json["revision"] == 2 and saved.json["findings"] == []
    assert browser.json("POST", path, body).json["revision"] == 2, "sent twice"
    yours = body | {"values": mine | {"f0-label-ky": ""}, "id": str(new_id())}
    assert other.json("POST", path, yours).status_code == 409
    copy = other.json("POST", path, yours | {"do": "copy"})
    assert copy.status_code == 200 and copy.json["url"].endswith(f"/forms/{NAME}")
    assert "сохранено копией" in other.get(copy.json["url"]).text.lower() or copy.json["revision"] == 1
    assert form(campus)["components"][0]["texts"]["label"]["ky"] == "Менин"
    page = other.post(
        path, **{**mine, "seen": "1", "do": "save", "f0-label-ky": "Сеники", "id": str(new_id())}
    )
    assert page.status_code == 409 and 'value="Сеники"' in page.text and 'value="copy"' in page.text
    assert (
        browser.json("POST", path, {"do": "autosave", "seen": 2, "values": {"f0-key": 5.5}}).status_code
        == 422
    )


def test_a_used_field_is_not_removed_silently_and_its_readers_follow_a_new_name(campus, browser):
    adds_language(browser, campus)
    xml = stored(campus).xml.replace(
        "endorse_department_head.decision == 'approve' or",
        "endorse_department_head.language_of_the_copy == 'russian' or endorse_department_head.decision == 'approve' or",
    )
    draft = f"/processes/drafts/{campus.things['draft_id']}"
    assert (
        browser.json("PUT", draft, {"revision": stored(campus).row.revision, "xml": xml}).status_code == 200
    )
    path = f"{forms_of(campus)}/{HEAD}/fields/language_of_the_copy"
    asked = presses(browser, campus, f"ask-{len(form(campus, HEAD)['components']) - 1}", HEAD)
    assert asked.location.endswith(path)
    page = browser.get(path).text
    assert "its condition" in page and "show=head_approved" in page and "Remove it all the same" in page

    seen = hidden(page, "seen")
    taken = browser.post(path, seen=seen, do="rename", new="decision", follow="1")
    assert taken.status_code == 422 and "is there already" in taken.text
    renamed = browser.post(path, seen=seen, do="rename", new="tongue", follow="1")
    assert renamed.status_code == 302 and renamed.location.endswith("#field-tongue")
    assert "endorse_department_head.tongue == 'russian'" in stored(campus).xml
    path = path.replace("language_of_the_copy", "tongue")
    assert browser.post(path, seen=seen, do="remove").status_code == 409, "the page is older than the draft"

    before = stored(campus)
    browser.post(path, seen=str(before.row.revision), do="rename", new="alone")
    assert stored(campus).xml == before.xml, "nothing follows where that is not wanted"
    found = browser.get(f"{forms_of(campus)}/{HEAD}/findings.json").json
    assert any("endorse_department_head.tongue" in one["message"] for one in found["elsewhere"])
    browser.post(
        f"{forms_of(campus)}/{HEAD}/fields/alone",
        seen=str(stored(campus).row.revision),
        do="rename",
        new="tongue",
    )

    seen = str(stored(campus).row.revision)
    browser.post(path, seen=seen, do="rename_answer", value="russian", new="ru", follow="1")
    assert "endorse_department_head.tongue == 'ru'" in stored(campus).xml
    seen = str(stored(campus).row.revision)
    assert browser.post(path, seen=seen, do="remove_answer", value="ru").status_code == 302
    found = browser.get(f"{forms_of(campus)}/{HEAD}/findings.json").json
    assert any("never has the value" in one["message"] for one in found["elsewhere"])
    seen = str(stored(campus).row.revision)
    assert browser.post(path, seen=seen, do="remove").status_code == 302
    found = browser.get(f"{forms_of(campus)}/{HEAD}/findings.json").json
    assert any("Nothing gives the variable" in one["message"] for one in found["elsewhere"])


def test_a_form_is_made_for_a_step_copied_and_taken_back(campus, browser):
    offered = browser.get(f"{forms_of(campus)}?step=visa_deputy&source={HEAD}").text
    name = re.search(r'id="name"[^>]*value="([^"]+)"', offered)
    assert name and name[1] == "late_correction.visa_deputy"
    made = browser.post(forms_of(campus), name=name[1], step="visa_deputy", source=HEAD)
    assert made.location.endswith(f"/forms/{name[1]}")
    assert f'depter:form="{name[1]}"' in stored(campus).xml
    assert form(campus, name[1])["components"] == form(campus, HEAD)["components"]
    for wrong in (
        {"name": "x"},
        {"name": name[1]},
        {"name": "a.b", "step": "nobody"},
        {"name": "a.b", "source": "no"},
    ):
        answer = browser.post(forms_of(campus), **({"step": "", "source": ""} | wrong))
        assert answer.status_code == 422, wrong
    assert browser.post(forms_of(campus), remove=name[1]).status_code == 422, "a step uses it"
    presses(browser, campus, "add_field", **{"new-kind": "text"}, **WORDS)
    assert "Take back the changes" in browser.get(forms_of(campus)).text
    assert browser.post(forms_of(campus), remove=NAME).status_code == 302
    assert "language_of_the_copy" not in stored(campus).forms[NAME]
    draft = browser.get(f"/processes/drafts/{campus.things['draft_id']}/draft.json").json
    choice = next(one for one in draft["forms"] if one["value"] == name[1])
    assert choice["draft"] and [one["key"] for one in choice["fields"]] == ["decision", "reason"]


def test_a_draft_leaves_with_its_forms_and_comes_back_with_them(campus, browser, tmp_path):
    adds_language(browser, campus)
    packed = browser.get(f"/processes/drafts/{campus.things['draft_id']}/package").data
    made = imports(browser, packed)
    assert made.status_code == 302
    back = draft_queries.load_open_draft(UUID(made.location.rsplit("/", 1)[1]))
    assert (back.xml, back.forms) == (stored(campus).xml, stored(campus).forms)
    with ZipFile(io.BytesIO(packed)) as file:
        file.extractall(tmp_path)
    assert (
        check_diagram_file_in_this_process(tmp_path / "late_correction.bpmn", tmp_path / "forms").findings
        == ()
    )
    xml, text = back.xml, back.forms[HEAD]
    long = text.replace("russian", "x" * 70_000, 1)
    for forms, said in (
        ({HEAD: text.replace('"type"', '"wheel": 1, "type"', 1)}, "wheel: unknown"),
        ({HEAD: text.replace('"required"', '"onchange"', 1)}, "validate.onchange: unknown"),
        ({HEAD: "[" * 50_000}, "cannot be read"),
        ({HEAD: long}, "at most 65 kB"),
        ({f"a.b{n}": "{}" for n in range(160)}, "no ZIP file with one diagram"),
    ):
        refused = imports(browser, write_draft_package("late_correction", xml, forms))
        assert refused.status_code == 422 and said in refused.text, said
    for data in (packed[:-200], packed[:200], b"PK\x03\x04" + b"x" * 100):
        assert imports(browser, data).status_code == 422
    assert imports(browser, write_draft_package("x", "<a>" * 400_000, {})).status_code == 422, (
        "unpacked too large"
    )


def test_what_changed_in_a_form_is_told_before_it_is_proposed(campus, browser):
    adds_language(browser, campus)
    place = len(form(campus, HEAD)["components"]) - 1
    presses(browser, campus, "save", HEAD, **{"f0-label-en": "Verdict", f"f{place}-required": "1"})
    browser.post(forms_of(campus), name="late_correction.unused", step="", source="")
    page = browser.get(f"/processes/drafts/{campus.things['draft_id']}/propose").text
    assert "late_correction.unused" not in page, "a version holds what its drawing names"
    assert "Field «language_of_the_copy»" in page and "Verdict" in page and HEAD in page
    assert "It cannot come into force like this." not in page


def imports(browser: Browser, data: bytes) -> Any:
    browser.get("/processes/import")
    fields = {"id": str(new_id()), "csrf_token": browser.token, "file": (io.BytesIO(data), "a.zip")}
    return browser.send("POST", "/processes/import", data=fields)
