"""Rows of the tables that say how somebody got in: API keys, sessions, sign-ins, devices, features used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from examples.macrosora import cast
from examples.macrosora.platform import chance
from examples.macrosora.platform.accounts import Account, Population

Rows = Iterator[dict[str, Any]]
_FEATURES = ("playground", "prompt editor", "workflow builder", "usage dashboard", "billing")
_METHODS = ("password", "passkey", "single sign-on")


def api_keys(population: Population) -> Rows:
    draw = population.stream("api_keys")
    return (_api_key(population, account, draw) for account in population.accounts for _ in range(_keys(account, draw)))


def _keys(account: Account, draw: Random) -> int:
    """Return how many rows an account has: none for some strangers, always some for the ordinary person."""
    return draw.randrange(3) + (1 if account.email == cast.ORDINARY.email else 0)


def _api_key(population: Population, account: Account, draw: Random) -> dict[str, Any]:
    identifier = chance.uuid(draw)
    return {
        "id": identifier,
        "person_id": account.id,
        "name": draw.choice(("ci", "laptop", "prod – do not touch", "")),
        "prefix": f"ms_{identifier[:6]}",
        "key_hash": cast.secret("key", identifier),
        "scopes": draw.choice(([], ["read"], ["read", "write"])),
        "call_limit": draw.choice((0, 1000, 60_000)),
        "created_at": account.created_at + timedelta(days=1),
        "last_used_at": draw.choice((None, chance.moment(draw, today=population.today))),
    }


def sessions(population: Population) -> Rows:
    draw = population.stream("sessions")
    return (_session(population, account, draw) for account in population.accounts for _ in range(draw.randrange(1, 4)))


def _session(population: Population, account: Account, draw: Random) -> dict[str, Any]:
    identifier = chance.uuid(draw)
    started = chance.moment(draw, today=population.today, newest=2)
    return {
        "id": identifier,
        "person_id": account.id,
        "token": cast.secret("session", identifier),
        "ip_address": chance.address(draw),
        "user_agent": chance.user_agent(draw),
        "created_at": started,
        "last_seen_at": started + timedelta(minutes=draw.randrange(600)),
    }


def sign_ins(population: Population) -> Rows:
    draw = population.stream("sign_ins")
    owners = [account for account in population.accounts for _ in range(draw.randrange(2, 9))]
    return (_sign_in(number, population, account, draw) for number, account in enumerate(owners))


def _sign_in(number: int, population: Population, account: Account, draw: Random) -> dict[str, Any]:
    return {
        "id": number,
        "person_id": account.id,
        "at": chance.moment(draw, today=population.today),
        "method": draw.choice(_METHODS),
        "succeeded": draw.random() < 0.9,
        "ip_address": chance.address(draw),
    }


def devices(population: Population) -> Rows:
    draw = population.stream("devices")
    return (_device(population, account, draw) for account in population.accounts for _ in range(draw.randrange(1, 3)))


def _device(population: Population, account: Account, draw: Random) -> dict[str, Any]:
    name, version, system = chance.browser(draw)
    return {
        "id": chance.uuid(draw),
        "person_id": account.id,
        "browser": name,
        "browser_version": version,
        "operating_system": system,
        "trusted": draw.random() < 0.7,
        "first_seen_on": account.created_at.date(),
        "last_seen_on": chance.moment(draw, today=population.today).date(),
    }


def feature_uses(population: Population) -> Rows:
    """Yield a log without a key; every account's first row stands in it twice, as real logs repeat."""
    draw = population.stream("feature_uses")
    for account in population.accounts:
        made = [_feature_use(population, account, draw) for _ in range(draw.randrange(3, 12))]
        yield from (made[0], *made)


def _feature_use(population: Population, account: Account, draw: Random) -> dict[str, Any]:
    return {
        "person_id": account.id,
        "feature": draw.choice(_FEATURES),
        "used_on": chance.moment(draw, today=population.today).date(),
        "times": draw.randrange(20),
    }
