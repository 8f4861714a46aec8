"""The catalogues of translated texts."""
