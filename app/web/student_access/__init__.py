"""Access to the pages of a student, and the requests that may be started there."""
