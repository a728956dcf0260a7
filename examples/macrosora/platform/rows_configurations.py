"""Rows of the tables that say how somebody has models called: configurations, and each version of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any

from examples.macrosora import cast
from examples.macrosora.platform.accounts import Account, Population
from examples.macrosora.platform.rows_people import Rows

_NAMES = ("Summaries", "Übersetzen", "要約", "تلخيص", "Triage 🦊", "")
_MODELS = ("quill-2", "quill-2-mini", "heron-1")
_PROMPTS = ("", "You are brief.\nSay “no” where you do not know.", "Réponds en français 🙂", "=CMD|' /C calc'!A0")
#: What people's clocks are ahead of UTC, in minutes: half hours and what lies west of it among them.
_OFFSETS = (0, 60, 330, -210, 765)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration before its rows: `organisation` is the workspace it is in, None for a private one."""

    id: str
    owner: Account
    organisation: int | None
    shared_with: tuple[int, ...]
    versions: int


def model_configurations(population: Population) -> Rows:
    draw = population.stream("configurations")
    return (_row(item, population, draw) for item in _configurations(population))


def configuration_versions(population: Population) -> Rows:
    draw = population.stream("configuration versions")
    return (
        _version(item, number, population, draw)
        for item in _configurations(population)
        for number in range(1, item.versions + 1)
    )


def _configurations(population: Population) -> Iterator[Configuration]:
    draw = population.stream("whose configurations")
    yield _shared(population)
    for account in population.accounts:
        for number in range(draw.randrange(3) + (2 if account.email == cast.ORDINARY.email else 0)):
            workspace = draw.choice((None, account.organisations[0]))
            yield Configuration(f"cfg-{account.id}-{number}", account, workspace, (), draw.randint(1, 3))


def _shared(population: Population) -> Configuration:
    owner = population.by_email(cast.TEMPLATE_OWNER.email)
    others = tuple(population.by_email(person.email).id for person in (cast.COLLABORATOR, cast.TWO_ORGANISATIONS))
    return Configuration(cast.SHARED_CONFIGURATION_ID, owner, owner.organisations[0], others, 3)


def _row(item: Configuration, population: Population, draw: Random) -> dict[str, Any]:
    return {
        "id": item.id,
        "owner_id": item.owner.id,
        "organisation_id": item.organisation,
        "name": draw.choice(_NAMES),
        "shared_with": list(item.shared_with),
        "current_version": item.versions,
        "note": draw.choice((None, "", "Ask legal first.\r\nThen “us”.")),
        "created_at": population.today - timedelta(days=80, minutes=draw.randrange(1_440)),
    }


def _version(item: Configuration, number: int, population: Population, draw: Random) -> dict[str, Any]:
    return {
        "configuration_id": item.id,
        "version": number,
        "owner_id": item.owner.id,
        "model": draw.choice(_MODELS),
        "system_prompt": draw.choice(_PROMPTS),
        "temperature": draw.choice((None, Decimal("0.000"), Decimal("0.125"), Decimal("0.700"), Decimal("2.000"))),
        "cost_limit": draw.choice((Decimal("0.000000"), Decimal(draw.randrange(10**9)).scaleb(-6))),
        "parameters": _parameters(draw),
        "stop_sequences": draw.choice((None, [], ["\n\n", "", "终"])),
        "valid_from": draw.choice((None, date(2024, 2, 29))),
        "saved_at": _saved_at(population.today - timedelta(days=70 - 10 * number), draw),
    }


def _parameters(draw: Random) -> dict[str, Any]:
    return {
        "max_tokens": draw.choice((0, 512)),
        "top_p": draw.choice((1, 0.1, 0.95)),
        "seed": draw.choice((None, 2**53 + 1)),
        "stream": draw.random() < 0.5,
        "tools": [{"name": "search", "arguments": {"limit": draw.choice((0, 20)), "regions": ["", "côte d’Azur"]}}],
        "metadata": draw.choice(({}, {"": "no name", "ключ": [None, [], {}]})),
    }


def _saved_at(day: datetime, draw: Random) -> datetime:
    zone = timezone(timedelta(minutes=draw.choice(_OFFSETS)))
    return (day + timedelta(microseconds=draw.choice((0, 1, 123_456)), hours=draw.randrange(24))).astimezone(zone)
