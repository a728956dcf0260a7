"""The bundle: packed, released, fetched."""
