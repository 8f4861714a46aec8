"""Cases: process instances with their tasks, timers, history and files."""
