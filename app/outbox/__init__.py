"""News for the rooms above: written with the change, handed on after the commit. An rq job is only a wake-up."""
