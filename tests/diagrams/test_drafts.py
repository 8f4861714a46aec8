"""Drafts: saved by revision, never overwritten, restored, discarded, kept for 30 days; who edits now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.diagrams import draft_forms, draft_queries, drafts, versions
from app.diagrams.drafts import SavedDraft
from app.diagrams.models import DiagramDraft, DraftForm, DraftRevision
from app.diagrams.versions import load_published_version_id
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Invalid, Missing, Stale
from app.kernel.ids import new_id
from app.worker.due_work import delete_old_draft_revisions
from tests.scenarios.world import World

KEY = "late_correction"


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def admin(world: World) -> UUID:
    return world.hires("process_admin", None)


@pytest.fixture
def other(world: World) -> UUID:
    return world.hires("process_admin", None, name="Башка")


def write(world: World, person: UUID, command: Any, *args: Any, **more: Any) -> Any:
    act = Act(person, None, world.clock())
    with door.write(act):
        return command(act, *args, **more)


def begun(world: World, person: UUID, draft_id: UUID | None = None) -> SavedDraft:
    version = load_published_version_id(KEY)
    return write(world, person, drafts.create_draft_from_version, draft_id or new_id(), version)


def stored(world: World, draft: SavedDraft) -> draft_queries.StoredDraft:
    world.session.rollback()
    return draft_queries.load_open_draft(draft.id)


def other_title(xml: str, title: str = "Башка аталыш") -> str:
    return xml.replace(">Мөөнөттөн кийинки техникалык түзөтүү</depter:title>", f">{title}</depter:title>")


def events(world: World, draft: SavedDraft) -> list[str]:
    world.session.rollback()
    rows = select(AuditRecord.event_type).where(AuditRecord.object_id == draft.id)
    return list(world.session.scalars(rows.order_by(AuditRecord.id)))


def test_a_draft_begins_as_the_version_in_force_with_its_forms(world, admin):
    draft = begun(world, admin)
    found = stored(world, draft)
    version = versions.load_version(load_published_version_id(KEY))
    assert found.xml == version.xml and set(found.forms) == set(version.forms)
    assert (found.row.key, found.row.base_number, found.row.revision) == (KEY, 1, 1)
    assert found.row.titles["ru"] == "Техническая корректировка после срока"
    assert events(world, draft) == ["diagrams.draft.created"]


def test_the_same_request_twice_makes_one_draft_and_another_one_is_refused(world, admin, other):
    draft = begun(world, admin)
    assert begun(world, admin, draft.id) == draft
    with pytest.raises(Stale):
        begun(world, other, draft.id)
    with pytest.raises(Stale):
        write(world, admin, drafts.create_draft_from_file, draft.id, other_title(stored(world, draft).xml))
    world.session.rollback()
    assert world.session.scalar(select(func.count()).select_from(DiagramDraft)) == 1


def test_each_save_is_a_revision_and_no_audit_record(world, admin):
    draft = begun(world, admin)
    xml = stored(world, draft).xml
    saved = write(world, admin, drafts.save_draft, draft.id, 1, other_title(xml))
    assert saved.revision == 2
    assert write(world, admin, drafts.save_draft, draft.id, 1, other_title(xml)).revision == 2, "sent twice"
    found = stored(world, draft)
    assert found.xml == other_title(xml) and found.row.titles["ky"] == "Башка аталыш"
    assert [row.revision for row in draft_queries.load_draft_revisions(draft.id)] == [2, 1]
    assert events(world, draft) == ["diagrams.draft.created"]


def test_a_second_editor_loses_nothing_and_overwrites_nothing(world, admin, other):
    draft = begun(world, admin)
    xml = stored(world, draft).xml
    write(world, admin, drafts.save_draft, draft.id, 1, other_title(xml, "Биринчи"))
    with pytest.raises(Stale) as refused:
        write(world, other, drafts.save_draft, draft.id, 1, other_title(xml, "Экинчи"))
    assert refused.value.code == "diagrams.draft.changed"
    assert refused.value.current == {"revision": 2, "by": str(admin)}
    copy = write(world, other, drafts.create_draft_from_draft, new_id(), draft.id, other_title(xml, "Экинчи"))
    assert stored(world, draft).row.titles["ky"] == "Биринчи"
    assert stored(world, copy).row.titles["ky"] == "Экинчи"
    assert stored(world, copy).row.base_number == 1


def test_an_earlier_state_comes_back_as_the_newest(world, admin):
    draft = begun(world, admin)
    xml = stored(world, draft).xml
    write(world, admin, drafts.save_draft, draft.id, 1, other_title(xml))
    with pytest.raises(Stale):
        write(world, admin, drafts.restore_draft_revision, draft.id, 1, 1)
    saved = write(world, admin, drafts.restore_draft_revision, draft.id, 2, 1)
    assert saved.revision == 3 and stored(world, draft).xml == xml
    with pytest.raises(Missing):
        write(world, admin, drafts.restore_draft_revision, draft.id, 3, 9)
    assert events(world, draft) == ["diagrams.draft.created", "diagrams.draft.restored"]


def test_a_discarded_draft_takes_no_change_but_what_was_drawn_on_it_can_be_copied(world, admin, other):
    draft = begun(world, admin)
    xml = stored(world, draft).xml
    write(world, admin, drafts.discard_draft, draft.id)
    write(world, admin, drafts.discard_draft, draft.id)
    assert events(world, draft) == ["diagrams.draft.created", "diagrams.draft.discarded"]
    with pytest.raises(Missing):
        stored(world, draft)
    with pytest.raises(Stale) as refused:
        write(world, other, drafts.save_draft, draft.id, 1, other_title(xml))
    assert refused.value.code == "diagrams.draft.closed"
    copy = write(world, other, drafts.create_draft_from_draft, new_id(), draft.id, other_title(xml))
    assert stored(world, copy).xml == other_title(xml)
    assert draft_queries.load_open_drafts(KEY)[0].id == copy.id


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("x", "diagrams.draft.not_xml"),
        ("<!DOCTYPE a><a/>", "diagrams.draft.not_xml"),
        ("<a/>", "diagrams.draft.not_bpmn"),
        ("<a>" + "x" * 1_000_000 + "</a>", "diagrams.draft.too_large"),
    ],
)
def test_what_is_no_drawing_is_not_stored(world, admin, xml, code):
    with pytest.raises(Invalid) as refused:
        write(world, admin, drafts.create_draft_from_file, new_id(), xml)
    assert refused.value.fields["xml"][0].code == code


def test_a_drawing_of_more_than_200_nodes_is_not_stored(world, admin):
    draft = begun(world, admin)
    xml = stored(world, draft).xml
    drawn = xml.count("<bpmn:flowNodeRef>")

    def saves(nodes: int, revision: int) -> None:
        more = "".join(f'<bpmn:task id="t{number}"/>' for number in range(nodes - drawn))
        grown = xml.replace("</bpmn:process>", f"{more}</bpmn:process>")
        write(world, admin, drafts.save_draft, draft.id, revision, grown)

    saves(200, 1)
    with pytest.raises(Invalid) as refused:
        saves(201, 2)
    assert refused.value.fields["xml"][0].params == {"max": 200, "found": 201}


def test_a_form_of_another_process_comes_with_the_draft_that_names_it(world, admin):
    draft = begun(world, admin)
    xml = stored(world, draft).xml.replace(
        'depter:form="late_correction.release_it"', 'depter:form="excuse.decide_directorate"', 1
    )
    write(world, admin, drafts.save_draft, draft.id, 1, xml)
    assert "excuse.decide_directorate" in stored(world, draft).forms


def test_states_are_kept_for_30_days_and_the_present_one_for_ever(world, admin, settings):
    draft = begun(world, admin)
    xml = stored(world, draft).xml
    world.clock.advance(days=20)
    write(world, admin, drafts.save_draft, draft.id, 1, other_title(xml, "а"))
    world.clock.advance(days=11)
    delete_old_draft_revisions(settings, world.clock())
    assert [row.revision for row in draft_queries.load_draft_revisions(draft.id)] == [2]
    world.clock.advance(days=90)
    assert delete_old_draft_revisions(settings, world.clock()) is False
    world.session.rollback()
    assert world.session.scalar(select(func.count()).select_from(DraftRevision)) == 1


def test_every_state_holds_its_forms_and_a_text_is_stored_once(world, admin, settings):
    draft = begun(world, admin)
    before = stored(world, draft).forms
    name = f"{KEY}.forward_directorate"
    changed = before[name].replace("Жолдомо берүү", "Жиберүү")
    for seen, text in ((1, changed), (2, "{}"), (3, changed)):
        write(world, admin, drafts.save_draft, draft.id, seen, forms={name: text}, how=drafts.FORM_CHANGED)
    assert stored(world, draft).forms == before | {name: changed}
    assert draft_forms.load_draft_form_texts(draft.id, 3)[name] == "{}"
    assert draft_forms.load_draft_form_texts(draft.id, 1) == before
    assert world.session.scalar(select(func.count()).select_from(DraftForm)) == len(before) + 2

    restored = write(world, admin, drafts.restore_draft_revision, draft.id, 4, 1)
    assert stored(world, draft).forms == before
    removed = write(world, admin, drafts.save_draft, draft.id, restored.revision, forms={name: None})
    assert stored(world, draft).forms == before, "a form in force that the drawing names comes back as it is"
    world.clock.advance(days=40)
    delete_old_draft_revisions(settings, world.clock())
    world.session.rollback()
    assert world.session.scalar(select(func.count()).select_from(DraftForm)) == len(before), removed


def test_a_change_meets_another_one_only_in_the_same_part(world, admin, other):
    draft = begun(world, admin)
    found = stored(world, draft)
    name, second = f"{KEY}.forward_directorate", f"{KEY}.rework_teacher"
    write(world, admin, drafts.save_draft, draft.id, 1, forms={name: found.forms[name] + " "})
    drawn = write(world, other, drafts.save_draft, draft.id, 1, other_title(found.xml))
    write(world, other, drafts.save_draft, draft.id, 1, forms={second: found.forms[second] + " "})
    with pytest.raises(Stale):
        write(world, other, drafts.save_draft, draft.id, 1, forms={name: found.forms[name] + "  "})
    with pytest.raises(Stale):
        write(world, admin, drafts.save_draft, draft.id, 1, other_title(found.xml, "Үчүнчү"))
    kept = stored(world, drawn)
    assert kept.xml == other_title(found.xml) and kept.forms[name] == found.forms[name] + " "
    copy = write(
        world, other, drafts.create_draft_from_draft, new_id(), draft.id, forms={name: found.forms[name]}
    )
    assert stored(world, copy).forms == kept.forms | {name: found.forms[name]}


def test_who_has_a_draft_open_is_seen_until_a_minute_after_his_page_reported_last(world, admin, other):
    draft = begun(world, admin)
    minute = timedelta(seconds=60)
    began = world.clock()
    write(world, admin, drafts.record_draft_editor, draft.id, began - minute)
    world.clock.advance(seconds=20)
    write(world, admin, drafts.record_draft_editor, draft.id, world.clock() - minute)
    write(world, other, drafts.record_draft_editor, draft.id, world.clock() - minute)
    world.session.rollback()
    found = draft_queries.load_draft_editors(draft.id, world.clock() - minute)
    assert [(row.person, row.since) for row in found] == [(admin, began), (other, world.clock())]
    world.clock.advance(minutes=5)
    assert draft_queries.load_draft_editors(draft.id, world.clock() - minute) == []
    write(world, admin, drafts.record_draft_editor, draft.id, world.clock() - minute)
    world.session.rollback()
    assert draft_queries.load_draft_editors(draft.id, world.clock() - minute)[0].since == world.clock()


def test_nobody_edits_a_draft_that_is_not_there(world, admin):
    for command in (drafts.discard_draft, lambda act, id_: drafts.record_draft_editor(act, id_, act.at)):
        with pytest.raises(Missing):
            write(world, admin, command, new_id())
