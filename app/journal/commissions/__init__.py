"""Commissions formed by order, and who may sit in them."""
