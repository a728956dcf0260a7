"""Nordlicht Notes, the second tenant of the demo: another company, another database, one shared address."""

from examples.macrosora.nordlicht.seed import seed_second_tenant

__all__ = ["seed_second_tenant"]
