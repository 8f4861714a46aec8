"""The page "New request", and the fields that say about whom or what a general request is."""
