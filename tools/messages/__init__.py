"""The catalogues of words: `make messages` finds every message in the source and brings the .po files up to date."""
