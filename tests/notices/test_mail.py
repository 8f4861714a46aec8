"""Letters over real SMTP: the same Message-ID each time, three languages, nothing smuggled into the headers."""

from __future__ import annotations

import smtplib
from uuid import UUID

import pytest

from app.kernel.ids import new_id
from app.notices.mail import MailSender
from app.notices.texts import NoticeText

LETTER = UUID("01930000-0000-7000-8000-000000000001")
WORDED = NoticeText("Сизге тапшырма: виза", ("Математика I, ИВТ-2-23", "C-2026-000017 <b>&"))


@pytest.fixture
def office(settings, mailbox) -> MailSender:
    return MailSender(settings.mail_url, "Дептер <journal@depter.example>", "https://depter.example")


def hand_in(office: MailSender, clock, to: str = "aisuluu@example.kg", worded: NoticeText = WORDED) -> None:
    office.send_letter(LETTER, clock(), to, "ky", worded, "/tasks/7")


def test_a_letter_arrives_with_both_parts_and_its_link(office, mailbox, clock):
    hand_in(office, clock)
    letter = mailbox.wait_for(1)[0]
    assert letter["Subject"] == WORDED.title
    assert letter["From"] == "Дептер <journal@depter.example>"
    assert (letter["Content-Language"], letter["Auto-Submitted"]) == ("ky", "auto-generated")
    plain, page = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "https://depter.example/tasks/7" in plain and "Математика I, ИВТ-2-23" in plain
    assert "&lt;b&gt;&amp;" in page and 'href="https://depter.example/tasks/7"' in page


def test_sent_twice_it_has_one_message_id(office, mailbox, clock):
    hand_in(office, clock)
    hand_in(office, clock)
    ids = {letter["Message-ID"] for letter in mailbox.wait_for(2)}
    assert ids == {f"<{LETTER}@depter.example>"}


def test_a_title_cannot_add_a_header(office, mailbox, clock):
    with pytest.raises(ValueError, match="Header values"):
        hand_in(office, clock, worded=NoticeText("Hello\r\nBcc: all@example.kg"))
    assert mailbox.letters() == []


def test_a_server_that_is_down_is_said_to_be_down(office, mailbox, clock):
    mailbox.down()
    with pytest.raises(OSError):
        hand_in(office, clock)
    mailbox.up()
    hand_in(office, clock)
    assert len(mailbox.wait_for(1)) == 1


def test_a_password_the_server_does_not_know_what_to_do_with_is_an_error(mailbox, settings, clock):
    url = settings.mail_url.replace("smtp://", "smtp://user:p%40ss@")
    with pytest.raises(smtplib.SMTPException):
        MailSender(url, "journal@depter.example", "http://x").send_letter(
            new_id(), clock(), "a@example.kg", "ru", WORDED, "/"
        )
    assert mailbox.letters() == []
