"""The lists of the auditor's room: filters as an address has them, rows in words, and files made from them."""
