"""Rows of the tables that say who somebody is: people, previous addresses, consents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from examples.macrosora import cast
from examples.macrosora.platform import chance
from examples.macrosora.platform.accounts import Account, Population

Rows = Iterator[dict[str, Any]]
_PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
_PURPOSES = ("news", "training_on_my_data", "sharing_with_partners", "usage_analytics")


def people(population: Population) -> Rows:
    draw = population.stream("people")
    return (_person(population, account, draw) for account in population.accounts)


def _person(population: Population, account: Account, draw: Random) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "full_name": account.full_name,
        "company": population.organisation(account).name,
        "job_title": account.job_title,
        "phone": draw.choice((None, f"+44 20 7946 {draw.randrange(10_000):04d}")),
        "locale": account.locale,
        "birth_date": draw.choice((None, date(1960, 2, 29) + timedelta(days=draw.randrange(15_000)))),
        "bio": draw.choice(("", 'Builds things.\nBreaks "things", too.', "=SUM(1+1)")),
        "avatar": draw.choice((None, b"", _PNG + draw.randbytes(16))),
        "external_id": chance.uuid(draw),
        "is_active": draw.random() > 0.05,
        "is_restricted": False,
        "newsletter": draw.choice((None, True, False)),
        "sign_in_count": draw.choice((0, draw.randrange(400))),
        "satisfaction": draw.choice((None, 0.0, round(draw.random() * 10, 3))),
        "credit_balance": _money(draw),
        "profile": _profile(account, draw),
        "password_hash": "pbkdf2_sha256$870000$" + cast.secret("password", account.id),
        "totp_seed": draw.choice((None, cast.secret("totp", account.id))),
        "created_at": account.created_at,
        "deleted_at": None,
        "_etl_batch": draw.randrange(100),
    }


def _money(draw: Random) -> Decimal:
    return draw.choice((Decimal("0.00"), Decimal(draw.randrange(-5_000, 900_000)).scaleb(-2)))


def _profile(account: Account, draw: Random) -> dict[str, Any]:
    return {
        "time_zone": draw.choice(("Europe/Berlin", "Europe/London", "")),
        "theme": draw.choice(("dark", "light", None)),
        "tags": draw.sample(["ml", "ops", "日本語", "r&d"], draw.randrange(4)),
        "recovery": {"codes_left": draw.randrange(9), "seed": cast.secret("recovery", account.id)},
    }


def previous_emails(population: Population) -> Rows:
    moved = (account for account in population.accounts if account.previous_email)
    return (
        {
            "id": number,
            "person_id": account.id,
            "email": account.previous_email,
            "changed_at": population.today - timedelta(days=60, hours=5),
        }
        for number, account in enumerate(moved)
    )


def consents(population: Population) -> Rows:
    draw, shown = population.stream("consents"), population.stream("evidence of consents")
    asked = ((*who, purpose) for who in _consenting(population) for purpose in _PURPOSES)
    return (
        _consent(number, person_id, email, purpose, given_at, draw)
        | {"evidence": _evidence(name, email, purpose, shown)}
        for number, (person_id, name, email, given_at, purpose) in enumerate(asked)
    )


def _evidence(name: str, email: str, purpose: str, draw: Random) -> dict[str, Any]:
    """Return how somebody was asked: what proves a consent, and names them in the middle of it."""
    who = f"{name} <{email}>" if name else email
    return {
        "wording": {"version": draw.randrange(1, 4), "seconds_shown": draw.randrange(2, 90)},
        "statement": f"I, {who}, was asked about {purpose.replace('_', ' ')} and know that I can change my mind.",
        "ip_address": chance.address(draw),
    }


def _consenting(population: Population) -> Iterator[tuple[int | None, str, str, datetime]]:
    for account in population.accounts:
        yield account.id, account.full_name, account.email, account.created_at
    # Newsletter forms know an address and no account, and keep it as it was typed.
    visited = population.today - timedelta(days=20)
    for typed in (*cast.ANN.spellings, *cast.JOSE_ACCENT.spellings, cast.INVITED.email):
        yield None, "", typed, visited


def _consent(
    number: int, person_id: int | None, email: str, purpose: str, at: datetime, draw: Random
) -> dict[str, Any]:
    return {
        "id": number,
        "person_id": person_id,
        "email": email,
        "purpose": purpose,
        "given": purpose == "news" and draw.random() < 0.5,
        "source": draw.choice(("sign-up form", "settings page")),
        "at": at,
    }
