"""The record of processing activities (GDPR Article 30), drawn from the systems of a data map."""
