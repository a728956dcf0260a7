"""Requests that somebody files for another person (CCPA regulations § 7063; GDPR Article 12 lets it)."""
