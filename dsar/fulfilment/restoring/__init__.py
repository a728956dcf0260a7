"""Rows as they were before an erasure, kept for a short while in case that the data map was wrong. Pure."""
