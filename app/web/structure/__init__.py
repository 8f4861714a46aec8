"""Pages of the structure: units, groups, programmes, disciplines, journals."""
