"""Patterns of marks as SELECTs with the columns of `finding_queries.FINDING_COLUMNS`. All read one period.

The parameters are `since`, `until`, `earliest` (NULL: any time), `units` (NULL: every unit; the unit of a mark is the
department of its discipline) and those named in `thresholds`.
"""

from __future__ import annotations

_OF_JOURNAL = """
JOIN journal.offering o ON o.id = {offering} JOIN journal.course co ON co.id = o.course_id
"""
_IN_UNITS = "(CAST(:units AS uuid[]) IS NULL OR co.department_id = ANY(CAST(:units AS uuid[])))"
_BETWEEN = "{moment} >= :since AND {moment} < :until"

_APPLIED_SETS = """
SELECT k.id AS case_id, k.closed_at AS at, s.id AS set_id, s.requester, s.offering_id, s.cells
FROM cases.case k
LEFT JOIN journal.academic_correction ac ON ac.id = k.subject_id
JOIN journal.change_set s ON s.id = coalesce(ac.change_set_id, k.subject_id)
WHERE k.closed_at IS NOT NULL AND {condition}
  AND EXISTS (SELECT FROM cases.history h WHERE h.case_id = k.id AND h.kind = 'service'
              AND h.decision IN ('applied', 'amended') AND h.at >= k.opened_at AND h.at <= k.closed_at)
"""
"""Change sets that a finished case wrote into the journal, by 4.4.2 or by a protocol (4.4.3)."""

_APPLIED_CELLS = f"""
SELECT md5(a.set_id::text || (cell->>'lesson') || (cell->>'student') || (cell->>'kind'))::uuid AS id, a.at, a.case_id,
       a.requester, a.offering_id, CAST(cell->>'lesson' AS uuid) AS lesson, CAST(cell->>'student' AS uuid) AS student,
       cell->>'kind' AS kind, cell->>'old' AS old, cell->>'new' AS new
FROM ({_APPLIED_SETS}) a CROSS JOIN LATERAL jsonb_array_elements(a.cells) AS cell
"""
_CORRECTED_IN_PERIOD = _APPLIED_CELLS.format(condition=_BETWEEN.format(moment="k.closed_at"))

CORRECTIONS_SQL = f"""
SELECT a.id, a.at, 'correction' AS what, coalesce(c.first_entered_by, a.requester) AS person,
       CAST(NULL AS uuid) AS other, co.department_id AS unit, a.case_id, a.offering_id AS offering, a.lesson, a.student,
       a.old, a.new, CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS mark
FROM ({_CORRECTED_IN_PERIOD}) a
LEFT JOIN journal.cell c ON c.lesson_id = a.lesson AND c.student_id = a.student AND c.kind = a.kind
{_OF_JOURNAL.format(offering="a.offering_id")}
WHERE {_IN_UNITS}
"""
"""Every cell that a case corrected. Its person first entered the cell; of an empty one, whoever asked."""

_ENTERED_LATE_SQL = f"""
SELECT c.id, c.first_entered_at AS at, 'late_cell' AS what, c.first_entered_by AS person, CAST(NULL AS uuid) AS other,
       co.department_id AS unit, CAST(NULL AS uuid) AS case_id, o.id AS offering, c.lesson_id AS lesson,
       c.student_id AS student, CAST(NULL AS text) AS old, CAST(NULL AS text) AS new, CAST(NULL AS numeric) AS amount,
       CAST(NULL AS text) AS mark
FROM journal.cell c JOIN journal.lesson l ON l.id = c.lesson_id {_OF_JOURNAL.format(offering="l.offering_id")}
WHERE c.late AND {_BETWEEN.format(moment="c.first_entered_at")} AND {_IN_UNITS}
  AND NOT (c.kind = 'ATTENDANCE' AND l.roll_late AND c.first_entered_at = l.roll_taken_at)
UNION ALL
SELECT l.id, l.roll_taken_at, 'late_roll', l.roll_taken_by, NULL, co.department_id, NULL, o.id, l.id, NULL,
       NULL, NULL, NULL, NULL
FROM journal.lesson l {_OF_JOURNAL.format(offering="l.offering_id")}
WHERE l.roll_late AND {_BETWEEN.format(moment="l.roll_taken_at")} AND {_IN_UNITS}
UNION ALL
SELECT e.id, e.entered_at, 'late_line', e.entered_by, NULL, co.department_id, NULL, o.id, NULL, e.student_id,
       NULL, NULL, NULL, NULL
FROM journal.sheet_entry e JOIN journal.grade_sheet g ON g.id = e.sheet_id
{_OF_JOURNAL.format(offering="g.offering_id")}
WHERE e.late AND {_BETWEEN.format(moment="e.entered_at")} AND {_IN_UNITS}
"""
AFTER_DEADLINE_SQL = f"{_ENTERED_LATE_SQL} UNION ALL {CORRECTIONS_SQL}"
"""What was entered under a permit after its deadline, and what a case corrected."""

_AT_NIGHT = (
    "(CAST({moment} AT TIME ZONE :zone AS time) >= :night_begins"
    " OR CAST({moment} AT TIME ZONE :zone AS time) < :night_ends)"
)
_TAKEN_OVER = """EXISTS (SELECT FROM journal.takeover_journal tj WHERE tj.offering_id = o.id AND tj.done_at IS NOT NULL
 AND c.first_entered_at = tj.done_at)"""
NIGHT_SQL = f"""
SELECT c.id, n.at, n.what, n.person, CAST(NULL AS uuid) AS other, co.department_id AS unit,
       CAST(NULL AS uuid) AS case_id, o.id AS offering, c.lesson_id AS lesson, c.student_id AS student,
       CAST(NULL AS text) AS old, c.value AS new, CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS mark
FROM (SELECT id, first_entered_at AS at, 'night_entry' AS what, first_entered_by AS person
      FROM journal.cell WHERE kind = 'GRADE' AND {_BETWEEN.format(moment="first_entered_at")}
      AND {_AT_NIGHT.format(moment="first_entered_at")} AND first_entered_by IS NOT NULL
      UNION ALL
      SELECT id, changed_at, 'night_change', changed_by
      FROM journal.cell WHERE kind = 'GRADE' AND {_BETWEEN.format(moment="changed_at")}
      AND {_AT_NIGHT.format(moment="changed_at")} AND changed_by IS NOT NULL AND changed_at <> first_entered_at
      AND change_set_id IS NULL) n
JOIN journal.cell c ON c.id = n.id JOIN journal.lesson l ON l.id = c.lesson_id
{_OF_JOURNAL.format(offering="l.offering_id")}
WHERE {_IN_UNITS} AND NOT {_TAKEN_OVER}
UNION ALL
SELECT e.id, e.entered_at, 'night_line', e.entered_by, NULL, co.department_id, NULL, o.id, NULL, e.student_id,
       NULL, CAST(e.points AS text), NULL, NULL
FROM journal.sheet_entry e JOIN journal.grade_sheet g ON g.id = e.sheet_id
{_OF_JOURNAL.format(offering="g.offering_id")}
WHERE {_BETWEEN.format(moment="e.entered_at")} AND {_AT_NIGHT.format(moment="e.entered_at")} AND {_IN_UNITS}
"""
"""Grades and points entered or changed by their teacher at night. Left out: attendance, whose time is that of the
roll; marks taken over by an act; corrections of a case, which somebody else executes."""

CORRECTED_AGAIN_SQL = f"""
SELECT md5(a.lesson::text || a.student::text || a.kind)::uuid AS id, max(a.at) AS at, 'corrected_again' AS what,
       (array_agg(a.requester ORDER BY a.at DESC))[1] AS person, CAST(NULL AS uuid) AS other,
       co.department_id AS unit, (array_agg(a.case_id ORDER BY a.at DESC))[1] AS case_id, a.offering_id AS offering,
       a.lesson, a.student, (array_agg(a.old ORDER BY a.at))[1] AS old, (array_agg(a.new ORDER BY a.at DESC))[1] AS new,
       CAST(count(*) AS numeric) AS amount, CAST(NULL AS text) AS mark
FROM ({
    _APPLIED_CELLS.format(
        condition=f'''s.offering_id IN (SELECT p.offering_id FROM ({
            _APPLIED_SETS.format(condition=_BETWEEN.format(moment="k.closed_at"))
        }) p)'''
    )
}) a
{_OF_JOURNAL.format(offering="a.offering_id")}
WHERE a.at < :until AND (CAST(:earliest AS timestamptz) IS NULL OR a.at >= :earliest) AND {_IN_UNITS}
GROUP BY a.lesson, a.student, a.kind, a.offering_id, co.department_id
HAVING count(*) >= :least_corrections AND max(a.at) >= :since
"""
"""Cells that cases corrected more than once, at any time (for a limited reader in his days), the last time in the
period."""

_PASSING = """
LEFT JOIN LATERAL (
  SELECT CAST(gs.definition->>'pass' AS numeric) AS least FROM journal.grading_scheme gs
  LEFT JOIN journal.syllabus y ON y.scheme_id = gs.id AND y.offering_id = {offering}
  ORDER BY y.version DESC NULLS LAST, gs.effective_from DESC, gs.version DESC LIMIT 1
) passing ON true
"""
_MOVED_OVER = "({old} < {least}) <> ({new} < {least})"
OVER_THRESHOLD_SQL = f"""
SELECT a.id, a.at, 'grade_over' AS what, a.requester AS person, CAST(NULL AS uuid) AS other,
       co.department_id AS unit, a.case_id, a.offering_id AS offering, a.lesson, a.student, a.old, a.new,
       passing.least AS amount, CAST(NULL AS text) AS mark
FROM ({_CORRECTED_IN_PERIOD}) a {_OF_JOURNAL.format(offering="a.offering_id")}
{_PASSING.format(offering="a.offering_id")}
WHERE a.kind = 'GRADE' AND a.old IS NOT NULL AND a.new IS NOT NULL AND {_IN_UNITS}
  AND {_MOVED_OVER.format(old="CAST(a.old AS numeric)", new="CAST(a.new AS numeric)", least="passing.least")}
UNION ALL
SELECT r.id, r.published_at, 'result_over', ps.signed_by, NULL, co.department_id, ps.case_id, o.id, NULL, r.student_id,
       concat_ws(' ', before.total, before.letter), concat_ws(' ', r.total, r.letter), passing.least, NULL
FROM journal.result r
JOIN journal.result before ON before.sheet_id = r.sheet_id AND before.student_id = r.student_id
     AND before.version = r.version - 1
JOIN journal.grade_sheet g ON g.id = r.sheet_id {_OF_JOURNAL.format(offering="g.offering_id")}
LEFT JOIN journal.protocol_signed ps ON ps.protocol_id = r.protocol_id
{_PASSING.format(offering="g.offering_id")}
WHERE r.version > 1 AND {_BETWEEN.format(moment="r.published_at")} AND {_IN_UNITS}
  AND (r.letter IS DISTINCT FROM before.letter
       OR g.kind IN ('FINAL', 'RETAKE')
          AND {_MOVED_OVER.format(old="before.total", new="r.total", least="passing.least")})
"""
"""Current grades that a correction moved over the least passing points of their scheme, and results whose new version
has another letter or passed that bound; up and down."""

ENTRIES_SQL = f"""
SELECT {{column}} AS value, count(*) AS entries
FROM journal.cell c JOIN journal.lesson l ON l.id = c.lesson_id {_OF_JOURNAL.format(offering="l.offering_id")}
WHERE {_BETWEEN.format(moment="c.first_entered_at")} AND {_IN_UNITS}
GROUP BY 1
"""
"""Stored marks first entered in the period, by person or unit: what corrections are counted against."""
