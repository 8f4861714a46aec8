"""Static files: kept for ever under the address that names their content, never under another."""

from __future__ import annotations

import re

import pytest

from app.web.core import static_files
from tests.web.browser import Browser


@pytest.fixture
def addresses(app, db_session) -> list[str]:
    """Every static file that the sign-in page names."""
    return re.findall(r'(?:href|src)="(/static/[^"#]+)"', Browser(app).get("/sign-in").text)


def test_a_page_names_files_by_their_version_and_a_browser_keeps_them(app, addresses):
    assert len(addresses) > 3
    for address in addresses:
        answer = Browser(app).get(address)
        assert answer.status_code == 200 and address.startswith(
            f"/static/{static_files.static_files_version()}/"
        )
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_page_of_an_earlier_version_gets_the_present_file_and_does_not_keep_it(app, addresses):
    answer = Browser(app).get(addresses[0].replace(static_files.static_files_version(), "0" * 16))
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/static/1/../headers.py", "/static/1/%2e%2e/headers.py", "/static/1/", "/static/1/none.js"]
)
def test_nothing_outside_the_folder_is_served(app, db_session, path):
    assert Browser(app).get(path).status_code == 404


def test_the_version_changes_with_the_name_and_the_content_of_any_file(tmp_path):
    versions = set()
    for number, (name, text) in enumerate((("a.js", "1"), ("a.js", "2"), ("b.js", "1"), ("a.js", "1"))):
        (folder := tmp_path / str(number)).mkdir()
        (folder / name).write_text(text)
        versions.add(static_files.static_files_version(folder))
    assert len(versions) == 3
