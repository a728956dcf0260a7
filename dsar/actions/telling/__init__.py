"""Tell those whom data had been passed to what became of it (GDPR Article 19), and keep their receipts."""
