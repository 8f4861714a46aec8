"""The studio over HTTP: who may draw, saving by revision, copies, check, import, export, choices (3.1)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.diagrams import draft_queries
from app.diagrams import versions as diagrams
from app.kernel.ids import new_id
from app.kernel.settings import PROJECT_DIR
from app.people.models import ROLES
from tests.web.browser import Browser, hidden
from tests.web.campus import BPMN, Campus

PAGE = "/processes/late_correction"
TITLE = ">Мөөнөттөн кийинки техникалык түзөтүү</depter:title>"


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    diagrams.clear_version_cache()
    yield Campus(app, db_session, clock)
    diagrams.clear_version_cache()


def enter(campus: Campus, role: str = "process_admin", locale: str = "en") -> Browser:
    return Browser(campus.app, locale).enter(campus.near[role])


def draft_of(campus: Campus) -> str:
    return f"/processes/drafts/{campus.things['draft_id']}"


def loaded(browser: Browser, path: str) -> dict[str, Any]:
    return dict(browser.get(f"{path}/draft.json").json)


def sends_file(browser: Browser, data: bytes, **more: Any) -> Any:
    browser.get("/processes/import")
    fields = {"id": str(new_id()), "csrf_token": browser.token, "file": (io.BytesIO(data), "a.bpmn")}
    return browser.send("POST", "/processes/import", data=fields | more)


def test_only_the_administrator_of_processes_is_offered_to_draw(campus):
    for role in ROLES:
        page = enter(campus, role).get(PAGE)
        assert (f"{PAGE}/edit" in page.text) == (role == "process_admin"), role
        listed = enter(campus, role).get("/processes")
        assert (draft_of(campus) in listed.text) == (role == "process_admin"), role


def test_the_page_of_editing_opens_my_draft_and_else_offers_to_begin_one(campus):
    mine = enter(campus).get(f"{PAGE}/edit")
    assert mine.status_code == 302 and mine.location.endswith(draft_of(campus))
    colleague = Browser(campus.app, "en").enter(campus.colleague["process_admin"])
    offered = colleague.get(f"{PAGE}/edit")
    assert draft_of(campus) in offered.text, "the draft of a colleague can be opened"
    made = colleague.post(f"{PAGE}/edit", id=hidden(offered.text, "id"), version="1")
    assert made.status_code == 302
    assert colleague.get(made.location).status_code == 200
    assert colleague.get(f"{PAGE}/edit").location == made.location


def test_a_draft_can_be_begun_from_another_draft_and_not_from_what_is_not_there(campus):
    browser = enter(campus)
    xml = loaded(browser, draft_of(campus))["xml"].replace(TITLE, ">Башка</depter:title>")
    browser.json("PUT", draft_of(campus), {"revision": 1, "xml": xml})
    copy = browser.post(f"{PAGE}/edit", id=str(new_id()), source=str(campus.things["draft_id"]))
    assert loaded(browser, copy.location)["xml"] == xml
    for wrong in ({"version": "9"}, {"source": str(new_id())}):
        assert browser.post(f"{PAGE}/edit", id=str(new_id()), **wrong).status_code == 404, wrong
    assert browser.get("/processes/never_was/edit").status_code == 404


def test_what_is_drawn_is_saved_by_revision_and_the_second_editor_gets_a_copy(campus):
    first, second = enter(campus), Browser(campus.app, "en").enter(campus.colleague["process_admin"])
    path = draft_of(campus)
    xml = loaded(first, path)["xml"]
    drawn = {name: xml.replace(TITLE, f">{name}</depter:title>") for name in ("one", "two")}
    saved = first.json("PUT", path, {"revision": 1, "xml": drawn["one"]})
    assert saved.status_code == 200 and saved.json["revision"] == 2
    assert first.json("PUT", path, {"revision": 1, "xml": drawn["one"]}).json["revision"] == 2, "sent twice"

    refused = second.json("PUT", path, {"revision": 1, "xml": drawn["two"]})
    assert refused.status_code == 409 and refused.json["error"]["code"] == "diagrams.draft.changed"
    body = {"id": str(new_id()), "xml": drawn["two"]}
    copy, again = second.json("POST", f"{path}/copy", body), second.json("POST", f"{path}/copy", body)
    assert copy.status_code == again.status_code == 200 and copy.json["url"] == again.json["url"]
    assert "because" in copy.json["message"] and "saved meanwhile" in copy.json["message"]
    assert loaded(second, copy.json["url"])["xml"] == drawn["two"]
    assert loaded(second, path)["xml"] == drawn["one"]


def test_who_else_has_the_draft_open_is_said_with_the_time(campus):
    first, second = enter(campus), Browser(campus.app, "en").enter(campus.colleague["process_admin"])
    assert first.json("POST", f"{draft_of(campus)}/presence", {}).json == {"editors": []}
    (sentence,) = second.json("POST", f"{draft_of(campus)}/presence", {}).json["editors"]
    assert sentence.endswith("is editing since 09:00")


def test_a_shipped_drawing_is_sound_and_a_broken_one_says_what_and_where(campus):
    browser, path = enter(campus, locale="ru"), draft_of(campus)
    xml = loaded(browser, path)["xml"]
    sound = browser.json("POST", f"{path}/check", {"xml": xml}).json
    assert sound["sound"] is True and sound["findings"] == [] and sound["states"] > 1
    broken = xml.replace(' depter:deadline="correction.step_sla"', ' depter:deadline="no.such"', 1)
    found = browser.json("POST", f"{path}/check", {"xml": broken}).json
    (finding,) = [one for one in found["findings"] if one["code"] == "diagrams.policy.unknown"]
    assert finding["element"] == "rework_teacher" and finding["severity"] == "error" and finding["line"] > 1
    assert "no.such" in finding["message"] and finding["remedy"]
    assert loaded(browser, path)["xml"] == xml, "a check stores nothing"


@pytest.mark.parametrize("xml", ["", "nonsense", "<a/>", "<!DOCTYPE x><x/>", "<a>" * 400_000])
def test_a_check_of_what_is_no_drawing_is_a_finding(campus, xml):
    answer = enter(campus).json("POST", f"{draft_of(campus)}/check", {"xml": xml})
    assert answer.status_code in (200, 422)
    assert answer.status_code == 422 or (answer.json["findings"] and answer.json["repairs"] == [])


def test_a_finding_that_one_press_can_remove_has_a_repair_and_the_others_have_none(campus):
    browser, path = enter(campus), draft_of(campus)
    xml = loaded(browser, path)["xml"].replace(' depter:deadline="correction.step_sla"', "", 1)
    found = browser.json("POST", f"{path}/check", {"xml": xml}).json["findings"]
    (missing,) = [one for one in found if one["code"] == "diagrams.deadline.missing"]
    assert missing["repair"] is True
    body = {"revision": 1, "xml": xml, "kind": "finding", "element": missing["element"]}
    repaired = browser.json("POST", f"{path}/repair", body | {"code": missing["code"]})
    assert repaired.status_code == 200 and repaired.json["revision"] == 2
    again = browser.json("POST", f"{path}/check", {"xml": repaired.json["xml"]}).json
    assert again["findings"] == [] and again["sound"] is True
    for code in ("diagrams.role.unknown", ""):
        wrong = body | {"revision": 2, "xml": repaired.json["xml"], "code": code, "element": "requested"}
        assert browser.json("POST", f"{path}/repair", wrong).status_code == 422, code


def test_one_person_does_not_keep_the_checking_process_for_himself(campus, monkeypatch):
    monkeypatch.setattr("app.web.studio.checking.check_drawing", lambda *_: {"findings": []})
    browser, other = enter(campus), Browser(campus.app, "ru").enter(campus.colleague["process_admin"])
    answers = [browser.json("POST", f"{draft_of(campus)}/check", {"xml": "x"}) for _ in range(241)]
    assert {answer.status_code for answer in answers[:240]} == {200}
    assert answers[240].status_code == 429
    assert answers[240].json["error"]["message"].startswith("The drawing is checked too often")
    assert other.json("POST", f"{draft_of(campus)}/check", {"xml": "x"}).status_code == 200


def test_a_file_of_another_program_is_laid_out_repaired_and_given_back(campus):
    browser = enter(campus)
    made = sends_file(browser, BPMN.encode())
    assert made.status_code == 302, made.text
    path = made.location
    draft = loaded(browser, path)
    assert draft["revision"] == 2 and "BPMNShape" in draft["xml"]
    offered = browser.json("POST", f"{path}/check", {"xml": draft["xml"]}).json["repairs"]
    assert {one["kind"] for one in offered} == {"types", "ids", "executable", "lanes"}
    assert all(one["message"] for one in offered)
    body = {"revision": 2, "xml": draft["xml"], "kind": "all", "element": ""}
    repaired = browser.json("POST", f"{path}/repair", body).json
    assert repaired["revision"] == 3 and '<userTask id="karoo"' in repaired["xml"]
    file = browser.get(f"{path}/file")
    assert file.text == repaired["xml"] and "attachment" in file.headers["Content-Disposition"]
    browser.get(f"{path}/history")
    restored = browser.post(f"{path}/restore", seen="3", revision="1")
    assert restored.status_code == 302 and loaded(browser, path)["xml"] == BPMN
    assert browser.json("POST", f"{path}/repair", body | {"kind": "foreign"}).status_code == 422


def test_an_export_keeps_layout_and_what_other_programs_noted(campus):
    noted = BPMN.replace('<task id="Task_1"', '<task xmlns:other="urn:other" other:colour="red" id="Task_1"')
    browser = enter(campus)
    path = sends_file(browser, noted.encode()).location
    assert 'other:colour="red"' in browser.get(f"{path}/file").text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a readable XML"),
        (b"%PDF-1.7", "not a readable XML"),
        (b"\xff\xfe\xfa", "not a readable XML"),
        (b"<html></html>", "no BPMN 2.0 diagram"),
        (b"<a>" + b"x" * 1_000_001 + b"</a>", "at most 1000 kB"),
        (BPMN.replace("</process>", "<task/>" * 300 + "</process>").encode(), "at most 200"),
    ],
)
def test_a_file_that_is_no_diagram_is_refused_in_words(campus, data, said):
    answer = sends_file(enter(campus), data)
    assert answer.status_code == 422 and said in answer.text


def test_fifty_megabytes_are_refused_before_they_are_read(campus):
    browser = enter(campus)
    answer = sends_file(browser, b"x" * 50_000_000)
    assert answer.status_code == 413 and "larger than 12 MB" in answer.text
    pasted = browser.json("PUT", draft_of(campus), {"revision": 1, "xml": "x" * 50_000_000})
    assert pasted.status_code == 413 and pasted.json["error"]["message"]


def test_a_discarded_draft_is_gone_from_the_lists_and_its_page_is_missing(campus):
    browser, path = enter(campus), draft_of(campus)
    browser.get(path)
    gone = browser.post(f"{path}/discard")
    assert gone.status_code == 302 and gone.location.endswith(PAGE)
    assert path not in browser.get(PAGE).text.replace("discarded", "")
    assert browser.get(path).status_code == 404
    xml = (PROJECT_DIR / "workflows" / "late_correction.bpmn").read_text(encoding="utf-8")
    refused = browser.json("PUT", path, {"revision": 1, "xml": xml + "<!-- -->"})
    assert refused.status_code == 409 and refused.json["error"]["code"] == "diagrams.draft.closed"
    assert draft_queries.load_open_drafts("late_correction") == []


@pytest.mark.parametrize("locale", ["ky", "ru", "en"])
def test_the_choices_hold_everything_a_diagram_may_name_in_the_language_of_the_reader(campus, locale):
    found = enter(campus, locale=locale).get("/processes/studio/choices.json").json
    assert found["locale"] == locale
    for shipped in diagrams.read_shipped_diagrams(PROJECT_DIR / "workflows", PROJECT_DIR / "forms"):
        model = diagrams.parse_diagram(shipped.xml.encode())
        start = found["starts"][model.start_name]
        named = {one["value"] for kind in ("scopes", "persons", "moments", "codes") for one in start[kind]}
        assert {lane.role for lane in model.lanes.values()} <= values(found["roles"])
        assert {lane.scope for lane in model.lanes.values() if lane.scope} <= named
        assert {task.assign for task in model.user_tasks.values() if task.is_for_named_person} <= named
        assert {task.form for task in model.user_tasks.values() if task.form} <= values(found["forms"])
        assert {task.clause for task in model.user_tasks.values() if task.clause} <= values(found["clauses"])
        policies = {task.deadline for task in model.user_tasks.values() if task.deadline}
        policies |= {timer.policy for timer in model.timers.values()}
        assert policies <= values(found["policies"])
        assert {service.operation for service in model.services.values()} <= values(found["operations"])
        assert {end.outcome for end in model.ends.values() if end.outcome} <= values(found["outcomes"])
    text = json.dumps(found, ensure_ascii=False)
    assert {"ky": "Дирекция", "ru": "Дирекция", "en": "Directorate"}[locale] in text
    lengths = {one["value"]: one["length"] for one in found["policies"]}
    assert {"ky": "жумушчу күн", "ru": "рабочий день", "en": "working day"}[locale] in lengths[
        "correction.step_sla"
    ]


def values(choices: list[dict[str, Any]]) -> set[str]:
    return {one["value"] for one in choices}
