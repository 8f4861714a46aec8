"""What the pages of a trace read: the units a reader of the audit is bound to, and what stands behind a change."""
