"""A picture of a data map: identities at the left, what each leads to at their right (docs/decisions/0008)."""
