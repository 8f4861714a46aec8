"""A university with nothing in it: whoever is the first of his role finds no page that is missing or breaks."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.diagrams import versions
from app.diagrams.sync import publish_shipped_diagrams
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from app.kernel.settings import SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR
from app.people import commands
from app.people.commands import NewPerson
from app.people.models import ROLES
from tests.web.browser import Browser

NOT_SERVED = ("/static/", "/sign-out", "#")


@pytest.fixture
def first(app: Any, db_session: Any, clock: Any) -> Any:
    """Make the first person of a role, in no unit: there is none yet; answer his browser."""
    versions.clear_version_cache()
    release = Act.by_system(clock())
    with door.write(release):
        publish_shipped_diagrams(
            release, versions.read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR)
        )

    def make(role: str) -> Browser:
        act = Act.by_system(clock())
        account = NewPerson(new_id(), role, "Биринчи", login=role, password=role)
        with door.write(act):
            person = commands.add_person(act, account)
            commands.grant_role(act, new_id(), person, role, None, local_day(act.at))
        return Browser(app).enter(person)

    return make


@pytest.mark.parametrize("role", ROLES)
def test_every_link_of_his_first_pages_leads_somewhere(first, role):
    browser = first(role)
    seen: set[str] = set()
    home = browser.get("/", follow_redirects=True)
    assert home.status_code == 200
    waiting = links(home.text)
    for path in waiting:
        answer = browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code)
        seen.add(path)
    assert len(seen) > 1


def links(page: str) -> list[str]:
    found = dict.fromkeys(re.findall(r'href="(/[^"#]*)', page))
    return [path for path in found if not path.startswith(NOT_SERVED)]
