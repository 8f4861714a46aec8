"""Process mining: the ways that finished cases took, their deviations, and the event log of a process as a file."""
