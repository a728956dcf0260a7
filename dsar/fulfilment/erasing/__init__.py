"""Erase a person's rows: say what would be done, do it store by store, read again to prove it. Pure."""
