"""The steps of moving in, one row each: its page, its words, who does it, and the statement that counts what is there
and what is missing.

A step of a page that this installation does not have is left out. A statement answers two numbers, `there` and
`missing`; `:today` is the day, `:units` the units of a directorate with those below (NULL: the whole university).
"""

from __future__ import annotations

from dataclasses import dataclass

from app.texts.translate import N_

IT, OFFICE, DIRECTORATE, RECTOR = "it_admin", "academic_office", "directorate", "rector"
_OWN = "(CAST(:units AS uuid[]) IS NULL OR {unit} = ANY(CAST(:units AS uuid[])))"
_NOW = "({row}.ends_on IS NULL OR {row}.ends_on >= :today)"
_JOURNALS = (
    "FROM journal.offering o JOIN people.study_group g ON g.id = o.group_id"
    " JOIN journal.semester s ON s.id = o.semester_id"
    f" WHERE s.ends_on >= :today AND {_NOW.format(row='o')} AND {_OWN.format(unit='g.unit_id')}"
)
_NO_ADMINISTRATOR = (
    "NOT EXISTS (SELECT 1 FROM people.role_grant n WHERE n.person_id = p.id AND n.role = 'it_admin')"
)
_HELD = "r.valid_from <= :today AND (r.valid_until IS NULL OR r.valid_until >= :today)"


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step: endpoint, title, what to do, roles that do it, the statement of its counts, and what is missing in
    words with `%(count)s`."""

    endpoint: str
    title: str
    hint: str
    roles: tuple[str, ...]
    counts: str
    missing: str
    optional: bool = False
    """Whether there may be none of it at all."""


SETUP_STEPS: tuple[SetupStep, ...] = (
    SetupStep(
        "structure.list_units",
        N_("Units and their heads"),
        N_("Institutes, departments and who heads them: by hand, or all at once from a workbook."),
        (IT, OFFICE, DIRECTORATE),
        "SELECT count(*) AS there, count(*) FILTER (WHERE u.kind <> 'university' AND NOT EXISTS ("
        "SELECT 1 FROM people.role_grant r WHERE r.unit_id = u.id"
        f" AND r.role IN ('department_head', 'directorate') AND {_HELD})) AS missing"
        f" FROM people.unit u WHERE {_NOW.format(row='u')} AND {_OWN.format(unit='u.id')}",
        N_("without a head: %(count)s"),
    ),
    SetupStep(
        "roster.list_roster_imports",
        N_("People"),
        N_("Students and teachers from a roster (OneRoster), or one by one on the page of people."),
        (IT, OFFICE),
        "SELECT count(*) AS there, count(*) FILTER (WHERE NOT EXISTS ("
        "SELECT 1 FROM people.role_grant r WHERE r.person_id = p.id) AND NOT EXISTS ("
        "SELECT 1 FROM people.membership m WHERE m.person_id = p.id)) AS missing"
        f" FROM people.person p WHERE p.ended_at IS NULL AND {_NO_ADMINISTRATOR}",
        N_("without any role: %(count)s"),
    ),
    SetupStep(
        "people.list_people",
        N_("Officials"),
        N_(
            "Academic office, directorates, heads and the rector: from the roster, or on the page of each person."
        ),
        (IT,),
        "SELECT count(DISTINCT r.role) AS there, 4 - count(DISTINCT r.role) AS missing FROM people.role_grant r"
        " WHERE r.role IN ('academic_office', 'directorate', 'department_head', 'rector')"
        f" AND {_HELD}",
        N_("kinds of officials nobody is: %(count)s"),
    ),
    SetupStep(
        "structure.list_groups",
        N_("Groups and curators"),
        N_("Each group with its programme, its year of study and a curator."),
        (IT, OFFICE, DIRECTORATE),
        "SELECT count(*) AS there, count(*) FILTER (WHERE g.curator_id IS NULL) AS missing"
        f" FROM people.study_group g WHERE {_NOW.format(row='g')} AND {_OWN.format(unit='g.unit_id')}",
        N_("without a curator: %(count)s"),
    ),
    SetupStep(
        "structure.list_programmes",
        N_("Programmes and curricula"),
        N_("What is taught in which semester, with hours, credits and form of control."),
        (OFFICE, DIRECTORATE),
        "SELECT count(*) AS there, count(*) FILTER (WHERE NOT EXISTS ("
        "SELECT 1 FROM journal.curriculum_line l WHERE l.programme_id = p.id)) AS missing"
        f" FROM people.programme p WHERE {_NOW.format(row='p')} AND {_OWN.format(unit='p.unit_id')}",
        N_("without a curriculum: %(count)s"),
    ),
    SetupStep(
        "account_import.show_upload",
        N_("User names and addresses"),
        N_("From a table: then people get letters or slips, and nobody sees the password of another."),
        (IT,),
        "SELECT count(*) FILTER (WHERE p.email IS NOT NULL OR p.proposed_login IS NOT NULL OR a.person_id IS NOT NULL)"
        " AS there, count(*) FILTER (WHERE p.email IS NULL AND p.proposed_login IS NULL AND a.person_id IS NULL)"
        " AS missing FROM people.person p LEFT JOIN people.account a ON a.person_id = p.id"
        f" WHERE p.ended_at IS NULL AND {_NO_ADMINISTRATOR}",
        N_("with neither: %(count)s"),
    ),
    SetupStep(
        "account_standings.list_account_standings",
        N_("Accounts"),
        N_("Send invitations, print slips for each group, and see who has not signed in."),
        (IT, DIRECTORATE),
        "SELECT count(a.person_id) AS there, count(*) FILTER (WHERE a.person_id IS NULL) AS missing"
        " FROM people.person p LEFT JOIN people.account a ON a.person_id = p.id"
        f" WHERE p.ended_at IS NULL AND {_NO_ADMINISTRATOR}"
        " AND (CAST(:units AS uuid[]) IS NULL OR EXISTS (SELECT 1 FROM people.membership m"
        " JOIN people.study_group g ON g.id = m.group_id WHERE m.person_id = p.id"
        " AND g.unit_id = ANY(CAST(:units AS uuid[]))))",
        N_("without an account: %(count)s"),
    ),
    SetupStep(
        "policies.list_policies",
        N_("Deadlines and settings"),
        N_("Confirm each reading of the regulation, or set the university’s own value."),
        (OFFICE, RECTOR),
        "SELECT count(*) FILTER (WHERE last.source <> 'default') AS there,"
        " count(*) FILTER (WHERE last.source = 'default') AS missing FROM (SELECT DISTINCT ON (key) key, source"
        " FROM regulation.policy WHERE unit_id IS NULL ORDER BY key, effective_from DESC) AS last",
        N_("not confirmed yet: %(count)s"),
    ),
    SetupStep(
        "policies.list_open_questions",
        N_("Open questions of the regulation"),
        N_("What the regulation leaves open, in plain words: the university answers with a document."),
        (OFFICE, RECTOR),
        "SELECT count(DISTINCT question) AS there, greatest(:questions - count(DISTINCT question), 0) AS missing"
        " FROM regulation.question_answer",
        N_("without an answer: %(count)s"),
    ),
    SetupStep(
        "calendar.semesters",
        N_("Academic calendar"),
        N_("The semester with its module weeks and its exam session, days off and holidays."),
        (OFFICE,),
        "SELECT count(*) AS there,"
        " count(*) FILTER (WHERE num_nulls(s.module1_from, s.module2_from, s.session_from) > 0) AS missing"
        " FROM journal.semester s WHERE s.ends_on >= :today",
        N_("without module weeks or an exam session: %(count)s"),
    ),
    SetupStep(
        "structure.list_journals",
        N_("Journals and teachers"),
        N_("A discipline for a group, with its teachers: by hand, or from the workbook of the structure."),
        (OFFICE, DIRECTORATE),
        "SELECT count(*) AS there, count(*) FILTER (WHERE NOT EXISTS ("
        f"SELECT 1 FROM journal.teaching t WHERE t.offering_id = o.id)) AS missing {_JOURNALS}",
        N_("without a teacher: %(count)s"),
    ),
    SetupStep(
        "schemes.list_scheme_versions",
        N_("Grading scheme"),
        N_("How points become a grade: look it through and confirm it with the decision of the council."),
        (OFFICE,),
        "SELECT count(c.scheme_id) AS there, CASE WHEN count(c.scheme_id) = 0 THEN count(*) ELSE 0 END AS missing"
        " FROM journal.grading_scheme s LEFT JOIN journal.scheme_confirmation c ON c.scheme_id = s.id",
        N_("not confirmed yet: %(count)s"),
    ),
    SetupStep(
        "timetable.show_bell_schedule",
        N_("Bells"),
        N_("When each period begins and ends."),
        (OFFICE,),
        "SELECT count(*) AS there, 0 AS missing FROM journal.bell_period",
        "",
    ),
    SetupStep(
        "timetable.list_timetabled_journals",
        N_("Timetable and lessons"),
        N_("A weekly pattern for each journal; from it the lessons of the semester are made."),
        (OFFICE, DIRECTORATE),
        "SELECT count(*) FILTER (WHERE found.taught) AS there, count(*) FILTER (WHERE NOT found.taught) AS missing"
        " FROM (SELECT EXISTS (SELECT 1 FROM journal.lesson l WHERE l.offering_id = o.id) AS taught"
        f" {_JOURNALS}) AS found",
        N_("journals without lessons: %(count)s"),
    ),
    SetupStep(
        "programmes.list_work_programmes",
        N_("Plans of topics"),
        N_("Each teacher types the plan of a journal, or copies it from last year or a colleague."),
        (DIRECTORATE, OFFICE),
        "SELECT count(*) FILTER (WHERE found.planned) AS there, count(*) FILTER (WHERE NOT found.planned) AS missing"
        " FROM (SELECT EXISTS (SELECT 1 FROM journal.topic_plan p WHERE p.offering_id = o.id) AS planned"
        f" {_JOURNALS}) AS found",
        N_("journals without a plan: %(count)s"),
    ),
    SetupStep(
        "openings.list_openings",
        N_("Opening of journals"),
        N_(
            "Heads assign teachers, teachers check list and topics, and the office opens: only then marks are taken."
        ),
        (OFFICE, DIRECTORATE),
        "SELECT count(*) FILTER (WHERE o.state <> 'DRAFT') AS there, count(*) FILTER (WHERE o.state = 'DRAFT')"
        f" AS missing {_JOURNALS}",
        N_("not open yet: %(count)s"),
    ),
    SetupStep(
        "orders.list_orders",
        N_("Orders about students"),
        N_(
            "New students, leave, transfers, expulsion: the directorate drafts, the office checks, the rector signs."
        ),
        (DIRECTORATE, OFFICE),
        "SELECT count(e.order_id) AS there, count(*) FILTER (WHERE e.order_id IS NULL) AS missing"
        " FROM people.contingent_order o LEFT JOIN people.contingent_order_end e ON e.order_id = o.id"
        f" WHERE {_OWN.format(unit='o.unit_id')}",
        N_("being checked: %(count)s"),
        optional=True,
    ),
    SetupStep(
        "takeover.list_takeovers",
        N_("Takeover of a running semester"),
        N_("Only when the semester has begun elsewhere: its marks are taken over by an act."),
        (OFFICE, IT),
        "SELECT count(*) FILTER (WHERE t.state = 'FINISHED') AS there,"
        " count(*) FILTER (WHERE t.state IN ('PLANNING', 'CHECKED', 'QUEUED')) AS missing FROM journal.takeover t",
        N_("acts without an end: %(count)s"),
        optional=True,
    ),
    SetupStep(
        "backups.show_backups",
        N_("Backups"),
        N_("IT proposes a schedule and where the copies go; the rector or a vice-rector approves it."),
        (IT, RECTOR),
        "SELECT count(*) AS there, 1 - least(count(*), 1) AS missing FROM backups.schedule_approval a",
        N_("schedules to be approved: %(count)s"),
    ),
    SetupStep(
        "access.list_persons_without_acceptance",
        N_("Rules of personal access"),
        N_("Everybody accepts them at the first sign-in; here you see who has not."),
        (IT,),
        "SELECT count(*) FILTER (WHERE found.accepted) AS there, count(*) FILTER (WHERE NOT found.accepted) AS missing"
        " FROM (SELECT EXISTS (SELECT 1 FROM people.rule_acceptance r WHERE r.person_id = a.person_id"
        " AND r.version = :rules) AS accepted FROM people.account a WHERE a.disabled_at IS NULL) AS found",
        N_("accounts that have not: %(count)s"),
    ),
)
