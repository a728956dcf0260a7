"""Chance that repeats: every file of rows draws from a stream of its own, so that one can change alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

_BROWSERS = (
    ("Chrome", ("129.0.6668.70", "130.0.6723.58", "131.0.6778.33"), "Windows 11"),
    ("Firefox", ("131.0.3", "132.0.1", "133.0"), "Ubuntu 24.04"),
    ("Safari", ("17.6", "18.0", "18.1"), "macOS 15"),
    ("Edge", ("129.0.2792.65", "130.0.2849.46"), "Windows 10"),
)
DAYS = 90


def stream(seed: int, name: str) -> Random:
    """Return the stream of one store, the same for the same seed and name on every machine."""
    return Random(f"{seed}:{name}")


def uuid(chance: Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def address(chance: Random) -> str:
    """Return an IP address of the ranges kept for documentation (RFC 5737, RFC 3849)."""
    if chance.random() < 0.2:
        return f"2001:db8:{chance.randrange(65536):x}::{chance.randrange(1, 65536):x}"
    return f"{chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{chance.randrange(1, 255)}"


def browser(chance: Random) -> tuple[str, str, str]:
    """Return the name and version of a browser and the operating system it runs on."""
    name, versions, system = chance.choice(_BROWSERS)
    return name, chance.choice(versions), system


def user_agent(chance: Random) -> str:
    name, version, system = browser(chance)
    return f"Mozilla/5.0 ({system}) {name}/{version}"


def moment(chance: Random, *, today: datetime, oldest: int = DAYS - 1, newest: int = 1) -> datetime:
    """Return an instant between `newest` and `oldest` days before `today` (its midnight), to the millisecond."""
    day = today - timedelta(days=chance.randint(newest, oldest))
    return day + timedelta(milliseconds=chance.randrange(86_400_000))


def midnight(now: datetime) -> datetime:
    """Return the start of the day of an aware datetime, in UTC. Raises ValueError for a naive one."""
    if now.tzinfo is None:
        raise ValueError("seeding needs an aware datetime: a naive one has no day that all stores agree on")
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def iso(value: datetime) -> str:
    """Return the spelling of an instant in the JSON stores: milliseconds and Z."""
    return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
