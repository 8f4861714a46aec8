"""Make-up work (5): debts, assignment, acceptance, extension."""
