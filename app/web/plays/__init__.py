"""The page on which a draft is tried, and the scenarios of a process."""
