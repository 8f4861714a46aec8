"""Running cases moved to another published version of their diagram, one case in one transaction."""
