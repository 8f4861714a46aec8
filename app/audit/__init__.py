"""Who did what, when, on what ground: appended with the change, never rewritten. Sealing comes after the commit."""
