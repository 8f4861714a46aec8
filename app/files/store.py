"""Store uploads, open them, remove content that was never committed. The owner room decides who may see a
file.

The folder `files` under the data folder holds one encrypted file for each content, named by a keyed hash of
the plaintext: equal documents are stored once, and only the key of the installation allows to test whether
one exists. Content is on the disk, written and synced, before the row that names it commits; a row never
lacks its content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import PrivateValue, record_audit_event
from app.audit.words import seal_text, unseal_text
from app.files.disk import FileFolder
from app.files.models import Blob, File
from app.files.pdf_check import detect_passive_media_type
from app.files.rules import MAX_BYTES, safe_file_name
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing, Stale
from app.kernel.keyring import keyed_hash, unwrap_key, wrap_keys
from app.kernel.rehearsal import current_rehearsal
from app.kernel.sealing import UnreadableSeal, new_random_key, seal_bytes, unseal_bytes

FILES_FOLDER = "files"
FILE_KEY_PURPOSE = "files.key"
ORPHAN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file with its content."""

    id: UUID
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FileDigest:
    """Size in bytes of a file, and SHA-256 of its content in hex; None when the content is lost or changed."""

    size: int
    sha256: str | None


class ContentLost(RuntimeError):
    """The row exists but its content is missing or changed: disk and database are from different times."""


class FileStore:
    """The files of one installation; `data_dir` as in its settings."""

    def __init__(self, data_dir: Path) -> None:
        self._disk = FileFolder(data_dir / FILES_FOLDER)

    def store_upload(
        self,
        act: Act,
        file_id: UUID,
        name: str,
        stream: IO[bytes],
        check: Callable[[bytes], str] = detect_passive_media_type,
    ) -> File:
        """Store an upload inside the running act; the same upload again returns the same file.

        `check` returns the media type of accepted content. Raises Invalid on the field `file` (empty, over 10
        MB, of another type, damaged, a PDF that is not passive), Stale when the id is taken; RuntimeError in a
        rehearsal, which leaves nothing on the disk.
        """
        if current_rehearsal() is not None:
            raise RuntimeError("a rehearsal stores no file")
        content = stream.read(MAX_BYTES + 1)
        media_type = check(content)
        address = content_address(content)
        # Lock before the look-up: the removal of orphans must not delete content that gets a row now.
        lock_content_address(address)
        found = db.session.get(File, file_id)
        if found is None:
            self._store_content(address, media_type, content)
            found = _insert_file_row(act, file_id, address, safe_file_name(name, media_type))
        if found is None or found.address != address or found.uploaded_by != act.person:
            raise Stale("files.file.other_content")
        return found

    def _store_content(self, address: str, media_type: str, content: bytes) -> None:
        """Write the content unless it exists; content lost from the disk is restored this way."""
        blob = db.session.get(Blob, address)
        if blob is not None and self._disk.has_file(address):
            return
        key = new_random_key() if blob is None else _unwrap_content_key(blob)
        self._disk.write(address, seal_bytes(key, content, address.encode()))
        if blob is None:
            (wrapped,) = wrap_keys(FILE_KEY_PURPOSE, [(key, address.encode())])
            db.session.add(Blob(address=address, key=wrapped, media_type=media_type, size=len(content)))
            db.session.flush()

    def open_file(self, act: Act, file_id: UUID, may_see: Callable[[File], bool]) -> OpenedFile:
        """Return the file with its content, inside a running act; record the access.

        `may_see` is the policy of the room that owns the file. Raises Missing, the same for a missing file
        and for one the person may not see; ContentLost when the disk lacks the content of a row.
        """
        found = db.session.execute(
            select(File, Blob).join(Blob, Blob.address == File.address).where(File.id == file_id)
        ).one_or_none()
        if found is None or not may_see(found.File):
            raise Missing
        try:
            content = unseal_bytes(
                _unwrap_content_key(found.Blob),
                self._disk.read(found.File.address),
                found.File.address.encode(),
            )
        except (FileNotFoundError, UnreadableSeal) as error:
            raise ContentLost(f"content of file {file_id}: {type(error).__name__}") from error
        if content_address(content) != found.File.address:
            # Somebody with the key of the content put another one in its place.
            raise ContentLost(f"content of file {file_id}: another one")
        record_audit_event(act, "files.file.viewed", ("files.file", file_id), None, None)
        name = unseal_text(found.File.uploaded_by, found.File.name)
        return OpenedFile(file_id, name or "file", found.Blob.media_type, content)

    def load_file_digests(self, file_ids: Collection[UUID]) -> dict[UUID, FileDigest]:
        """Return size and SHA-256 of the content of these files, for a document that names them; one statement.

        A hash tells nothing of the content, so no access is recorded.
        """
        found = db.session.execute(
            select(File.id, Blob).join(Blob, Blob.address == File.address).where(File.id.in_(list(file_ids)))
        ).all()
        return {file_id: FileDigest(blob.size, self._hash_content(blob)) for file_id, blob in found}

    def _hash_content(self, blob: Blob) -> str | None:
        """Return the SHA-256 of the content in hex; None when it is lost or changed."""
        try:
            content = unseal_bytes(
                _unwrap_content_key(blob), self._disk.read(blob.address), blob.address.encode()
            )
        except (FileNotFoundError, UnreadableSeal):
            return None
        # Somebody with the key of the content may have put another one in its place.
        return hashlib.sha256(content).hexdigest() if content_address(content) == blob.address else None

    def is_content_whole(self, address: str, wrapped_key: bytes) -> bool:
        """Return whether the content of an address is there and is the one that was uploaded."""
        try:
            key = unwrap_key(FILE_KEY_PURPOSE, wrapped_key, address.encode())
            content = unseal_bytes(key, self._disk.read(address), address.encode())
        except (FileNotFoundError, UnreadableSeal):
            return False
        return content_address(content) == address

    def remove_orphaned_content(self, now: datetime) -> int:
        """Remove content older than a day that no row names; return the number of files. Uploads in progress
        are not touched."""
        before = (now - ORPHAN_AFTER).timestamp()
        removed = 0
        for address in self._disk.addresses_older_than(before):
            lock_content_address(address)
            if db.session.get(Blob, address) is None:
                removed += self._disk.remove_file_if_older(address, before)
        self._disk.remove_old_partial_files(before)
        return removed


def content_address(content: bytes) -> str:
    """Return the address of content: a keyed hash, so that only this installation can compute it."""
    return keyed_hash("files.address", content)


def lock_content_address(address: str) -> None:
    """Lock this content against other writers and the removal of orphans until the act ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(address, 0))))


def _insert_file_row(act: Act, file_id: UUID, address: str, name: str) -> File | None:
    """Insert the row of a file and record it; return None when the id exists."""
    row = {
        "id": file_id,
        "address": address,
        "name": seal_text(act.person, name),
        "uploaded_by": act.person,
        "uploaded_at": act.at,
    }
    added = db.session.scalar(insert(File).values(row).on_conflict_do_nothing().returning(File))
    if added is not None:
        record_audit_event(
            act,
            "files.file.stored",
            ("files.file", file_id),
            None,
            {"name": PrivateValue(name), "address": address},
        )
    return added


def _unwrap_content_key(blob: Blob) -> bytes:
    """Return the key of the content."""
    return unwrap_key(FILE_KEY_PURPOSE, blob.key, blob.address.encode())
