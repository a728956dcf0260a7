"""Counting rows in SQL: what happened on days, what is open, how stores fare."""
