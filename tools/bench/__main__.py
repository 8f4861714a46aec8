"""`make bench`: floor and completion interleaved in one run, every process, then pages, inbox and timers.

make bench                      # 1,000 rounds over 5,000 cases; figures in build/bench.json
make bench ARGS=--quick         # 50 rounds, to see that it runs
make bench ARGS="--write docs"  # and put the tables into docs/bench.md
make bench ARGS=--processes     # only the processes
make bench ARGS=--migrations    # only the migration of running cases and the replay of finished ones
make bench ARGS=--rosters       # only a roster of 200,000 enrolments
make bench ARGS=--timetables    # only the 150,000 lessons of a semester
make bench ARGS=--moving-in     # only the import of the sample files of a university
make bench ARGS=--seals         # only the audit with and without its queue, the sealer, and a verification
make bench ARGS=--audit         # only the lists of the audit over ten million records, some minutes
make bench ARGS="--audit --records=100000"  # over fewer
make bench ARGS=--diagrams      # only the checks of diagrams; needs no server
make bench ARGS=--audit-replay  # only the demo university, built again from its audit
"""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import create_app
from app.cases.commands.complete import complete_task
from app.cases.models import Case, Task
from app.cases.timers import post_due_reminders
from app.diagrams.drafts import create_draft_from_version
from app.diagrams.versions import load_published_version_id
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.db import db
from app.kernel.ids import new_id
from app.people.commands import hash_password
from app.people.commands.access import accept_rules
from app.people.models import Account
from app.people.queries.access import rules_version
from tests.scenarios.world import World
from tests.support import query_counter
from tests.support.clock import FrozenClock
from tools.bench import (
    audit_lists,
    audit_replay,
    diagrams,
    migrations,
    moving_in,
    processes,
    replays,
    rosters,
    seals,
    timetables,
)
from tools.bench.document import into_docs
from tools.bench.live_map import add_closed_tasks
from tools.bench.table import Figure, figure, show, write
from tools.bench.world import Database, clone, servers

QUICK = "--quick" in sys.argv
ONLY_PROCESSES = "--processes" in sys.argv
ONLY_MIGRATIONS = "--migrations" in sys.argv
ONLY_ROSTERS = "--rosters" in sys.argv
ONLY_TIMETABLES = "--timetables" in sys.argv
ONLY_MOVING_IN = "--moving-in" in sys.argv
ONLY_DIAGRAMS = "--diagrams" in sys.argv
ONLY_SEALS = "--seals" in sys.argv
ONLY_AUDIT = "--audit" in sys.argv
ONLY_AUDIT_REPLAY = "--audit-replay" in sys.argv
PARTS = (
    "--processes",
    "--migrations",
    "--rosters",
    "--timetables",
    "--moving-in",
    "--seals",
    "--audit",
    "--diagrams",
    "--audit-replay",
)
EVERYTHING = not set(PARTS) & set(sys.argv)
AUDIT_RECORDS = int(next((one.split("=")[1] for one in sys.argv if one.startswith("--records=")), "10000000"))
CHECKS = 5 if QUICK else 30
WRITE_DOCS = sys.argv[1:].count("docs") > 0
ROUNDS = 50 if QUICK else 1000
CASES = 400 if QUICK else 5000
PAGES = 20 if QUICK else 200
MIGRATED = 400 if QUICK else 10_000
ENROLMENTS = 4000 if QUICK else 200_000
SAMPLE_SIZE = "small" if QUICK else "university"
JOURNALS = 80 if QUICK else 2000
MANY = 5000 if QUICK else 100_000
WALKS = 3 if QUICK else 40
SEALED_RECORDS = 20_000 if QUICK else 1_000_000
PASSWORD = "a long bench password"
count = query_counter.count

FLOOR = (
    'SELECT c.id, s.body FROM cases."case" c JOIN cases.state s ON s.case_id = c.id'
    " WHERE c.id = %s FOR UPDATE OF c, s",
    'UPDATE cases.state SET body = %s, "check" = %s, revision = revision + 1 WHERE case_id = %s',
    "INSERT INTO cases.history (case_id, at, kind, person, element, iteration, approves, decision, answers, opened)"
    " VALUES (%s, now(), 'floor', %s, 'endorse_department_head', 1, true, 'approve', '{}', '[]')",
    "UPDATE cases.task SET closed_at = now(), closed_by = %s, closed_how = 'approve' WHERE id = %s",
    "INSERT INTO cases.task SELECT (jsonb_populate_record("
    "t, jsonb_build_object('id', %s::uuid, 'closed_at', NULL, 'element', 'floor'))).*"
    " FROM cases.task t WHERE t.id = %s",
    "INSERT INTO audit.record (format, event_type, object_kind, object_id, person, case_id, body)"
    " VALUES (1, 'floor', 'cases.case', %s, %s, %s, %s)",
)
AUDIT_BODY = "x" * 760


def timed(rounds: Iterator[Callable[[], Any]]) -> tuple[list[float], float, float]:
    """Seconds of each round, with the median counts of statements and round trips."""
    seconds, statements, trips = [], [], []
    for deed in rounds:
        count.reset()
        begun = time.perf_counter()
        deed()
        seconds.append(time.perf_counter() - begun)
        statements.append(count.statements)
        trips.append(count.round_trips)
    return seconds, median(statements), median(trips)


def main() -> None:
    """Measure, print, write."""
    figures: list[Figure] = []
    if ONLY_DIAGRAMS:
        diagrams.measure(figures, CHECKS)
        print(show(figures))
        return
    clock = FrozenClock()
    if EVERYTHING or ONLY_AUDIT_REPLAY:
        with servers() as (_database, settings), create_app(settings, clock).app_context():
            audit_replay.measure(figures, settings, clock)
            db.session.remove()
            db.engine.dispose()
    if ONLY_AUDIT_REPLAY:
        print(show(figures))
        return
    with servers() as (database, settings):
        app = create_app(settings, clock)
        with app.app_context():
            query_counter.watch(db.engine)
            measure(figures, app, database, clock)
        with app.app_context():
            db.engine.dispose()
    print(show(figures))
    print("\n" + "\n".join(processes.by_process(figures)))
    print("\nfloor.sql, prepared, one round:\n  " + "\n  ".join((*FLOOR, "COMMIT")))
    write(figures, Path("build/bench.json"))
    if WRITE_DOCS:
        into_docs(figures)


def measure(figures: list[Figure], app: Any, database: Database, clock: FrozenClock) -> None:
    """Every figure, in the order of the table."""
    world = World(db.session, clock)
    if ONLY_AUDIT:
        audit_lists.measure(figures, world, database, AUDIT_RECORDS, timed)
        return
    if ONLY_ROSTERS:
        rosters.measure(figures, world, ENROLMENTS)
        return
    if ONLY_TIMETABLES:
        timetables.measure(figures, world, JOURNALS)
        return
    if ONLY_MOVING_IN:
        accounts(world)
        moves_in(figures, app, world)
        return
    if ONLY_SEALS:
        seals.measure(figures, database, SEALED_RECORDS, ROUNDS)
        return
    if ONLY_MIGRATIONS:
        migrations.measure(figures, world, database, MIGRATED, timed)
        replays.measure(figures, world, database, MIGRATED, timed)
        return
    accounts(world)
    grids(figures, apart(lambda: client(app, "teacher")), world)
    case = world.teacher().requests_correction()
    clone(database, case, CASES, "a")
    walks(figures, app, world, database)
    if ONLY_PROCESSES:
        return
    completions(figures, world, database)
    after_returns(figures, world, database)
    applying(figures, world, database)
    pages(figures, app, world, database)
    timers(figures, world, database, clock)
    migrations.measure(figures, world, database, MIGRATED, timed)
    replays.measure(figures, world, database, MIGRATED, timed)
    editor(figures, app, world)
    diagrams.measure(figures, CHECKS)
    live_map(figures, app, database, case, clock)
    rosters.measure(figures, world, ENROLMENTS)
    timetables.measure(figures, world, JOURNALS)
    moves_in(figures, app, world)
    seals.measure(figures, database, SEALED_RECORDS, ROUNDS)


def moves_in(figures: list[Figure], app: Any, world: World) -> None:
    """The lists of the academic office in a small university, the import of a large one, and the lists once more."""
    browsers = {login: apart(functools.partial(client, app, login)) for login in moving_in.LISTS}

    def lists(size: str) -> None:
        for login, paths in moving_in.LISTS.items():
            for name, path in paths.items():
                interleaved_list(figures, f"list.{name}.{size}", browsers[login], path)

    lists("small")
    moving_in.measure(figures, world, app.extensions["depter"].settings.data_dir, SAMPLE_SIZE)
    if ONLY_MOVING_IN:
        timetables.measure(figures, world, JOURNALS)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    lists(SAMPLE_SIZE)


def tasks(world: World, element: str, limit: int) -> list[tuple[UUID, UUID]]:
    """Open tasks of one step: (task, case)."""
    world.session.rollback()
    rows = world.session.execute(
        select(Task.id, Task.case_id)
        .where(Task.element == element, Task.closed_at.is_(None))
        .order_by(Task.id)
        .limit(limit)
    ).all()
    world.session.rollback()
    return [(row.id, row.case_id) for row in rows]


def visa(act: Act, task: UUID) -> None:
    """The head's visa by the command."""
    with door.write(act):
        complete_task(act, task, {"decision": "approve"})


def walks(figures: list[Figure], app: Any, world: World, database: Database) -> None:
    """Start and each completion of every shipped process on its straight way."""
    waiting = iter(tasks(world, "endorse_department_head", WALKS))
    person = world.people["department_head"]
    raw = database.connect("depter_app", prepare_threshold=0)

    def floor() -> float:
        task, case = next(waiting)
        begun = time.perf_counter()
        _floor(raw, task, case, person, 400)
        return time.perf_counter() - begun

    figures += processes.measure(app, world, WALKS, floor)
    raw.close()


def completions(figures: list[Figure], world: World, database: Database) -> None:
    """`floor.sql` and `complete.command`, one after the other in each round."""
    head = world.head().act()
    found = tasks(world, "endorse_department_head", 2 * ROUNDS + 20 + WALKS)[WALKS:]
    for task, _case in found[:20]:
        visa(head, task)
    raw = database.connect("depter_app", prepare_threshold=0)
    size = (
        world.session.connection().exec_driver_sql("SELECT avg(length(body))::int FROM cases.state").scalar()
    )
    world.session.rollback()
    floor, command, statements, trips = [], [], [], []
    before = _rows(database)
    for number in range(ROUNDS):
        task, case = found[20 + 2 * number]
        begun = time.perf_counter()
        _floor(raw, task, case, head.person, int(size or 400))
        floor.append(time.perf_counter() - begun)
        count.reset()
        begun = time.perf_counter()
        visa(head, found[21 + 2 * number][0])
        command.append(time.perf_counter() - begun)
        statements.append(count.statements)
        trips.append(count.round_trips)
    raw.close()
    after = _rows(database)
    assert after["history"] - before["history"] == 2 * ROUNDS, (before, after)
    assert after["audit"] - before["audit"] == 2 * ROUNDS, (before, after)
    figures.append(
        figure("floor.sql", floor, "raw psycopg, prepared", sql_statements=len(FLOOR), round_trips=8)
    )
    ratio = median(command) / median(floor)
    note = f"head's visa, state {size} B"
    figures.append(
        figure(
            "complete.command",
            command,
            note,
            sql_statements=median(statements),
            round_trips=median(trips),
            ratio_to_floor=round(ratio, 2),
        )
    )


def _floor(raw: Any, task: UUID, case: UUID, person: UUID, size: int) -> None:
    body, check = b"x" * size, b"c" * 32
    raw.execute(FLOOR[0], (case,)).fetchone()
    raw.execute(FLOOR[1], (body, check, case))
    raw.execute(FLOOR[2], (case, person))
    raw.execute(FLOOR[3], (person, task))
    raw.execute(FLOOR[4], (new_id(), task))
    raw.execute(FLOOR[5], (case, person, case, AUDIT_BODY))
    raw.commit()


def _rows(database: Database) -> dict[str, int]:
    with database.connect(autocommit=True) as connection:
        return {
            name: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for name, table in (("history", "cases.history"), ("audit", "audit.record"))
        }


def after_returns(figures: list[Figure], world: World, database: Database) -> None:
    """The same visa in cases that were returned twenty times."""
    case = world.teacher().requests_correction()
    for _ in range(20):
        world.head().returns(case)
        world.teacher().resubmits(case)
    clone(database, case, ROUNDS + 20, "r")
    head = world.head().act()
    mine = world.session.scalars(
        select(Task.id)
        .join(Case, Case.id == Task.case_id)
        .where(Case.number.like("B-r-%"), Task.closed_at.is_(None))
    ).all()
    world.session.rollback()
    for task in mine[:20]:
        visa(head, task)
    seconds, statements, trips = timed(lambda task=task: visa(head, task) for task in mine[20 : ROUNDS + 20])
    ratio = median(seconds) * 1000 / next(one.p50_ms for one in figures if one.name == "complete.command")
    figures.append(
        figure(
            "complete.command.after_20_returns",
            seconds,
            f"{ratio:.2f}x the first",
            sql_statements=statements,
            round_trips=trips,
            ratio_to_floor=_ratio(figures, seconds),
        )
    )


def _ratio(figures: list[Figure], seconds: list[float]) -> float:
    return round(median(seconds) * 1000 / next(one.p50_ms for one in figures if one.name == "floor.sql"), 2)


def applying(figures: list[Figure], world: World, database: Database) -> None:
    """The release by IT with its effect, each on a cell of its own."""
    rounds = 10 if QUICK else 60
    ready = []
    teacher = world.school.teacher_act
    for number in range(rounds):
        lesson = world.school.lesson(world.clock() - timedelta(days=21, hours=number))
        world._marked_absent_at(lesson, teacher)
        edit = world.edit(lesson=str(lesson), version=1)
        case = world.teacher().requests_correction(edit)
        world.head().approves(case)
        world.directorate().approves(case)
        world.office().approves(case)
        ready.append(world.open_tasks(case)[0].id)
    world.session.rollback()
    act = world.it().act()
    seconds, statements, trips = timed(lambda task=task: visa(act, task) for task in ready)
    figures.append(
        figure(
            "complete.apply.command",
            seconds,
            f"{rounds} rounds, with its effect",
            sql_statements=statements,
            round_trips=trips,
            ratio_to_floor=_ratio(figures, seconds),
        )
    )


def pages(figures: list[Figure], app: Any, world: World, database: Database) -> None:
    """What a person waits for: through Flask with session, CSRF, policy, form, audit and outbox."""
    head, teacher = apart(lambda: client(app, "head")), apart(lambda: client(app, "teacher"))
    found = [task for task, _case in tasks(world, "endorse_department_head", 4 * PAGES)]
    http(
        figures, "complete.http", (post(head, f"/tasks/{task}", decision="approve") for task in found[:PAGES])
    )
    two_clients(figures, app, found[PAGES : 3 * PAGES])
    cells = f"{world.lesson}:{world.student}:ATTENDANCE"
    cell = f"{cells}:1"
    http(figures, "start.http", (start(teacher, cells, cell) for _ in range(PAGES)))
    inboxes(figures, head, world, database)


def live_map(figures: list[Figure], app: Any, database: Database, case: UUID, clock: FrozenClock) -> None:
    """The page of a process and its diagram over closed tasks of 300 days; the period is 90 days."""
    add_closed_tasks(database, case, MANY, clock())
    office = apart(lambda: client(app, "office"))
    page, rounds = "/processes/late_correction", max(PAGES // 10, 10)
    note = f"{MANY} closed tasks"
    http(figures, "live_map.http", (get(office, f"{page}?paint=median") for _ in range(rounds)), note)
    http(figures, "live_map.json", (get(office, f"{page}/diagram.json") for _ in range(rounds)), note)
    behind = f"{page}?list=done&step=release_it"
    http(figures, "live_map.list", (get(office, behind) for _ in range(rounds)), note)


def editor(figures: list[Figure], app: Any, world: World) -> None:
    """The page of the editor over a draft of the late correction, and what its script loads then."""
    person, draft = world.hires("process_admin", None), new_id()
    world.session.add(Account(person_id=person, login="process", password=hash_password(PASSWORD)))
    world.session.commit()
    act = Act(person, None, world.clock(), (RoleAssignment("process_admin"),))
    with door.write(act):
        create_draft_from_version(act, draft, load_published_version_id("late_correction"))
    administrator = apart(lambda: client(app, "process"))
    page, rounds = f"/processes/drafts/{draft}", max(PAGES // 10, 10)
    for name, path in (
        ("page", page),
        ("draft", f"{page}/draft.json"),
        ("choices", "/processes/studio/choices.json"),
    ):
        http(figures, f"studio.{name}.http", (get(administrator, path) for _ in range(rounds)))


def accounts(world: World) -> None:
    """A way in for the head, the teacher, the academic office and IT."""
    hashed = hash_password(PASSWORD)
    people = (
        ("head", world.people["department_head"]),
        ("teacher", world.school.lecturer),
        ("office", world.people["academic_office"]),
        ("it", world.people["it_admin"]),
    )
    for login, person in people:
        world.session.add(Account(person_id=person, login=login, password=hashed))
    world.session.commit()
    for _login, person in people:
        # Nothing opens to somebody who has not accepted the rules of personal access (3.2).
        act = Act(person, None, world.clock())
        with door.write(act):
            accept_rules(act, rules_version())


def apart(deed: Callable[[], Any]) -> Any:
    """Run in a thread without our application context: each request makes its own, as on a server."""
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(deed).result()


def client(app: Any, login: str) -> Any:
    """A signed-in browser, with the token its forms carry."""
    made = app.test_client()
    token = _token(made.get("/sign-in").text)
    answer = made.post("/sign-in", data={"csrf_token": token, "login": login, "password": PASSWORD})
    assert answer.status_code == 302, answer.status
    made.token = _token(made.get("/account").text)
    return made


def _token(page: str) -> str:
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def post(made: Any, path: str, **fields: str) -> Callable[[], None]:
    """A POST that has to succeed."""

    def send() -> None:
        answer = made.post(path, data={"csrf_token": made.token, **fields})
        assert answer.status_code == 302, (answer.status, answer.text[:600])

    return send


def start(made: Any, cells: str, cell: str) -> Callable[[], None]:
    """A new case each time."""
    words = {"error_kind": "typo", "reason": "Жаңылып терилген, студент сабакта болгон."}
    fields = {"id": str(new_id()), "cell": cell, f"new:{cell}": "PRESENT", **words}
    return post(made, f"/cases/start/late_correction?cells={cells}", **fields)


def get(made: Any, path: str) -> Callable[[], None]:
    """A page that has to come."""

    def read() -> None:
        answer = made.get(path)
        assert answer.status_code == 200, (path, answer.status, answer.headers.get("Location"))

    return read


def http(figures: list[Figure], name: str, rounds: Iterator[Callable[[], Any]], note: str = "") -> Figure:
    """Measure requests and note them."""
    seconds, statements, trips = apart(lambda: timed(rounds))
    found = figure(name, seconds, note, sql_statements=statements, round_trips=trips)
    figures.append(found)
    return found


def interleaved_list(figures: list[Figure], name: str, made: Any, path: str) -> None:
    """Measure a list, each round after `/account`, whose cost does not depend on the university: their ratio can be
    compared between a small and a large one whatever else the machine does."""
    own: list[float] = []

    def rounds() -> Iterator[Callable[[], Any]]:
        for _ in range(PAGES // 5):
            begun = time.perf_counter()
            get(made, "/account")()
            own.append(time.perf_counter() - begun)
            yield get(made, path)

    found = http(figures, name, rounds())
    found.note = f"{found.p50_ms / 1000 / median(own):.2f} of /account"


def two_clients(figures: list[Figure], app: Any, found: list[UUID]) -> None:
    """Two people at once; each request's own time."""
    seconds: list[float] = []

    def work(mine: list[UUID]) -> None:
        made = client(app, "head")
        for task in mine:
            begun = time.perf_counter()
            post(made, f"/tasks/{task}", decision="approve")()
            seconds.append(time.perf_counter() - begun)

    half = len(found) // 2
    threads = [threading.Thread(target=work, args=(part,)) for part in (found[:half], found[half:])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures.append(figure("complete.http.2_clients", seconds, "two threads of one process"))


def inboxes(figures: list[Figure], head: Any, world: World, database: Database) -> None:
    """The first page of an inbox with about a hundred open tasks, then with a hundred thousand."""
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "UPDATE cases.task SET closed_at = now() WHERE closed_at IS NULL AND id NOT IN"
            " (SELECT id FROM cases.task WHERE closed_at IS NULL AND element = 'endorse_department_head' LIMIT 100)"
        )
        connection.execute("VACUUM ANALYZE cases.task")
    small = http(figures, "inbox.http.100_open", (get(head, "/inbox") for _ in range(PAGES)))
    case = world.teacher().requests_correction()
    clone(database, case, MANY, "i")
    large = http(figures, f"inbox.http.{MANY}_open", (get(head, "/inbox") for _ in range(PAGES)))
    large.note = f"p95 {large.p95_ms / small.p95_ms:.2f}x of 100 open"


def grids(figures: list[Figure], teacher: Any, world: World) -> None:
    """A journal of 30 students and 60 lessons, and one cell of it."""
    for number in range(len(world.school.students), 30):
        world.school.student(number)
    lessons = world.school.lessons(60, world.clock() - timedelta(hours=2))
    world.session.rollback()
    rounds = max(PAGES // 4, 10)
    address = f"/journal/{world.school.offering}"
    http(figures, "grid.http.30x60", (get(teacher, address) for _ in range(rounds)))
    students = world.school.students

    def save(number: int) -> Callable[[], None]:
        body = {
            "lesson": str(lessons[0]),
            "student": str(students[number]),
            "kind": "attendance",
            "value": "absent",
            "version": 0,
        }

        def put() -> None:
            answer = teacher.put("/journal/cell", json=body, headers={"X-CSRFToken": teacher.token})
            assert answer.status_code == 200, answer.text

        return put

    http(figures, "cell.save.http", (save(number) for number in range(1, len(students))))


def timers(figures: list[Figure], world: World, database: Database, clock: FrozenClock) -> None:
    """A hundred due reminders among a hundred thousand timers: claimed, told, committed."""
    with database.connect(autocommit=True) as connection:
        due = connection.execute("SELECT count(*) FROM cases.timer").fetchone()[0]
        connection.execute("UPDATE cases.timer SET due_at = now() + interval '400 days'")
        connection.execute(
            "UPDATE cases.timer t SET due_at = %s, task_id = k.id FROM cases.task k WHERE k.case_id = t.case_id"
            " AND t.id IN (SELECT id FROM cases.timer WHERE kind <> 'diagram' LIMIT %s)",
            (clock() - timedelta(minutes=1), 100 * 20),
        )
        connection.execute("VACUUM ANALYZE cases.timer")
    act = Act.by_system(clock())

    def claim() -> None:
        with door.write(act):
            post_due_reminders(act, 100)

    seconds, statements, trips = timed(claim for _ in range(15))
    figures.append(
        figure(
            "timers.claim_100_of_100000",
            seconds,
            f"of {due} timers",
            sql_statements=statements,
            round_trips=trips,
        )
    )


if __name__ == "__main__":
    main()
