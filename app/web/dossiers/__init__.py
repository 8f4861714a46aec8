"""Pages of dossiers: making one, the register of a case, and the check of a printed one by anybody."""
