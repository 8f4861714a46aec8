"""Orders about students: the field of their form, the list, one order, and the workbook of an order."""
