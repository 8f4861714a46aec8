"""The auditor's room: the search, all deeds, all cases, one deed, and files made from lists."""
