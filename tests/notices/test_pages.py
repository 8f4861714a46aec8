"""The bell's pages, as a browser gets them."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.notices import queries
from app.notices.commands import Notification, Recipient, add_bell_notices_and_queue_letters
from tests.worker.somebody import signed_in, somebody, token


@pytest.fixture
def reader(client, app) -> UUID:
    with app.app_context():
        return somebody(locale="ru", role="teacher")


def ring(app, clock, *persons: UUID, number: str = "C-17") -> None:
    with app.app_context(), door.write(Act.by_system(clock())) as _:
        news = Notification("cases.case.returned", new_id().int % 2**40, {"number": number}, "/cases/of-mine")
        add_bell_notices_and_queue_letters(
            Act.by_system(clock()), news, [Recipient(person, None, "ky") for person in persons]
        )


def first(app, person: UUID) -> queries.Notice:
    with app.app_context():
        return queries.load_notices(person)[0]


def test_the_bell_tells_what_happened_in_the_language_of_its_reader(client, app, clock, reader):
    ring(app, clock, reader)
    page = signed_in(client, reader).get("/notices").text
    assert "Возвращено вам на доработку: C-17" in page
    assert "новое" in page


def test_a_bell_that_is_empty_says_what_will_be_here(client, reader):
    answer = signed_in(client, reader).get("/notices")
    assert answer.status_code == 200 and "Уведомлений пока нет" in answer.text


def test_following_a_notice_reads_it_and_leads_to_its_page(client, app, clock, reader):
    ring(app, clock, reader)
    answer = signed_in(client, reader).get(f"/notices/{first(app, reader).id}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/cases/of-mine")
    assert first(app, reader).read_at == clock()


def test_somebody_elses_notice_answers_as_one_that_is_not_there(client, app, clock, reader):
    with app.app_context():
        other = somebody()
    ring(app, clock, other)
    browser = signed_in(client, reader)
    foreign = browser.get(f"/notices/{first(app, other).id}")
    absent = browser.get(f"/notices/{new_id()}")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.data.replace(str(first(app, other).id).encode(), b"") and len(foreign.data) == len(
        absent.data
    )
    assert first(app, other).read_at is None


def test_all_can_be_marked_as_read(client, app, clock, reader):
    ring(app, clock, reader)
    ring(app, clock, reader)
    browser = signed_in(client, reader)
    page = browser.get("/notices").text
    browser.post("/notices/read", data={"csrf_token": token(page), "until": str(first(app, reader).id)})
    with app.app_context():
        assert queries.count_unread_notices_capped(reader) == 0


def test_many_notices_are_paged(client, app, clock, reader):
    for number in range(35):
        ring(app, clock, reader, number=f"C-{number:02}")
    browser = signed_in(client, reader)
    page = browser.get("/notices").text
    following = next(
        part.split('"')[0] for part in page.split('href="') if part.startswith("/notices?before=")
    )
    rest = browser.get(following).text
    assert "C-34" in page and "C-05" in page and "C-04" not in page
    assert "C-04" in rest and "C-00" in rest and "C-05" not in rest


def test_the_newest_few_come_as_a_fragment(client, app, clock, reader):
    ring(app, clock, reader)
    answer = signed_in(client, reader).get("/notices/latest")
    assert "C-17" in answer.text and "<html" not in answer.text
