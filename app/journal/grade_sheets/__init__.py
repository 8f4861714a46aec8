"""Grade sheets: lines, entry, signatures, endorsement, results."""
