"""Stored once, encrypted, on the disk before its row; opened by policy, every look recorded; orphans swept."""

from __future__ import annotations

import io
import os
import threading
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.files.models import Blob, File
from app.files.store import ContentLost, FileStore
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Stale
from app.kernel.ids import new_id
from tests.files.pictures import pdf, png

AISULUU, BAKYT = new_id(), new_id()


@pytest.fixture
def store(db_session, tmp_path) -> FileStore:
    return FileStore(tmp_path)


def kept(
    store: FileStore, clock, content: bytes, file_id: UUID | None = None, person: UUID = AISULUU
) -> UUID:
    act = Act(person, None, clock())
    with door.write(act) as _:
        return store.store_upload(act, file_id or new_id(), "справка.pdf", io.BytesIO(content)).id


def opened(store: FileStore, clock, file_id: UUID, may_see=lambda file: True):
    act = Act(BAKYT, None, clock())
    with door.write(act) as _:
        return store.open_file(act, file_id, may_see)


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_stored_comes_back_and_stands_encrypted_on_the_disk(store, clock, tmp_path):
    content = pdf("confidential diagnosis")
    file_id = kept(store, clock, content)
    back = opened(store, clock, file_id)
    assert (back.content, back.name, back.media_type) == (content, "справка.pdf", "application/pdf")
    (path,) = on_disk(tmp_path)
    assert b"confidential" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_every_look_is_recorded_with_who_looked(store, clock):
    file_id = kept(store, clock, pdf())
    opened(store, clock, file_id)
    looks = select(AuditRecord.person, AuditRecord.object_id).where(
        AuditRecord.event_type == "files.file.viewed"
    )
    assert db.session.execute(looks).all() == [(BAKYT, file_id)]


def test_the_audit_does_not_show_the_name_of_a_file(store, clock):
    kept(store, clock, pdf())
    body = db.session.scalars(
        select(AuditRecord.body).where(AuditRecord.event_type == "files.file.stored")
    ).one()
    assert "справка" not in body


def test_who_may_not_see_it_finds_nothing_as_if_it_were_not_there(store, clock):
    file_id = kept(store, clock, pdf())
    with pytest.raises(Missing):
        opened(store, clock, file_id, may_see=lambda file: False)
    with pytest.raises(Missing):
        opened(store, clock, new_id())
    assert not db.session.scalar(select(func.count()).where(AuditRecord.event_type == "files.file.viewed"))


def test_equal_content_is_kept_once_under_an_address_nobody_can_guess(store, clock, tmp_path):
    import hashlib

    content = pdf()
    first, second = kept(store, clock, content), kept(store, clock, content, person=BAKYT)
    assert first != second and len(on_disk(tmp_path)) == 1
    assert on_disk(tmp_path)[0].name != hashlib.sha256(content).hexdigest()


def test_a_repeat_answers_as_the_first_time_and_other_content_is_stale(store, clock):
    file_id = kept(store, clock, pdf("one"))
    assert kept(store, clock, pdf("one"), file_id) == file_id
    for content, person in ((pdf("two"), AISULUU), (pdf("one"), BAKYT)):
        with pytest.raises(Stale):
            kept(store, clock, content, file_id, person)
    assert db.session.scalar(select(func.count()).select_from(File)) == 1


def test_a_refused_file_leaves_nothing(store, clock, tmp_path):
    with pytest.raises(Invalid):
        kept(store, clock, b"%PDF-1.4 not really")
    assert on_disk(tmp_path) == []


def test_twenty_uploads_of_the_same_content_at_once_can_all_be_read(app, store, clock):
    content, ids = png(7), [new_id() for _ in range(8)]
    together = threading.Barrier(len(ids))

    def upload(file_id: UUID) -> None:
        with app.app_context():
            together.wait()
            kept(store, clock, content, file_id)

    threads = [threading.Thread(target=upload, args=(file_id,)) for file_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(opened(store, clock, file_id).content == content for file_id in ids)
    assert db.session.scalar(select(func.count()).select_from(Blob)) == 1


def test_an_act_that_fails_leaves_content_without_a_row_which_is_swept_after_a_day(store, clock, tmp_path):
    lasting = kept(store, clock, pdf("lasting"))
    act = Act(AISULUU, None, clock())
    with pytest.raises(RuntimeError), door.write(act):
        store.store_upload(act, new_id(), "a.pdf", io.BytesIO(pdf("orphan")))
        raise RuntimeError
    assert len(on_disk(tmp_path)) == 2
    (tmp_path / "files" / "ab").mkdir(exist_ok=True)
    (tmp_path / "files" / "ab" / "abcd.partial").write_bytes(b"half")
    for path in on_disk(tmp_path):
        os.utime(path, (clock().timestamp(),) * 2)
    with door.write(Act.by_system(clock())) as _:
        assert store.remove_orphaned_content(clock()) == 0
        assert store.remove_orphaned_content(clock() + timedelta(days=1, seconds=1)) == 1
    assert len(on_disk(tmp_path)) == 1
    assert opened(store, clock, lasting).content == pdf("lasting")


def test_content_changed_or_lost_on_the_disk_is_never_shown(store, clock, tmp_path):
    file_id = kept(store, clock, pdf())
    (path,) = on_disk(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ContentLost):
        opened(store, clock, file_id)
    path.unlink()
    with pytest.raises(ContentLost):
        opened(store, clock, file_id)
    kept(store, clock, pdf())
    assert opened(store, clock, file_id).content == pdf()
