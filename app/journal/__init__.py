"""The journal: offerings, lessons, attendance, grades. Never sees a case, a page or a diagram."""
