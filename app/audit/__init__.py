"""The audit: who did what, when and for which reason. Appended with the change and never rewritten."""
