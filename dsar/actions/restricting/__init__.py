"""Uses of a person's data stop: for a time (GDPR Article 18), or for good because they object (Article 21)."""
