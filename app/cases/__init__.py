"""Cases: running process instances with their tasks, timers and history, kept beside the journal's data."""
