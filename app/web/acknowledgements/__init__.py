"""Pages of the acquaintance of students with the regulation: groups, the sheet of one, its print, the student's own."""
