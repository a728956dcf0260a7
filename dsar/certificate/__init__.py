"""The certificate of an erasure: what was done in every collection, read again, signed, as JSON and as a PDF. Pure."""
