"""The seals of the audit, for auditors, IT and the rector; proofs for auditors; the endpoint of a witness."""

from __future__ import annotations

import base64
import hashlib
import json
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_limiter.errors import RateLimitExceeded

from app.audit.deeds import find_deed
from app.audit.models import CrossCheck, CrossCheckFinding
from app.audit.reads import AUDIT
from app.cases.audit_scope import deeds_conditions, load_audit_scope
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Missing
from app.kernel.i18n import DATE_STYLE, day_text
from app.sealer import queries
from app.sealer.export import VERIFIER_NAME, VERIFIER_PATH
from app.sealer.models import SealedCheckpoint, SealerStatus, SigningKey
from app.sealer.queries import MAX_WAITING, SealState
from app.sealer.run import SILENT_AFTER, WORKING
from app.sealer.witness import MAX_BODY_BYTES, cosign_checkpoint, witness_verifier_key
from app.texts.seals import CHECK_LABELS, COUNT_LABELS, FINDING_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, request_time, writes_every_year

blueprint = Blueprint("seals", __name__)

GOOD_STYLE, BAD_STYLE, OPEN_STYLE = "done state-good", "quarantined", "open"
LATEST_NUMBER = 10**15
WITNESS_RATE_LIMIT = "120 per minute"
"""A sealer posts a checkpoint every few seconds at most."""


@blueprint.record_once
def _open_witness_to_other_machines(state: Any) -> None:
    """Let other installations post checkpoints: they have no session, and their request carries no right of anybody."""
    state.app.extensions["csrf"].exempt(add_witnessed_checkpoint)


@blueprint.get("/audit/seals")
@allow_access("seals.read")
@writes_every_year
def show_seals() -> str:
    """Show what is sealed, what was found, the last nights, and the checkpoints by pages."""
    before = _read_number(request.args.get("before", ""))
    checkpoints, following, witnesses = queries.list_checkpoints(before)
    first = before is None
    return render_template(
        "seals/seals.html",
        state=_state_view(queries.load_seal_state()),
        findings=[_seal_finding_view(one) for one in queries.list_findings()] if first else [],
        nights=_nights_view() if first else [],
        checkpoints=[_checkpoint_view(one, witnesses.get(one.number, [])) for one in checkpoints],
        keys=[_key_view(one) for one in queries.list_keys()] if first else [],
        logs=queries.list_epochs() if first else [],
        witness_key=_witness_key(),
        first=first,
        newer=url_for("seals.show_seals") if not first else None,
        older=url_for("seals.show_seals", before=following) if following else None,
    )


@blueprint.get("/audit/seals/verifier")
@allow_access("seals.read")
def send_verifier() -> Response:
    """Send the verifier, one file that needs nothing of ours."""
    return _as_download(
        VERIFIER_PATH.read_text(encoding="utf-8"), VERIFIER_NAME, "text/x-python; charset=utf-8"
    )


@blueprint.get("/audit/seals/checkpoints/<int:checkpoint>")
@allow_access("seals.read")
def send_checkpoint(checkpoint: int) -> Response:
    """Send one checkpoint as it was signed, to be kept elsewhere. Raises Missing."""
    note = queries.load_checkpoint_note(min(checkpoint, LATEST_NUMBER))
    return _as_download(note, f"checkpoint-{checkpoint}.txt", "text/plain; charset=utf-8")


@blueprint.get("/audit/records/<int:record_id>/proof")
@allow_access("audit.read")
def send_record_proof(record_id: int) -> Response:
    """Send the proof that one record is in its checkpoint. Raises Missing, also while it waits for its seal and outside
    the limits of the auditor."""
    scope = load_audit_scope(current_act().assignments)
    if scope is not None and find_deed(min(record_id, LATEST_NUMBER), deeds_conditions(scope)) is None:
        raise Missing
    record_read(AUDIT, "audit.record")
    proof = json.dumps(
        queries.build_record_proof(min(record_id, LATEST_NUMBER)), ensure_ascii=False, indent=1
    )
    return _as_download(proof, f"proof-{record_id}.json", "application/json")


@blueprint.record_once
def install_witness_rate_limit(state: Any) -> None:
    """Limit the checkpoints that one address posts: anybody may try, and each costs the check of a signature."""
    limiter = state.app.extensions["depter.limiter"]
    state.app.extensions["depter.witness"] = limiter.limit(WITNESS_RATE_LIMIT)(_witness_response)


@blueprint.post("/witness/add-checkpoint")
@allow_access("anyone")
def add_witnessed_checkpoint() -> Response:
    """Cosign a checkpoint of the log of another installation, or refuse it (C2SP tlog-witness); 429 when too often.

    Raises Missing when this installation is no witness.
    """
    try:
        answer: Response = current_app.extensions["depter.witness"]()
    except RateLimitExceeded:
        return Response("too many requests: try again in a minute\n", 429, mimetype="text/plain")
    return answer


def _witness_response() -> Response:
    raw = request.get_data(cache=False)
    settings = current_app.extensions["depter"].settings
    if not settings.witness_log_keys:
        raise Missing
    if len(raw) > MAX_BODY_BYTES:
        return Response("too long\n", 400, mimetype="text/plain")
    act = current_act()
    with door.write(act):
        answer = cosign_checkpoint(act, settings, raw.decode(errors="replace"))
    return Response(answer.text, answer.status, content_type=answer.media_type)


def _as_download(content: str, name: str, media_type: str) -> Response:
    answer = Response(content, content_type=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _read_number(text: str) -> int | None:
    """Return the number of the address; None for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _state_view(state: SealState) -> SimpleNamespace:
    style, label = _status_words(state.status)
    return SimpleNamespace(
        style=style,
        label=label,
        host=state.status.host if state.status else "",
        said_at=state.status.said_at if state.status else None,
        last=state.last,
        waiting=f"{MAX_WAITING}+" if state.waiting > MAX_WAITING else str(state.waiting),
        waits_since=state.waits_since,
        cosigned=state.cosigned,
        witness=state.witness,
    )


def _status_words(status: SealerStatus | None) -> tuple[str, str]:
    """Return style and words of what the sealer last said."""
    if status is None:
        return BAD_STYLE, _("has never run")
    if status.state != WORKING:
        return BAD_STYLE, _(FINDING_LABELS.get(status.state, FINDING_LABELS[""]))
    if request_time() - status.said_at > SILENT_AFTER:
        return BAD_STYLE, _("does not answer")
    return GOOD_STYLE, _("works")


def _seal_finding_view(one: Any) -> SimpleNamespace:
    return SimpleNamespace(
        found_at=one.found_at, label=_(FINDING_LABELS.get(one.code, FINDING_LABELS[""])), subject=one.subject
    )


def _nights_view() -> list[SimpleNamespace]:
    nights = queries.list_cross_checks()
    return [
        _night_view(one, queries.list_cross_check_findings(one) if at == 0 else ())
        for at, one in enumerate(nights)
    ]


def _night_view(night: CrossCheck, findings: Any) -> SimpleNamespace:
    """Return a night with the numbers compared, and its findings for the last one."""
    found = night.counts.get("findings", 0)
    return SimpleNamespace(
        day=day_text(night.day, locale(), DATE_STYLE, with_year=True),
        style=BAD_STYLE if found else GOOD_STYLE,
        label=_("%(n)s do not agree") % {"n": found} if found else _("all agree"),
        counts=[
            (_(label), night.counts[name]) for name, label in COUNT_LABELS.items() if night.counts.get(name)
        ],
        findings=[_night_finding_view(one) for one in findings],
    )


def _night_finding_view(one: CrossCheckFinding) -> SimpleNamespace:
    return SimpleNamespace(
        label=_(CHECK_LABELS.get(one.code, one.code)), object_id=one.object_id, record_id=one.record_id
    )


def _checkpoint_view(one: SealedCheckpoint, witnesses: list[str]) -> SimpleNamespace:
    return SimpleNamespace(
        number=one.number,
        size=one.size,
        root=base64.b64encode(one.root).decode(),
        sealed_until=one.sealed_until,
        witnesses=witnesses,
        url=url_for("seals.send_checkpoint", checkpoint=one.number),
    )


def _key_view(one: SigningKey) -> SimpleNamespace:
    return SimpleNamespace(
        number=one.number,
        since=day_text(local_day(one.added_at), locale(), DATE_STYLE, with_year=True),
        public_key=base64.b64encode(one.public_key).decode(),
        fingerprint=hashlib.sha256(one.public_key).hexdigest()[:16],
    )


def _witness_key() -> str:
    """Return our verifier key as a witness; "" when this installation is none."""
    settings = current_app.extensions["depter"].settings
    return witness_verifier_key(settings) if settings.witness_log_keys else ""
