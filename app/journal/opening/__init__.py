"""The opening of journals before teaching begins (2.1), and their submission and confirmation at its end (1.5.1)."""
