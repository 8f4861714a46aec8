"""Tools for those who change Depter: measurements, the reference, browser files, catalogues, the environment."""
