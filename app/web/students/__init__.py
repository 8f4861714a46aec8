"""Pages of a student and of groups: today, marks, results, absences, documents."""
