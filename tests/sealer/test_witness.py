"""A second Depter as witness cosigns what continues and refuses a fork; the page shows and proves what is sealed."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from app.audit.models import AuditRecord
from app.people.models import Account
from app.sealer import reports, seal, store
from app.sealer.key_files import load_or_create_key, public_part
from app.sealer.notes import read_checkpoint, verifier_key
from app.sealer.settings import SealerSettings
from app.sealer.standalone import depter_verify
from app.sealer.witness import REFUSED_EVENT, witness_verifier_key
from app.sealer.witness_client import WITNESS_REFUSED, WitnessUnreachable, cosign_last_checkpoint
from tests.people.staff import Staff
from tests.sealer.test_seal import RECORD
from tests.web.browser import Browser

pytestmark = pytest.mark.clause("1.4.4")


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def served(
    app: Any, db_session: Any, settings: Any, tmp_path: Path, database: Any
) -> Iterator[SealerSettings]:
    """The settings of a sealer whose witness is this application over HTTP."""
    folder = tmp_path / "sealer"
    key = load_or_create_key(folder)
    services = app.extensions["depter"]
    services.settings = replace(
        settings,
        witness_log_keys=(verifier_key("tests/audit", public_part(key)),),
        data_dir=tmp_path / "data",
    )
    (tmp_path / "data").mkdir()
    server = make_server("127.0.0.1", 0, app, handler_class=_Silent)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield SealerSettings(
            database.url("depter_sealer").replace("+psycopg", ""),
            folder,
            "tests/audit",
            witness_url=f"http://127.0.0.1:{server.server_port}/witness",
            witness_key=witness_verifier_key(services.settings),
        )
    finally:
        server.shutdown()
        server.server_close()
        services.settings = settings


@contextmanager
def answering(status: str) -> Iterator[str]:
    """The address of a witness that answers every checkpoint with this status and words of its own."""

    def answer(_environ: Any, start: Any) -> list[bytes]:
        start(status, [("Retry-After", "60"), ("Content-Type", "text/plain")])
        return [b"come again later\n"]

    server = make_server("127.0.0.1", 0, answer, handler_class=_Silent)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def seal_and_ask(settings: SealerSettings) -> str:
    with reports.open_sealer_connection(settings) as connection:
        sealer = seal.Sealer(connection, settings)
        sealer.begin()
        sealer.seal_round()
        return cosign_last_checkpoint(connection, settings)


def test_a_witness_cosigns_what_continues_and_refuses_a_fork(served, app, database, db_session):
    with database.connect("depter_app") as application, database.connect() as owner:
        application.execute(RECORD, ("{}", 5))
        assert seal_and_ask(served) == "cosigned"
        application.execute(RECORD, ("{}", 300))
        assert seal_and_ask(served) == "cosigned" and seal_and_ask(served) == ""
        last = store.find_last_checkpoint(owner)
        # Another history of the same length, rightly signed: the witness refuses it and writes both down.
        owner.execute("SET session_replication_role = 'replica'")
        owner.execute(
            "DELETE FROM sealer.cosignature; DELETE FROM sealer.checkpoint; DELETE FROM sealer.node"
        )
        owner.execute(
            "DELETE FROM sealer.leaf; INSERT INTO audit.unsealed SELECT id FROM audit.record WHERE id % 2 = 0"
        )
        owner.execute("UPDATE sealer.epoch SET kept_size = 0")
        (served.folder / "last-checkpoint").unlink()
        application.execute(RECORD, ("{}", 900))
        assert seal_and_ask(served) == "refused"
        assert owner.execute("SELECT code FROM sealer.finding").fetchall() == [(WITNESS_REFUSED,)]
        (body,) = owner.execute(
            "SELECT body FROM audit.record WHERE event_type = %s", (REFUSED_EVENT,)
        ).fetchone()
        assert json.loads(body)["before"]["cosigned"] == read_checkpoint(last.note).text
        client, note = app.test_client(), store.find_last_checkpoint(owner).note
        for sent, status in (
            (b"\xff", 400),
            (b"old 0\n\nnonsense", 400),
            (b"old 0\nAAAA\n\n" + note.encode(), 400),
            (b"old 9999999\n\n" + note.encode(), 400),
            (b"old 3\n\n" + note.encode(), 409),
            (b"old 0\n\n" + note.replace("tests/audit", "others/audit").encode(), 404),
            (b"old 0\n\n" + note.replace("tests/audit", "tests/audit/2").encode(), 403),
            (b"x" * 50_000, 400),
        ):
            assert (
                client.post("/witness/add-checkpoint", data=sent, content_type="text/plain").status_code
                == status
            )
    with reports.open_sealer_connection(served) as connection:
        with pytest.raises(WitnessUnreachable):
            cosign_last_checkpoint(connection, replace(served, witness_url="http://127.0.0.1:9"))
        # A witness that has too much to do has refused nothing: it is asked again, and no finding is made.
        for status in ("429 Too Many Requests", "503 Service Unavailable", "200 OK"):
            with answering(status) as url, pytest.raises(WitnessUnreachable):
                cosign_last_checkpoint(connection, replace(served, witness_url=url))
        for table in ("finding", "cosignature"):
            assert connection.execute(f"SELECT count(*) FROM sealer.{table}").fetchone() == (
                table == "finding",
            )


def test_an_auditor_sees_the_seals_and_takes_a_proof(
    served, app, database, db_session, clock, tmp_path, settings
):
    staff = Staff(clock)
    browsers = {}
    for role in ("auditor", "it_admin", "teacher"):
        person = staff.person("Асанова", login=role)
        staff.grants(person, role, staff.department if role == "teacher" else None)
        db_session.merge(Account(person_id=person, login=role, password="never"))
        db_session.commit()
        browsers[role] = Browser(app).enter(person)
    empty = browsers["auditor"].get("/audit/seals")
    assert "has never run" in empty.text and "No checkpoint was signed yet" in empty.text
    with database.connect("depter_app") as application, database.connect("depter_sealer") as sealer:
        application.execute(RECORD, ('{"mark":"Ө"}', 40))
        for count in range(33):
            application.execute(RECORD, ("{}", 1))
            seal_and_ask(served) if count == 32 else _seal(served)
        reports.report_status(sealer, "vm", "sealer.rewound")
        reports.report_finding(sealer, "sealer.rewound", "log 1", {})
    page = browsers["it_admin"].get("/audit/seals").text
    assert (
        "The database went back" in page and "No. 33 over" in page and "Key 1" in page and "/witness" in page
    )
    assert "No. 2 over" not in page and "No. 2 over" in browsers["it_admin"].get("/audit/seals?before=4").text
    assert browsers["teacher"].get("/audit/seals").status_code == 404
    record = db_session.query(AuditRecord.id).order_by(AuditRecord.id).first()[0]
    path = f"/audit/records/{record}/proof"
    shown = browsers["auditor"].get(f"/audit/records/{record}").text
    assert "sealed in checkpoint 1<" in shown and path in shown
    assert browsers["it_admin"].get(path).status_code == 404
    proof = tmp_path / "proof.json"
    proof.write_bytes(browsers["auditor"].get(path).data)
    kept = tmp_path / "kept.txt"
    number = json.loads(proof.read_text())["number"]
    kept.write_bytes(browsers["auditor"].get(f"/audit/seals/checkpoints/{number}").data)
    verifier = tmp_path / "depter_verify.py"
    verifier.write_bytes(browsers["auditor"].get("/audit/seals/verifier").data)
    assert verifier.read_text() == Path(depter_verify.__file__).read_text()
    assert depter_verify.main(["--proof", str(proof), "--kept", str(kept)]) == 0
    assert depter_verify.main(["--proof", str(proof)]) == 3
    # A checkpoint over other records, or one that another key signed, does not anchor the proof.
    later = tmp_path / "later.txt"
    later.write_bytes(browsers["auditor"].get("/audit/seals/checkpoints/32").data)
    assert depter_verify.main(["--proof", str(proof), "--kept", str(later)]) == 3
    forged = later.read_text().rstrip("\n")
    later.write_text(forged[:-12] + "A" * 8 + forged[-4:] + "\n")
    assert depter_verify.main(["--proof", str(proof), "--kept", str(later)]) == 1
    other = base64.b64encode(bytes(32)).decode()
    assert depter_verify.main(["--proof", str(proof), "--kept", str(kept), "--key", other]) == 1
    changed = json.loads(proof.read_text())
    changed["record"] = (
        changed["record"].replace("Ө", "Ү") if "Ө" in changed["record"] else changed["record"] + " "
    )
    proof.write_text(json.dumps(changed))
    assert depter_verify.main(["--proof", str(proof), "--kept", str(kept)]) == 1
    for missing in (
        "/audit/records/999999999/proof",
        "/audit/seals/checkpoints/99999",
        "/audit/records/1e3/proof",
    ):
        assert browsers["auditor"].get(missing).status_code == 404


def _seal(settings: SealerSettings) -> None:
    with reports.open_sealer_connection(settings) as connection:
        sealer = seal.Sealer(connection, settings)
        sealer.begin()
        sealer.seal_round()
