"""The data of the marketing-mail service: contacts and what happened to the mail they were sent.

The file is one JSON document, and laid out so that nobody has to hold all of it: a contact a line, then all
events of a contact a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import IO, Any

import orjson

from examples.macrosora import cast
from examples.macrosora.mail_service.changed import changed_path
from examples.macrosora.mail_service.gone import gone_path
from examples.macrosora.platform import chance
from examples.macrosora.platform.accounts import Population
from examples.macrosora.platform.progress import Tell, silent, told

Row = dict[str, Any]
_LISTS = ("news", "product", "events", "webinar", "beta", "research", "partners", "jobs", "status", "docs", "eu", "de")
_KINDS = ("sent", "opened", "clicked", "bounced")
_FIRST_ID = 501


def write_mail(*, path: Path, population: Population, tell: Tell = silent) -> None:
    """Write the file that `examples.macrosora.mail_service` serves."""
    draw = population.stream("mail")
    for kept in (gone_path(path), changed_path(path)):
        kept.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.write(b'{"token": %b,\n"contacts": [' % orjson.dumps(cast.MAIL_TOKEN))
        end = _FIRST_ID + _write_lines(file, told(_contacts(population, draw), tell, "mail contacts"))
        file.write(b'],\n"events": {')
        _write_lines(file, told(_all_events(range(_FIRST_ID, end), population, draw), tell, "contacts' mail events"))
        file.write(b"}}\n")


def _write_lines(file: IO[bytes], items: Iterator[bytes]) -> int:
    """Write the items, a line each, with the commas of JSON between; return how many there were."""
    number = 0
    for number, item in enumerate(items, start=1):
        file.write((b"\n" if number == 1 else b",\n") + item)
    file.write(b"\n")
    return number


def _contacts(population: Population, draw: Random) -> Iterator[bytes]:
    for number, (email, name, listed) in enumerate(_listed(population, draw), start=_FIRST_ID):
        yield orjson.dumps(_contact(number, email, name, listed, population, draw))


def _all_events(contacts: range, population: Population, draw: Random) -> Iterator[bytes]:
    for number in contacts:
        yield b'"%d": %b' % (number, orjson.dumps(_events(number, population, draw)))


def _listed(population: Population, draw: Random) -> Iterator[tuple[str, str, str]]:
    """Yield address, name and list: one contact for each list that an address is on."""
    for account in population.accounts:
        for listed in _LISTS[: _lists_of(account.email, draw)]:
            yield account.email, account.full_name, listed
    for typed in (cast.MOVED.previous_email, *cast.ANN.spellings, *cast.JOSE_ACCENT.spellings, cast.INVITED.email):
        yield typed, "", "visitors"


def _lists_of(email: str, draw: Random) -> int:
    known = {cast.ORDINARY.email: 7, cast.HEAVY.email: len(_LISTS), cast.JOSE_PLAIN.email: 2, cast.ANN_TAG.email: 1}
    return known.get(email, draw.randrange(3))


def _contact(number: int, email: str, name: str, listed: str, population: Population, draw: Random) -> Row:
    first, _, last = name.partition(" ")
    return {
        "id": number,
        "email": email,
        "first_name": first,
        "last_name": last,
        "list": listed,
        "subscribed": draw.random() < 0.6,
        "engagement": draw.choice((0, None, round(draw.random(), 4))),
        "tags": draw.sample(["vip", "trial", "churned"], draw.randrange(3)),
        "created_at": chance.iso(population.today - timedelta(days=100 + number % 300)),
        "unsubscribe_token": cast.secret("unsubscribe", number),
        "_links": {"self": f"/v1/contacts/{number}"},
    }


def _events(contact_id: int, population: Population, draw: Random) -> list[Row]:
    return [_event(f"{contact_id}-{number}", contact_id, population, draw) for number in range(draw.randrange(9))]


def _event(identifier: str, contact_id: int, population: Population, draw: Random) -> Row:
    kind = draw.choice(_KINDS)
    seen = kind in ("opened", "clicked")
    return {
        "id": f"event-{identifier}",
        "contact_id": contact_id,
        "kind": kind,
        "campaign": f"campaign-{draw.randrange(12)}",
        "occurred_at": chance.iso(chance.moment(draw, today=population.today)),
        "ip_address": chance.address(draw) if seen else None,
        "user_agent": chance.user_agent(draw) if seen else None,
        "link": "https://macrosora.example/news" if kind == "clicked" else None,
    }
