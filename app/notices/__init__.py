"""Letters and the in-app bell. Words what it is handed, never looks up who somebody is or what a case is about."""
