"""The entrance for time: delivers the outbox, fires due timers, sweeps. Knows which fact goes to which handler."""
