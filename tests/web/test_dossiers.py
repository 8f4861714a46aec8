"""The dossier of a case: a PDF/A for a dispute that holds what its maker may read, and its check by anybody."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pypdf
import pytest
import segno
from sqlalchemy import select

from app.audit.erasures import erase_person
from app.audit.models import AuditRecord
from app.cases.commands.comments import add_case_comment
from app.cases.dossier.codes import DOSSIER_CODE_LENGTH, draw_dossier_code, read_dossier_code
from app.cases.dossier.printable_letters import DRAWN_LETTERS, PICTURE_LETTERS, printable_text
from app.cases.dossier.typesetting import PICTURE_FONT, draw_qr_code, typeset_dossier
from app.cases.models import Dossier
from app.files.disk import FileFolder
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.i18n import written_in_locale
from app.kernel.ids import new_id
from app.people.queries.offices import HeldOffice
from app.web.dossiers.deadline_rows import deadline_result_text
from app.web.dossiers.verify_routes import UNKNOWN_CODES_RATE_LIMIT
from tests.web.browser import Browser
from tests.web.campus import Campus

COMMENT = "Жооп күтөм 😀 #strong[жок]"
CODE = re.compile(r"(?:[2-9A-Z]{4}-){6}[2-9A-Z]{4}")
PDF_A = re.compile(r"<pdfaid:part>2</pdfaid:part>.*<pdfaid:conformance>A</pdfaid:conformance>", re.DOTALL)
CAMPUS_CODE = "2" * DOSSIER_CODE_LENGTH
PDF_UA = "<pdfuaid:part>1</pdfuaid:part>"


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    return Campus(app, db_session, clock)


def enter(campus: Campus, role: str, locale: str = "en") -> Browser:
    return Browser(campus.app, locale).enter(campus.near[role])


def make(browser: Browser, case: Any, language: str = "ky") -> bytes:
    browser.get(f"/cases/{case}")
    answer = browser.post(f"/cases/{case}/dossiers", language=language)
    assert answer.status_code == 200 and answer.mimetype == "application/pdf", answer.text[:500]
    return answer.data


@cache
def text_of(pdf: bytes, pages: int = 99) -> str:
    """The words of the first pages, as one who copies them finds them."""
    read = pypdf.PdfReader(io.BytesIO(pdf)).pages[:pages]
    return " ".join(" ".join(page.extract_text() for page in read).split())


def code_of(pdf: bytes) -> str:
    found = CODE.search(text_of(pdf, 1))
    assert found
    return found[0]


def checked(guest: Browser, pdf: bytes, **fields: Any) -> str:
    """What the page of the check says, of the paper or of an uploaded file."""
    path = f"/verify/{code_of(pdf)}"
    answer = guest.get(path)
    if fields:
        answer = guest.post(path, **fields)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def file_of(content: bytes) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), "dossier.pdf"


def test_a_dossier_is_an_archived_document_that_says_the_case(campus):
    case, session = campus.things["case_id"], campus.world.session
    session.rollback()
    act = campus.world.teacher().act()
    with door.write(act):
        add_case_comment(act, case, new_id(), COMMENT)
    campus.world.head().approves(case)
    auditor = enter(campus, "auditor", "ky")
    auditor.uncover_names()
    pdf = make(auditor, case)
    xmp = pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Metadata"].get_data().decode()
    assert PDF_A.search(xmp) and PDF_UA in xmp and "<rdf:li>ky</rdf:li>" in xmp
    text = text_of(pdf)
    number = campus.world.case(case).number
    for said in (
        number,
        "Мөөнөттөн кийинки техникалык түзөтүү",
        "Жаңылып терилген: студент сабакта отурган.",
        "Жооп күтөм [U+1F600] #strong[жок]",
        "Department_Head Башчы (Кафедра башчысы, SE)",
        "справка.pdf",
        "4.4.2. Мөөнөттөн кийинки түзөтүү",
    ):
        assert said in text, said
    row = session.scalars(select(Dossier).order_by(Dossier.id.desc())).first()
    assert row.made_by == campus.near["auditor"] and row.pdf_sha256 == hashlib.sha256(pdf).hexdigest()
    assert code_of(pdf).endswith(row.code_ending) and code_of(pdf) not in row.code_hash
    recorded = session.scalars(select(AuditRecord).where(AuditRecord.object_id == row.id)).one()
    assert recorded.event_type == "cases.dossier.made" and recorded.case_id == case
    page = auditor.get(f"/cases/{case}").text
    assert row.code_ending in page and code_of(pdf) not in page
    auditor.get(f"/cases/{case}")
    refused = auditor.post(f"/cases/{case}/dossiers", language="tr")
    assert refused.status_code == 422 and session.query(Dossier).count() == 2


def test_anybody_checks_a_dossier_until_the_case_goes_on(campus):
    case = campus.things["case_id"]
    first = make(enter(campus, "teacher"), case, "ru")
    guest = Browser(campus.app, "en")
    page = checked(guest, first)
    assert "Genuine and current" in page and campus.world.case(case).number in page
    for kept in ("Осмонова", "Асанова", "SE", "түзөтүү"):
        assert kept not in page, kept
    assert "the file that was handed out" in checked(guest, first, file=file_of(first))
    assert "This is another file" in checked(guest, first, file=file_of(first + b"\n"))
    guest.get(f"/verify/{code_of(first)}")
    for content, said in ((b"%PDF-1.7 cut off", "damaged"), (b"", "Choose the PDF")):
        damaged = guest.post(f"/verify/{code_of(first)}", file=file_of(content))
        assert damaged.status_code == 422 and said in damaged.text
    typed = code_of(first).replace("-", " ").lower()
    guest.get("/verify")
    assert guest.post("/verify", code=typed).location.endswith(code_of(first).replace("-", ""))
    assert guest.post("/verify", code="ABCD").status_code == 422
    campus.world.session.rollback()
    campus.world.head().approves(case)
    assert "Genuine, but not current" in checked(guest, first)


def test_a_dossier_is_revoked_by_its_maker_or_the_office_and_ends_with_an_erasure(campus):
    case, session = campus.things["case_id"], campus.world.session
    head, office, guest = (
        enter(campus, "department_head"),
        enter(campus, "academic_office"),
        Browser(campus.app),
    )
    pdf = make(head, case)
    row = session.scalars(select(Dossier).where(Dossier.made_by == campus.near["department_head"])).one()
    mine, foreign = f"/dossiers/{row.id}", f"/dossiers/{campus.things['dossier_id']}"
    head.get(mine)
    assert head.post(f"{mine}/revoke", reason=" ").status_code == 422
    assert head.post(f"{foreign}/revoke", reason="Кагаз жоголду").status_code == 403
    for _ in range(2):
        assert head.post(f"{mine}/revoke", reason="Кагаз жоголду").status_code == 302
    assert office.post(f"{mine}/revoke", reason="Кагаз жоголду").status_code == 409
    assert "Кагаз жоголду" in office.get(mine).text and "Revoked" in checked(guest, pdf)
    # The dossier of the campus names the student alone, and its case has gone on.
    earlier, act = f"/verify/{CAMPUS_CODE}", Act.by_system(campus.world.clock() + timedelta(minutes=1))
    for person, said in (("teacher", "not current"), ("student", "no longer to be used")):
        session.rollback()
        with door.write(act):
            erase_person(act, campus.near[person], f"12-{person}", local_day(act.at), "чечим")
        assert said in guest.get(earlier).text
    assert "Revoked" in checked(guest, pdf)
    campus.world.clock.advance(minutes=2)
    fresh = make(office, case, "en")
    text = text_of(fresh, 2)
    assert "The words of 2 persons were erased" in text and "студент сабакта отурган" not in text
    assert "Genuine and current" in checked(guest, fresh)
    assert office.post(f"{foreign}/revoke", reason="Ката").status_code == 302


def test_unknown_codes_are_throttled_and_a_lost_file_is_said(campus, monkeypatch):
    guest = Browser(campus.app)
    for _ in range(int(UNKNOWN_CODES_RATE_LIMIT.split()[0])):
        assert guest.get(f"/verify/{draw_dossier_code()}").status_code == 404
    assert guest.get(f"/verify/{draw_dossier_code()}").status_code == 429

    def lose(_self: FileFolder, address: str) -> bytes:
        raise FileNotFoundError(address)

    monkeypatch.setattr(FileFolder, "read", lose)
    pdf = make(enter(campus, "auditor"), campus.things["case_id"], "en")
    assert "The content is lost or damaged" in text_of(pdf, 2)


def qr_matrix(svg: str) -> list[list[int]]:
    """The dark squares of a QR code as drawn: a path of horizontal strokes, one unit high."""
    root = ElementTree.fromstring(svg)
    path = root.find(".//{http://www.w3.org/2000/svg}path")
    side = int(root.get("width")) // 4
    dark = [[0] * side for _ in range(side)]
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-0-9. ]+)", path.get("d")):
        values = [float(one) for one in re.findall(r"-?[0-9.]+", numbers)]
        if command == "h":
            for step in range(int(values[0])):
                dark[int(y)][int(x) + step] = 1
            x += values[0]
        else:
            x, y = values if command == "M" else (x + values[0], y + values[1])
    return dark


def test_letters_code_deadline_and_office_at_their_boundaries():
    assert printable_text("a\u202eb\tё\r\n😀") == "a[U+202E]b ё\n[U+1F600]"
    words, signs = ("\n".join(map(chr, sorted(drawn))) for drawn in (DRAWN_LETTERS, PICTURE_LETTERS))
    escaped = signs.replace("&", "").replace("<", "")
    drawn = f'<text font-family="{PICTURE_FONT}">{escaped}</text>'
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{drawn}</svg>'
    empty = {"heading": "h", "note": "", "rows": [], "events": [], "form_word": "", "lines": []}
    plain = dict.fromkeys(
        ("university", "number", "process", "running_head", "footer", "page_word", "code"), "x"
    )
    document = plain | {
        "lang": "ky",
        "title": "x",
        "facts": [],
        "notes": [words],
        "qr_alt": "x",
        "sheets": [],
    }
    document |= {"check": {"heading": "h", "text": "t", "address": "a"}, "timeline": empty, "clauses": empty}
    document |= {"diagram": {"heading": "h", "note": "n", "alt": "a", "wide": False}, "proof": empty}
    address = "https://journal.example.kg/verify/" + "A" * DOSSIER_CODE_LENGTH
    assert typeset_dossier(document, picture, draw_qr_code(address), datetime(2026, 10, 14, tzinfo=UTC))
    expected = [list(row) for row in segno.make(address, error="q", micro=False).matrix_iter(border=2)]
    assert qr_matrix(draw_qr_code(address)) == expected

    code = draw_dossier_code()
    assert read_dossier_code(code.lower()) == code and read_dossier_code(code[:-1]) == ""
    assert len({draw_dossier_code() for _ in range(50)}) == 50

    due = datetime(2026, 10, 15, 17, 59, tzinfo=UTC)
    task = SimpleNamespace(due_at=due, closed_at=due, closed_by=UUID(int=1))
    act, minute = Act.by_system(due), timedelta(minutes=1)
    with written_in_locale("en"):
        assert deadline_result_text(act, task) == "kept"
        task.closed_at = due + minute
        assert deadline_result_text(act, task) == "missed by 1 minute"
        task.closed_at = None
        assert deadline_result_text(act, task) == "still open"
        assert deadline_result_text(Act.by_system(due + minute), task) == "missed, still open"
    office = HeldOffice("teacher", None, date(2026, 9, 1), date(2026, 10, 14))
    held = [office.is_held_on(date(2026, *day)) for day in ((8, 31), (9, 1), (10, 14), (10, 15))]
    assert held == [False, True, True, False]
