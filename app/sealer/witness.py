"""Be the witness of the logs of other installations, by the protocol tlog-witness of C2SP.

A checkpoint is cosigned only if a key that we were told signed it and a proof shows that it continues the last one that
we cosigned; of two histories of one log at most one gets our signature, and the other one is written down.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

from sqlalchemy import func, select

from app.audit.models import WitnessedLog
from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.settings import Settings
from app.sealer.key_files import load_or_create_key, public_part
from app.sealer.merkle import is_consistency_proven
from app.sealer.notes import (
    COSIGNATURE_TYPE,
    Checkpoint,
    NoteUnreadable,
    cosignature_line,
    is_signed_by,
    read_checkpoint,
    read_verifier_key,
    verifier_key,
)
from app.sealer.settings import origin_of_public_url

KEY_FOLDER = "witness"
MAX_BODY_BYTES = 40_000
MAX_PROOF_LINES = 63
REFUSED_EVENT = "audit.witness.refused"
LOG_NAMESPACE = UUID("3f0c5a8e-63a4-5c1f-8d55-2b8d1b1f6a10")
"""Namespace of the ids under which the logs of others stand in our audit."""
_OLD_PATTERN = re.compile(r"old (0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, text and media type of an answer."""

    status: int
    text: str
    media_type: str = "text/plain; charset=utf-8"


def witness_name(settings: Settings) -> str:
    """Return the name under which this installation cosigns."""
    return origin_of_public_url(settings.public_url).removesuffix("/audit") + "/witness"


def witness_verifier_key(settings: Settings) -> str:
    """Return the verifier key of this witness, which the other side puts into SEALER_WITNESS_KEY. Raises OSError."""
    key = load_or_create_key(witness_key_folder(settings))
    return verifier_key(witness_name(settings), public_part(key), COSIGNATURE_TYPE)


def witness_key_folder(settings: Settings) -> Path:
    """Return the folder of the key with which this installation cosigns."""
    return settings.data_dir / KEY_FOLDER


def cosign_checkpoint(act: Act, settings: Settings, body: str) -> Answer:
    """Answer a request to cosign, inside a running act. Raises OSError, ValueError for a wrong WITNESS_LOG_KEYS."""
    head, _, note = body.partition("\n\n")
    first, *lines = head.split("\n")
    match = _OLD_PATTERN.fullmatch(first)
    try:
        checkpoint = read_checkpoint(note)
        proof = [base64.b64decode(line, validate=True) for line in lines]
    except (NoteUnreadable, ValueError):
        return Answer(400, "expected: old SIZE, the proof, an empty line, the checkpoint\n")
    if match is None or len(proof) > MAX_PROOF_LINES or any(len(one) != 32 for one in proof):
        return Answer(400, "the proof cannot be read\n")
    keys = dict(read_verifier_key(text) for text in settings.witness_log_keys)
    name = next((one for one in keys if is_origin_of_log(checkpoint.origin, one)), None)
    if name is None:
        return Answer(404, "this witness does not know the log\n")
    trusted = [key for one, key in map(read_verifier_key, settings.witness_log_keys) if one == name]
    if not any(is_signed_by(checkpoint, checkpoint.origin, key) for key in trusted):
        return Answer(403, "the checkpoint is not signed by a key of this log\n")
    return _cosign_next(act, settings, int(match[1]), proof, checkpoint)


def is_origin_of_log(origin: str, name: str) -> bool:
    """Return whether an origin is that of a log, or of the log that continues it after a restore (NAME/2)."""
    return origin == name or re.fullmatch(re.escape(name) + r"/[1-9][0-9]{0,5}", origin) is not None


def _cosign_next(
    act: Act, settings: Settings, old: int, proof: list[bytes], checkpoint: Checkpoint
) -> Answer:
    """Compare with the last checkpoint of this log and cosign; two requests at once wait for each other."""
    db.session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"witness {checkpoint.origin}", 0)))
    )
    known = db.session.get(WitnessedLog, checkpoint.origin, populate_existing=True)
    size = known.size if known is not None else 0
    if old > checkpoint.size:
        return Answer(400, "the old size is larger than the checkpoint\n")
    if old != size:
        return Answer(409, f"{size}\n", "text/x.tlog.size")
    root = bytes(known.root) if known is not None else b""
    if known is not None and old == checkpoint.size and root != checkpoint.root:
        _record_refusal(act, known, checkpoint)
        return Answer(409, f"{size}\n", "text/x.tlog.size")
    if old and not is_consistency_proven(old, checkpoint.size, proof, root, checkpoint.root):
        if known is not None:
            _record_refusal(act, known, checkpoint)
        return Answer(422, "the proof does not show that the checkpoint continues the last one\n")
    if known is None:
        known = WitnessedLog(origin=checkpoint.origin)
        db.session.add(known)
    known.size, known.root, known.cosigned_at = checkpoint.size, checkpoint.root, act.at
    known.note = checkpoint.text
    db.session.flush()
    key = load_or_create_key(witness_key_folder(settings))
    return Answer(
        200, cosignature_line(witness_name(settings), key, checkpoint.text, int(act.at.timestamp()))
    )


def _record_refusal(act: Act, known: WitnessedLog, checkpoint: Checkpoint) -> None:
    """Write down the two checkpoints that contradict each other."""
    about = ("audit.witnessed_log", uuid5(LOG_NAMESPACE, checkpoint.origin))
    record_audit_event(act, REFUSED_EVENT, about, {"cosigned": known.note}, {"refused": checkpoint.text})
