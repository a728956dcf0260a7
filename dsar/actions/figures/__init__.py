"""Keeping what days came to."""
