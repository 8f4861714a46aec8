"""The regulation as data: clauses, dated policies, the working calendar, and how a term is counted."""
