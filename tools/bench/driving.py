"""Leads cases along their ways: a start, then each step by whoever holds it, by commands or HTTP. Times nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.commands.complete import complete_task
from app.cases.commands.start import start_case, start_follow_up_case_once
from app.cases.models import Task
from app.cases.timers import fire_due_timers
from app.diagrams.versions import load_version
from app.forms.schema import check_form_answers
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.ids import new_id
from app.people import queries as people
from app.people.models import Account
from tests.files.pictures import pdf
from tests.scenarios.world import World
from tests.web.browser import Browser
from tools.bench.way import Asked, Way

Deed = tuple[str, Callable[[], Any]]
"""The name of a start or a step, and what does it; everything it needs is ready."""


def by_commands(world: World, way: Way, asked: Asked) -> Iterator[Deed]:
    """The case by its commands. Each deed has to be done before the next is asked for."""
    case = new_id()
    yield "start", _beginning(asked, case)
    for task in _tasks(world, way, case):
        published = load_version(task.version_id)
        form = published.forms[published.model.user_tasks[task.element].form]
        answers = check_form_answers(form, dict(_answers(world, way, asked, task)))
        act = _act(world, task)
        world.session.rollback()
        yield task.element, _completing(act, task.id, answers)


def _answers(world: World, way: Way, asked: Asked, task: Held) -> Mapping[str, Any]:
    given = way.steps[task.element]
    return given(world, asked) if callable(given) else given


def _beginning(asked: Asked, case: UUID) -> Callable[[], Any]:
    act = asked.actor.act()

    def begin() -> None:
        with door.write(act):
            if asked.news:
                start_follow_up_case_once(act, case, asked.start, asked.answers, asked.actor.person)
            else:
                start_case(act, case, asked.start, asked.answers)

    return begin


def _completing(act: Act, task: UUID, answers: Any) -> Callable[[], Any]:
    def complete() -> None:
        with door.write(act):
            complete_task(act, task, answers)

    return complete


@dataclass(frozen=True, slots=True)
class Held:
    """What leading a case needs of an open task, read before anything is timed."""

    id: UUID
    element: str
    version_id: UUID
    role: str
    unit_id: UUID | None
    person: UUID


def _tasks(world: World, way: Way, case: UUID) -> Iterator[Held]:
    """The one open task of the case, as often as there is one. Raises AssertionError when the way is left."""
    met: list[str] = []
    fired = False
    while True:
        world.session.rollback()
        found = world.session.scalars(
            select(Task).where(Task.case_id == case, Task.closed_at.is_(None))
        ).all()
        if not found and way.waits and not fired:
            fired = True
            fire_due_timers(door.write, world.now())
            continue
        if not found:
            break
        task = next(one for one in found if one.element in way.steps and one.element not in met)
        met.append(task.element)
        person = task.assignee or _from_pool(world, task)
        held = Held(task.id, task.element, task.version_id, task.role, task.unit_id, person)
        world.session.rollback()
        yield held
    assert met == list(way.steps), f"the way is {list(way.steps)}, the case went {met}"


def _from_pool(world: World, task: Task) -> UUID:
    found = people.load_role_holders(task.role, task.unit_id, world.now().date())
    return next(one.person for one in found if one.unit == task.unit_id and one.person not in task.excluded)


def _act(world: World, task: Held) -> Act:
    return Act(task.person, None, world.now(), (RoleAssignment(task.role, task.unit_id),))


# --- over HTTP ---------------------------------------------------------------------------------------------


@dataclass
class Desks:
    """Signed-in browsers, one a person, opened when first needed."""

    app: Any
    world: World
    browsers: dict[UUID, Browser] = field(default_factory=dict)

    def of(self, person: UUID, role: str) -> Browser:
        """The browser of this person, who gets an account without a password if he has none, and a student his role."""
        if person not in self.browsers:
            if self.world.session.get(Account, person) is None:
                self.world.session.add(Account(person_id=person, login=str(person), password="never"))
            self.world.session.commit()
            if role == "student":
                self.world._grant(person, role, self.world.school.institute)
            self.browsers[person] = Browser(self.app).enter(person)
        return self.browsers[person]


def over_http(world: World, way: Way, asked: Asked, desks: Desks) -> Iterator[Deed]:
    """The same by the pages' own requests. A case begun by news is begun by its command."""
    case = new_id()
    if asked.fields:
        fields = {**asked.fields, "id": str(case)}
        if "files" in fields:
            fields["files"] = (BytesIO(pdf(str(case))), "scan.pdf")
        path = f"/cases/start/{asked.start}" + (f"?{asked.query}" if asked.query else "")
        browser = desks.of(asked.actor.person, asked.actor.assignments[0].role)
        world.session.rollback()
        yield "start", _posting(browser, path, fields)
    else:
        _beginning(asked, case)()
    for task in _tasks(world, way, case):
        answers = _answers(world, way, asked, task)
        if task.element in way.by_hand:
            world.session.rollback()
            _completing(_act(world, task), task.id, answers)()
            continue
        browser = desks.of(task.person, task.role)
        world.session.rollback()
        yield task.element, _posting(browser, f"/tasks/{task.id}", answers)


def _posting(browser: Browser, path: str, fields: Any) -> Callable[[], Any]:
    def post() -> None:
        answer = browser.post(path, **fields)
        assert answer.status_code == 302, (path, answer.status, answer.text[:800])

    return post
