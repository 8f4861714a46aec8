"""What open cases ask of the journal: is the subject still valid, until when a permit lasts."""
