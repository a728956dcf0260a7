"""The retention of a tenant's stores: chosen, reported, approved, carried out."""
