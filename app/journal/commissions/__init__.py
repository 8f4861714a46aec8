"""Commissions formed by order, and their members."""
