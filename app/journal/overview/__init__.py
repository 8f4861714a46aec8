"""Statistics of groups for curators and the directorate."""
