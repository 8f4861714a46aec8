"""Dossiers of cases: a case as a document for a dispute, the register of such documents, and their check."""
