"""Erase what belongs to a person: preview, approval, the deed store by store, the proof, the certificate."""
