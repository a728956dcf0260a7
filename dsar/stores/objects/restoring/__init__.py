"""Rows of files taken whole before an erasure, and put back where it was a mistake."""
