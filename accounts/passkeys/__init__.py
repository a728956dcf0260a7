"""Signing in by a key that a device keeps (WebAuthn Level 3), and which of an account's keys work at this host."""
