"""Reminders of deadlines outside of cases: missing rolls, grades, make-up work and excuses."""
