"""Correct what is wrong about a person: say what would be written where, write it, read it again. Pure."""
