"""The regulation as data: clauses, dated policies, the working calendar, and the computation of deadlines."""
