"""Ask a witness to cosign checkpoints, by the protocol tlog-witness of C2SP: any such witness will do, ours too.

A witness signs a checkpoint only if it continues the last one it signed. One that refuses a proof, or has seen more
than we have, has seen another history of this log: that is a finding, never a mere line of the log.
"""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from dataclasses import dataclass

import structlog

from app.sealer import store
from app.sealer.merkle import build_consistency_proof
from app.sealer.notes import (
    COSIGNATURE_TYPE,
    cosignature_seconds,
    key_hash,
    read_checkpoint,
    read_signature_lines,
    read_verifier_key,
)
from app.sealer.reports import report_finding
from app.sealer.settings import SealerSettings

log = structlog.get_logger(__name__)

ADD_CHECKPOINT_PATH = "/add-checkpoint"
PATIENCE_SECONDS = 10.0
MAX_ANSWER_BYTES = 20_000
WITNESS_REFUSED, WITNESS_AHEAD = "sealer.witness_refused", "sealer.witness_ahead"


class WitnessUnreachable(RuntimeError):
    """The witness did not answer, or answered something else than the protocol says."""


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """Status and text of an answer."""

    status: int
    text: str


def cosign_last_checkpoint(connection: store.Connection, settings: SealerSettings) -> str:
    """Send the last checkpoint to the witness; return `cosigned`, `refused`, `ahead` or "" when nothing is to do.

    Raises WitnessUnreachable, ValueError for a verifier key that cannot be read, psycopg.Error.
    """
    last = store.find_last_checkpoint(connection)
    name, public = read_verifier_key(settings.witness_key)
    if last is None or _is_cosigned(connection, last.number, name):
        return ""
    old = _last_cosigned_size(connection, last.epoch, name)
    answer = _post(settings, _request_body(connection, old, last))
    if answer.status == 409 and answer.text.strip().isdigit():
        seen = int(answer.text.strip())
        if seen > last.size:
            detail = {"witness": seen, "stored": last.size, "number": last.number}
            report_finding(connection, WITNESS_AHEAD, f"{last.epoch}:{seen}", detail)
            return "ahead"
        answer = _post(settings, _request_body(connection, seen, last))
    if answer.status in (409, 422):
        report_finding(connection, WITNESS_REFUSED, str(last.number), {"number": last.number})
        return "refused"
    if answer.status != 200:
        raise WitnessUnreachable(f"the witness answers {answer.status}: {answer.text[:200].strip()}")
    return _store_cosignature(connection, last, answer.text, name, public)


def _store_cosignature(
    connection: store.Connection, last: store.StoredCheckpoint, text: str, name: str, public: bytes
) -> str:
    signed = read_checkpoint(last.note).text
    wanted = key_hash(name, public, COSIGNATURE_TYPE)
    for line, one in zip(
        (line for line in text.splitlines() if line.startswith("\u2014 ")),
        read_signature_lines(text),
        strict=False,
    ):
        if (
            one.name == name
            and one.key_hash == wanted
            and cosignature_seconds(signed, one, public) is not None
        ):
            connection.execute(
                "INSERT INTO sealer.cosignature (checkpoint_number, witness, line) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (last.number, name, line + "\n"),
            )
            return "cosigned"
    raise WitnessUnreachable("the answer of the witness has no valid signature of SEALER_WITNESS_KEY")


def _request_body(connection: store.Connection, old: int, last: store.StoredCheckpoint) -> bytes:
    proof = build_consistency_proof(old, last.size, store.stored_hashes(connection))
    lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof)
    return f"old {old}\n{lines}\n{last.note}".encode()


def _is_cosigned(connection: store.Connection, number: int, name: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM sealer.cosignature WHERE checkpoint_number = %s AND witness = %s", (number, name)
    ).fetchone()
    return row is not None


def _last_cosigned_size(connection: store.Connection, epoch: int, name: str) -> int:
    row = connection.execute(
        "SELECT c.size FROM sealer.cosignature AS w JOIN sealer.checkpoint AS c ON c.number = w.checkpoint_number"
        " WHERE w.witness = %s AND c.epoch = %s ORDER BY c.number DESC LIMIT 1",
        (name, epoch),
    ).fetchone()
    return int(row[0]) if row else 0


def _post(settings: SealerSettings, body: bytes) -> WitnessAnswer:
    request = urllib.request.Request(
        settings.witness_url + ADD_CHECKPOINT_PATH, body, {"Content-Type": "text/plain; charset=utf-8"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return WitnessAnswer(answer.status, answer.read(MAX_ANSWER_BYTES).decode(errors="replace"))
    except urllib.error.HTTPError as refusal:
        with refusal:
            return WitnessAnswer(refusal.code, refusal.read(MAX_ANSWER_BYTES).decode(errors="replace"))
    except (OSError, ValueError) as problem:
        raise WitnessUnreachable(f"{type(problem).__name__}: {problem}") from None
