"""Rows of the tables about customers: organisations, memberships, invitations, invoices and their lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import chain
from random import Random
from typing import Any

from examples.macrosora import cast
from examples.macrosora.platform import chance
from examples.macrosora.platform.accounts import Account, Organisation, Population

Rows = Iterator[dict[str, Any]]
_ROLES = ("owner", "admin", "member", "viewer")


def organisations(population: Population) -> Rows:
    draw = population.stream("organisations")
    return (_organisation(population, item, draw) for item in population.organisations)


def _organisation(population: Population, item: Organisation, draw: Random) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "vat_number": draw.choice((None, f"DE{draw.randrange(10**9):09d}")),
        "country": draw.choice(("DE", "GB", "NO", "SE", "ES", "FI")),
        "employees": draw.choice((0, 1, draw.randrange(5_000))),
        "contact_email": f"office@organisation-{item.id}.example",
        "created_at": population.today - timedelta(days=900 + item.id),
    }


def memberships(population: Population) -> Rows:
    draw = population.stream("memberships")
    return (
        {
            "person_id": account.id,
            "organisation_id": organisation_id,
            "role": draw.choice(_ROLES),
            "joined_on": account.created_at.date(),
        }
        for account in population.accounts
        for organisation_id in account.organisations
    )


def invitations(population: Population) -> Rows:
    draw = population.stream("invitations")
    made = (_stranger_invited(population, account, draw) for account in population.accounts if draw.random() < 0.4)
    return ({"id": number, **row} for number, row in enumerate(chain(_known_invitations(population), made)))


def _known_invitations(population: Population) -> list[dict[str, Any]]:
    def invite(who: str, by: cast.Person, organisation_id: int, number: int) -> dict[str, Any]:
        inviter = population.by_email(by.email)
        return _invitation(population, who, inviter, organisation_id, f"known-{number}", days=30 + number)

    return [
        invite(cast.INVITED.email, cast.ORDINARY, 1, 1),
        invite(cast.ORDINARY.email, cast.ZERO, 0, 2),
        invite(cast.MOVED.previous_email, cast.TWO_ORGANISATIONS, 3, 3),
        # Of an organisation he has left: its row is reached only through somebody else's invitation.
        invite("guest.of.left@elsewhere.example", cast.TWO_ORGANISATIONS, cast.LEFT_ORGANISATION_ID, 4),
        invite(cast.ANN.spellings[0], cast.ANN_TAG, 6, 5),
        invite(cast.JOSE_PLAIN.email, cast.JOSE_ACCENT, 5, 6),
        invite(cast.JOSE_ACCENT.spellings[0], cast.JOSE_PLAIN, 5, 7),
    ]


def _stranger_invited(population: Population, inviter: Account, draw: Random) -> dict[str, Any]:
    number = draw.randrange(10**9)
    email = f"guest.{number}@visitors.example"
    return _invitation(population, email, inviter, inviter.organisations[0], str(number), days=draw.randint(5, 80))


def _invitation(
    population: Population, email: str, inviter: Account, organisation_id: int, number: str, *, days: int
) -> dict[str, Any]:
    return {
        "email": email,
        "inviter_person_id": inviter.id,
        "organisation_id": organisation_id,
        "role": "member",
        "message": f"{inviter.full_name} invites you.",
        "token": cast.secret("invitation", number),
        "sent_at": population.today - timedelta(days=days, hours=2),
        "accepted_at": None,
    }


def invoices(population: Population) -> Rows:
    draw = population.stream("invoices")
    billed = [cast.ZERO.email, cast.ORDINARY.email, *cast.ANN.spellings, cast.ANN_TAG.email]
    billed += [account.email for account in population.accounts if draw.random() < 0.3]
    return (_invoice(number, population, email, draw) for number, email in enumerate(billed))


def _invoice(number: int, population: Population, email: str, draw: Random) -> dict[str, Any]:
    account = population.find(email.casefold())
    issued = chance.moment(draw, today=population.today, oldest=700)
    return {
        "id": number,
        "organisation_id": account.organisations[0] if account else 0,
        "number": f"MS-{issued:%Y}-{number:05d}",
        "billing_name": account.full_name if account else "",
        "billing_email": email,
        "amount": Decimal(draw.randrange(0, 5_000_000)).scaleb(-2),
        "vat_rate": draw.choice((Decimal("0.0000"), Decimal("0.1900"), Decimal("0.0775"))),
        "currency": draw.choice(("EUR", "GBP", "NOK")),
        "issued_on": issued.date(),
        "paid_at": draw.choice((None, issued + timedelta(days=1))),
        "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + draw.randbytes(64) + b"\n%%EOF\n",
    }


def invoice_lines(population: Population) -> Rows:
    draw = population.stream("invoice_lines")
    return (
        {
            "invoice_id": invoice["id"],
            "line": line,
            "description": draw.choice(("API calls", "Seats", "Support, yearly")),
            "quantity": draw.choice((0, 1, 12_000)),
            "unit_price": Decimal(draw.randrange(0, 9_999)).scaleb(-2),
        }
        for invoice in invoices(population)
        for line in range(draw.randrange(1, 4))
    )
