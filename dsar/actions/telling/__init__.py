"""Tell those whom data had been passed to that it is erased (GDPR Article 19), and keep their receipts."""
