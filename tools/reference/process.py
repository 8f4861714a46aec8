"""The page of one process, from its diagram, its forms, the menu, the policies and the clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.bpmn.model import ProcessModel, UserTask
from app.forms.form_file import Form, FormField
from app.operations import FOLLOW_UP_BY_EVENT_TYPE, OPERATIONS, STARTS
from app.operations.registry import Operation
from app.regulation.clauses import clause_by_number
from app.regulation.seed import read_seed_policies
from app.web.core.navigation import LABEL_BY_ROLE
from tools.reference.news import facts_of, notices
from tools.reference.shipped import Process, processes, titles
from tools.reference.ways import Lead, after_decision, after_outcome, after_timer

SCOPES = {
    "start.discipline_department": "of the department that teaches the discipline",
    "start.student_institute": "of the institute of the student",
}
MEASURES = {"hours": "hour", "calendar_days": "calendar day", "working_days": "working day"}
STEPS = ("", "step", "Кыргызча, русский", "who", "what one fills in", "clause", "term", "where it leads")
LANES = ("role", "Кыргызча, русский", "whose", "steps")
SERVICES = (
    "",
    "step",
    "Кыргызча, русский",
    "operation",
    "approvals demanded, in order",
    "clause",
    "outcomes",
)
TIMERS = ("timer", "on", "term", "what it changes")


def page(process: Process) -> str:
    """The page of one process."""
    model = process.model
    parts = [
        f"# {process.id} {model.titles['en']}\n",
        f"{model.titles['ky']} · {model.titles['ru']}\n",
        f"{_purpose(model)}\n",
        f"{_ground(model)}. The file is `workflows/{process.key}.bpmn`; what it may say stands in",
        "[bpmn-vocabulary](../bpmn-vocabulary.md).\n",
        f"![The diagram, in Kyrgyz: {model.titles['ky']}]({process.key}.svg)\n",
        "The numbers in the picture are those of the steps below.\n",
        *_section("Who may begin it", _begins(process)),
        *_section("Who takes part", table(LANES, _lanes(process))),
        *_section("Steps", table(STEPS, _steps(process))),
        *_section("What Depter does by itself", table(SERVICES, _services(process))),
        *_section("When time passes", table(TIMERS, _timers(process))),
        *_section("How it ends", table(("end", "Кыргызча, русский", "outcome"), _ends(model))),
        *_section("Who is told", table(("news", "words", "to whom"), notices(model))),
        *_section("Files", _papers(process)),
        *_section("Related processes", _related(process)),
        *_section("Clauses", table(("clause", "about", "says"), _clauses(process))),
    ]
    return "\n".join(parts)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"## {title}\n"
        yield from found
        yield ""


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A table; nothing for no rows."""
    body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *body] if body else []


def _begins(process: Process) -> Iterator[str]:
    entry = STARTS[process.model.start_name]
    if entry.roles:
        yield f"* For themselves: {_roles(process.model.starters if entry.general else entry.roles)}."
    for event_type, follow_up in FOLLOW_UP_BY_EVENT_TYPE.items():
        if follow_up.start == entry.name:
            yield f"* Not by hand: the event `{event_type}` starts it."
    if entry.on_behalf_roles:
        yield f"* For somebody whom their unit looks after: {_roles(entry.on_behalf_roles)}; both are recorded."
    if entry.offered_by:
        yield f"* May offer it to a student, who then is the requester: {_roles(entry.offered_by)}."
    clause = f", clause {entry.clause}" if entry.clause else ", a general one"
    yield f"* Start `{entry.name}`{clause}; the variable `start.{entry.id_variable}` holds its subject."
    form = process.forms.get(f"{process.key}.start")
    if form is not None:
        yield f"* The form asks for: {_fields(form)}."


def _roles(roles: tuple[str, ...]) -> str:
    return ", ".join(_role(role) for role in roles)


SEATS = {"commission_chair": "the chair", "commission_secretary": "the secretary"}
"""Steps of a person of the commission, found by its order and not by a role."""


def _role(role: str) -> str:
    word = SEATS.get(role) or LABEL_BY_ROLE[role]
    return word if word == "IT administrator" else word.lower()


def _lanes(process: Process) -> Iterator[tuple[str, ...]]:
    for lane in process.model.lanes.values():
        held = [
            str(place) for step, place in process.places.items() if process.model.lane_of_task(step) is lane
        ]
        words = lane.titles
        yield words["en"], f"{words['ky']}<br>{words['ru']}", _whose(lane.scope), ", ".join(held) or "none"


def _whose(scope: str) -> str:
    return SCOPES.get(scope, f"of the unit in `{scope}`" if scope else "of the university")


def _steps(process: Process) -> Iterator[tuple[str, ...]]:
    model = process.model
    for step in process.places:
        task = model.user_tasks.get(step)
        if task is None:
            service = model.services[step]
            yield _step_row(process, step, "Depter", f"`{service.operation}`", "", "", "see below")
            continue
        form = process.form(task)
        approves = "; an approval" if task.approves else ""
        yield _step_row(
            process,
            step,
            _who(process, task),
            (_fields(form) if form else "") + approves,
            task.clause or model.clause,
            _term(task.deadline, task.anchor),
            _leads(process, task, form),
        )


def _step_row(process: Process, step: str, *cells: str) -> tuple[str, ...]:
    words = titles(process.model)[step]
    return str(process.places[step]), words["en"], f"{words['ky']}<br>{words['ru']}", *cells


def _who(process: Process, task: UserTask) -> str:
    lane = process.model.lane_of_task(task.id)
    who = lane.titles["en"]
    if task.assign == "requester":
        return "who asked"
    if task.assign == "deputy":
        return f"{who}: the deputy"
    if task.is_for_named_person:
        return f"{who}: the one named by `{task.assign}`"
    return f"{who} {_whose(lane.scope)}"


def _fields(form: Form) -> str:
    """The labels of a form in English; what may stay empty stands in brackets."""
    return ", ".join(_field(form, field) for field in form.fields)


def _field(form: Form, field: FormField) -> str:
    label = field.label["en"][:1].lower() + field.label["en"][1:]
    if field.required:
        return label
    wanted = [
        value.label["en"]
        for asked in form.fields
        for value in asked.values
        if value.value in field.required_when.get(asked.key, ())
    ]
    return f"{label} (needed with: {', '.join(wanted)})" if wanted else f"({label})"


def _term(key: str, anchor: str = "") -> str:
    """A term with its measure, the policy that sets it, and where it comes from."""
    if not key:
        return ""
    found = next((row for row in read_seed_policies() if row["key"] == key), None)
    if found is None:
        return f"`{key}`"
    number, measure = found["value"], MEASURES.get(found["measure"], found["measure"])
    plural = "" if number == "1" or found["measure"] not in MEASURES else "s"
    source = "the regulation" if found["source"] == "text" else "default"
    since = f", counted from `{anchor}`" if anchor else ""
    return f"{number} {measure}{plural}{since} (`{key}`, {source}, clause {found['clause']})"


def _leads(process: Process, task: UserTask, form: Form | None) -> str:
    """Each decision of the form with where it leads; one line where there is nothing to decide."""
    field = form.field_with_key("decision") if form else None
    if field is None:
        return _said(process, after_decision(process.model, task.id, ""))
    return "<br>".join(
        f"{value.label['en']} → {_said(process, after_decision(process.model, task.id, value.value))}"
        for value in field.values
    )


def _said(process: Process, leads: list[Lead]) -> str:
    return "; ".join(
        f"{_target(process, lead.target)}{f' ({lead.when})' if lead.when else ''}" for lead in leads
    )


def _target(process: Process, element: str) -> str:
    if element in process.model.ends:
        return f"ends: {process.title(element)}"
    return process.title(element)


def _services(process: Process) -> Iterator[tuple[str, ...]]:
    for step in process.places:
        service = process.model.services.get(step)
        if service is None:
            continue
        entry = OPERATIONS[service.operation]
        roles = entry.required_approvals.roles if entry.required_approvals else ()
        told = "".join(f"<br>tells `{variable}`" for variable in facts_of(service.operation))
        yield _step_row(
            process,
            step,
            f"`{service.operation}`{told}",
            _roles(roles) if roles else "none",
            entry.clause,
            "<br>".join(_outcome(process, step, entry, outcome) for outcome in entry.outcomes),
        )


def _outcome(process: Process, step: str, entry: Operation, outcome: str) -> str:
    kept = "" if outcome in entry.success_outcomes else ", nothing is written"
    return f"`{outcome}`{kept} → {_said(process, after_outcome(process.model, step, outcome))}"


def _timers(process: Process) -> Iterator[tuple[str, ...]]:
    found = process.model.timers.values()
    for timer in sorted(found, key=lambda timer: process.places.get(timer.attached_to, 0)):
        leads = _said(process, after_timer(process.model, timer.id))
        changes = f"instead: {leads}" if timer.interrupting else f"beside it: {leads}"
        where = process.title(timer.attached_to) if timer.attached_to else "the path itself"
        words = timer.titles
        name = f"{words['en']}<br>{words['ky']}<br>{words['ru']}"
        yield name, where, _term(timer.policy, timer.anchor), changes


def _ends(model: ProcessModel) -> Iterator[tuple[str, ...]]:
    """Ends that say the same stand once."""
    rows = (
        (
            end.titles["en"],
            f"{end.titles['ky']}<br>{end.titles['ru']}",
            f"`{end.outcome}`" * bool(end.outcome),
        )
        for end in model.ends.values()
    )
    return iter(dict.fromkeys(rows))


def _papers(process: Process) -> Iterator[str]:
    few = STARTS[process.model.start_name].file_reader_roles
    if few:
        yield f"The files of a case are for few (7.1): {_roles(few)} of its units, and the persons it is about."
    else:
        yield "Whoever may read the case may read its files."


def _related(process: Process) -> Iterator[str]:
    mine = {
        variable for service in process.model.services.values() for variable in facts_of(service.operation)
    }
    known = {one.model.start_name: one for one in processes()}
    for event_type, follow_up in FOLLOW_UP_BY_EVENT_TYPE.items():
        after = known.get(follow_up.start)
        if event_type in mine and after is not None:
            yield f"* [{after.id} {after.model.titles['en']}]({after.key}.md) follows it, by the event `{event_type}`."
        if follow_up.start == process.model.start_name:
            for one in known.values():
                sent = {
                    news for service in one.model.services.values() for news in facts_of(service.operation)
                }
                if event_type in sent:
                    here = f"[{one.id} {one.model.titles['en']}]({one.key}.md)"
                    yield f"* It follows {here}, by the event `{event_type}`."


def _ground(model: ProcessModel) -> str:
    """What a process rests on."""
    return f"Clause {model.clause}" if model.clause else "Of the university itself"


def _purpose(model: ProcessModel) -> str:
    """What a process is for: its own words, else what its clause says."""
    if "en" in model.about or not model.clause:
        return model.about.get("en", "")
    return clause_by_number(model.clause).says["en"]


def named_clauses(process: Process) -> list[str]:
    """Every clause that a page names, in the order of the regulation."""
    model = process.model
    found = {model.clause, STARTS[model.start_name].clause}
    found |= {task.clause for task in model.user_tasks.values() if task.clause}
    found |= {OPERATIONS[service.operation].clause for service in model.services.values()}
    keys = {task.deadline for task in model.user_tasks.values()}
    keys |= {timer.policy for timer in model.timers.values()}
    found |= {row["clause"] for row in read_seed_policies() if row["key"] in keys}
    if STARTS[model.start_name].file_reader_roles:
        found.add("7.1")
    return sorted(found - {""}, key=lambda number: [int(part) for part in number.split(".")])


def _clauses(process: Process) -> Iterator[tuple[str, ...]]:
    for number in named_clauses(process):
        found = clause_by_number(number)
        yield number, found.titles["en"], found.says["en"]
