"""The worker: delivers outbox events to their handlers, fires due timers and deletes old rows."""
