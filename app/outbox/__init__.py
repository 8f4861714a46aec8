"""The outbox: events written with the change and delivered after the commit. An rq job is only a wake-up."""
