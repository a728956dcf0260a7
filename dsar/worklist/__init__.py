"""What the team's queue and register ask of the rows: filters, pages by key, counts.

Made for a million requests: see docs/decisions/0032-a-queue-of-a-million.md.
"""
