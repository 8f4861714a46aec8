"""What every test may ask for. All of it is real: PostgreSQL, Valkey, SMTP, a WSGI server, Chromium.

One keeper a test run (also under `-n auto`) starts the servers in a folder of its own, so several runs go on at once.
Each worker has a database, a numbered Valkey database, a mail folder and a data folder of its own. Nothing starts
before a test asks for it: pure tests cost nothing.

| fixture       | lives    | is                                                                                     |
|---------------|----------|----------------------------------------------------------------------------------------|
| `settings`    | session  | the worker's `Settings`; its `public_url` is where `live_server` listens               |
| `database`    | session  | `Database`: `url(role)`, `connect(role)` (raw psycopg, autocommit; `depter` is superuser) |
| `app`         | session  | `create_app(settings, clock)`                                                          |
| `clock`       | function | the app's `FrozenClock`: `clock()`, `clock.set(moment)`, `clock.advance(hours=25)`     |
| `db_reset`    | function | before the test the database and Valkey are as the migrations left them                |
| `db_session`  | function | `db_reset`, an app context, and `db.session` inside it: for commands and queries       |
| `client`      | function | `db_reset` and `app.test_client()`                                                     |
| `valkey`      | function | an empty redis-py client of the worker's Valkey                                        |
| `mailbox`     | function | an empty `Mailbox`: `letters()`, `wait_for(count)`; `down()` and `up()` for the server |
| `live_server` | function | `db_reset` and the address of the real app behind a threaded WSGI server               |
| `page`, ...   | function | pytest-playwright on the machine's Chromium; mark such tests `browser`                 |

`clock` starts each test on Wednesday 14 October 2026, 09:00 in Bishkek. A test that writes without any of
`db_reset`, `db_session`, `client`, `live_server` leaks into the next one. Tests that need servers of their own
(kill -9, a full disk) start them with `app.kernel.dev_servers.DevServers`.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.kernel.dev_servers import DevServers
from app.kernel.servers import paths
from app.kernel.servers.parent_watch import FileLocked, hold_file_lock
from tests.scenarios import scenes
from tests.support import drive_counter, query_counter, timing
from tests.support.clock import FrozenClock
from tests.support.mailbox import Mailbox

PROJECT = Path(__file__).resolve().parents[1]
SCENARIOS = PROJECT / "tests" / "clauses"
_keepers = pytest.StashKey[DevServers]()
_folders = pytest.StashKey[Path]()


# --- one keeper a run -------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """CPU seconds are watched by hooks of their own (tests/support/timing.py)."""
    if not config.pluginmanager.is_registered(timing):
        config.pluginmanager.register(timing)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long comes first on every worker: at the end of a run the others would wait for it."""
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    items[:] = timing.deal(items, workers, timing.takes_long)


def pytest_collection_finish() -> None:
    """The garbage collector need not look through what lives as long as the run: every test, the whole of the app."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: one worker more than cores, because a third of its time a worker waits for a browser or a server."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """On the controller, before each worker starts: one keeper for all of them, started without waiting."""
    _start_keeper(node.config)
    node.workerinput["depter_folder"] = str(node.config.stash[_folders])


def _start_keeper(config: pytest.Config) -> DevServers:
    if _keepers not in config.stash:
        home = paths.ensure_project_data_dir(PROJECT)
        _sweep(home)
        folder = home / f"test-{os.getpid()}"
        config.stash[_folders] = folder
        config.stash[_keepers] = DevServers.start(
            folder, ("postgres", "valkey"), forgetful=True, disposable=True
        )
    return config.stash[_keepers]


def _sweep(home: Path) -> None:
    """Remove folders of runs that ended too hard to do it themselves."""
    for left in home.glob("test-*"):
        try:
            with hold_file_lock(left / "lock"):
                shutil.rmtree(left, ignore_errors=True)
        except (FileLocked, FileNotFoundError):
            continue


def pytest_unconfigure(config: pytest.Config) -> None:
    """The end of the run: stop the servers and remove their folder."""
    keeper = config.stash.get(_keepers, None)
    if keeper is not None:
        keeper.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI=true a skipped test fails the run: a check that does not run proves nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter is not None and reporter.stats.get("skipped"):
        print("\nTests were skipped; with CI=true that fails the run.", file=sys.stderr)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note what the test itself drives. A scenario of a clause beside the regulation has to drive something."""
    drive_counter.count.reset()
    result = yield
    item.user_properties.append(("drives", drive_counter.count.at_all))
    clauses = [str(number) for mark in item.iter_markers("clause") for number in mark.args]
    item.user_properties.append(("clauses", clauses))
    idle = not drive_counter.count.at_all and item.get_closest_marker("undriven") is None
    if idle and SCENARIOS in item.path.parents:
        pytest.fail("it drives neither a command nor a page: mark it undriven", pytrace=False)
    return result


# --- servers, database, app -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """`gw0`, `gw1`, ... under xdist, else `gw0`."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "gw0"))


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Any:
    """The run's PostgreSQL and Valkey, waited for."""
    from tests.support.database import Servers

    given = getattr(request.config, "workerinput", None)
    if given is not None:
        return Servers.wait_for(Path(given["depter_folder"]))
    keeper = _start_keeper(request.config)
    return Servers.wait_for(request.config.stash[_folders], keeper)


@pytest.fixture(scope="session")
def database(servers: Any, worker: str) -> Any:
    """The worker's own copy of the migrated template."""
    made = servers.database(f"depter_{worker}")
    scenes.current = made.scenes
    return made


@pytest.fixture(scope="session")
def _listening() -> Iterator[socket.socket]:
    """The socket of `live_server`, bound early so that the settings can name its address."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        yield bound


@pytest.fixture(scope="session")
def _mail_server(servers: Any, worker: str) -> Iterator[Any]:
    from app.kernel.servers.mail import MailCatcher

    catcher = MailCatcher(servers.folder / worker / "mail")
    catcher.start()
    yield catcher
    catcher.stop()


@pytest.fixture(scope="session")
def settings(servers: Any, database: Any, worker: str, _mail_server: Any, _listening: socket.socket) -> Any:
    """The worker's installation, read from an environment as in production."""
    from app.kernel.settings import Settings

    data = servers.folder / worker
    return Settings.from_env(
        {
            "DATABASE_URL": database.url(),
            "MIGRATION_DATABASE_URL": database.url("depter"),
            "REDIS_URL": servers.addresses.redis_url(int(worker.removeprefix("gw"))),
            "MAIL_URL": _mail_server.url,
            "DEPTER_DATA": str(data),
            "SECRET_KEY": "a secret of the tests, the same in each run",
            "PUBLIC_URL": f"http://127.0.0.1:{_listening.getsockname()[1]}",
            "DEPTER_ENV": "test",
        }
    )


@pytest.fixture(scope="session")
def _session_clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(scope="session")
def app(settings: Any, database: Any, _session_clock: FrozenClock) -> Any:
    """The application as `wsgi.py` makes it, but with a clock that stands still."""
    from app import create_app
    from app.kernel.db import db as kernel_db

    made = create_app(settings, _session_clock)
    made.testing = True
    with made.app_context():
        query_counter.watch(kernel_db.engine)
    drive_counter.watch(made)

    def drop_dead_connections() -> None:
        with made.app_context():
            kernel_db.engine.dispose()

    database.forgetters.append(drop_dead_connections)
    return made


@pytest.fixture
def clock(_session_clock: FrozenClock) -> FrozenClock:
    """The clock of `app`, set back to its beginning."""
    _session_clock.restart()
    return _session_clock


@pytest.fixture
def begins_in(request: pytest.FixtureRequest) -> str | None:
    """The scene that the test begins in, by the fixtures it has."""
    return scenes.of(request.fixturenames)


@pytest.fixture
def db_reset(
    request: pytest.FixtureRequest,
    settings: Any,
    begins_in: str | None,
    database: Any,
    valkey: Any,
    clock: FrozenClock,
) -> None:
    """The database as the migrations or the test's scene left it, Valkey empty, the clock at its beginning."""
    known = database.scenes
    known.wanted = None
    if begins_in is not None and begins_in not in known.kept:
        database.restore()
        _forget(settings)
        before = timing.cpu()
        scenes.build(known, begins_in, request.getfixturevalue("app"), clock)
        valkey.flushdb()
        timing.share(timing.cpu() - before)
    database.restore(begins_in or scenes.SEED)
    if begins_in is not None:
        scenes.put_files_back(known, begins_in)
    known.wanted = begins_in
    _forget(settings)


def _forget(settings: Any) -> None:
    """What the process and its folder remember of rows and secrets of another test would outlive them."""
    from app.audit import erasures, keys
    from app.kernel import sealing
    from app.regulation import queries

    (settings.data_dir / erasures.EXPORT_FILE_NAME).unlink(missing_ok=True)
    sealing.set_installation_secret(settings.secret_key)
    keys.clear_person_key_cache()
    queries.clear_calendar_caches()


@pytest.fixture
def db_session(app: Any, db_reset: None) -> Iterator[Any]:
    """`db.session` inside an app context."""
    from app.kernel.db import db

    with app.app_context():
        yield db.session
        db.session.remove()


@pytest.fixture
def client(app: Any, db_reset: None) -> Any:
    """A test client of the app."""
    return app.test_client()


@pytest.fixture
def valkey(settings: Any) -> Iterator[Any]:
    """The worker's Valkey, empty."""
    from redis import Redis

    with Redis.from_url(settings.redis_url) as connection:
        connection.flushdb()
        yield connection


@pytest.fixture
def mailbox(_mail_server: Any) -> Iterator[Mailbox]:
    """The letters that the app sends during the test."""
    box = Mailbox(_mail_server)
    box.empty()
    yield box
    box.up()


# --- a real server and a real browser ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def _serving(app: Any, settings: Any, _listening: socket.socket) -> Iterator[str]:
    from werkzeug.serving import make_server

    _listening.listen(128)
    server = make_server("127.0.0.1", 0, app, threaded=True, fd=_listening.fileno())
    thread = threading.Thread(target=server.serve_forever, name="live-server", daemon=True)
    thread.start()
    yield settings.public_url
    server.shutdown()
    thread.join(5)


@pytest.fixture
def live_server(_serving: str, db_reset: None) -> str:
    """The address of the running app, without a slash at its end."""
    return _serving


@pytest.fixture(scope="session")
def _window(browser: Any, browser_context_args: dict[str, Any]) -> Iterator[Any]:
    """One browser context for all tests of a worker: it keeps the static files, which never change during a run."""
    window = browser.new_context(**browser_context_args)
    window.set_default_timeout(30_000)
    yield window
    window.close()


@pytest.fixture
def context(_window: Any, settings: Any) -> Iterator[Any]:
    """The browser of somebody who was never here: no cookie, nothing that scripts kept."""
    yield _window
    _window.set_offline(False)
    _window.unroute_all()
    _window.clear_permissions()
    _window.clear_cookies()
    pages = _window.pages
    if pages:
        session = _window.new_cdp_session(pages[0])
        kinds = "local_storage,indexeddb,cache_storage,service_workers"
        session.send("Storage.clearDataForOrigin", {"origin": settings.public_url, "storageTypes": kinds})
    for page in pages:
        page.close()


@pytest.fixture
def page(context: Any) -> Any:
    """A new page, at the size of Playwright's default."""
    return context.new_page()


def chromium() -> str | None:
    """The browser of CHROMIUM or of the PATH; else None, and Playwright's own is installed."""
    names = (
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    )
    found = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in names)]
    return next((path for path in found if path), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Playwright starts the machine's Chromium, which may run as root and must not phone home."""
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    path = chromium()
    if path is None:
        with hold_file_lock(paths.ensure_project_data_dir(PROJECT) / "browser.lock", wait=600.0):
            subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
        return {**browser_type_launch_args, "args": flags}
    return {**browser_type_launch_args, "executable_path": path, "args": flags}
