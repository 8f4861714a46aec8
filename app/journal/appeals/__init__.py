"""Appeals of results (6): filed, heard, decided by a protocol; disputes of results before them."""
