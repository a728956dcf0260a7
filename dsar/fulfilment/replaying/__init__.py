"""Erase again what a restored backup has brought back, by the ledger's keyed hashes. Pure."""
