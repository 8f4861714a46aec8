"""The journal: offerings, lessons, attendance and grades, without cases, pages and diagrams."""
