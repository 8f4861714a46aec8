"""The studio: drafts of process diagrams are drawn, checked, imported and kept here."""
