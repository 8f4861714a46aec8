"""The entrance for people: one file a room. Words what the rooms below say; decides nothing."""
