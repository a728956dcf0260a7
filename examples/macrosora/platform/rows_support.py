"""Rows of the support desk: free text in which people speak of other people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, count
from random import Random
from typing import Any

from examples.macrosora import cast
from examples.macrosora.platform import chance
from examples.macrosora.platform.accounts import Account, Population

Rows = Iterator[dict[str, Any]]


def support_tickets(population: Population) -> Rows:
    draw = population.stream("support_tickets")
    asking = [account for account in population.accounts if draw.random() < 0.3 or account.email == cast.ORDINARY.email]
    rows = (_ticket(_ticket_id(number), account, population, draw) for number, account in enumerate(asking))
    return chain(rows, (_foreign_ticket(population), _ticket_without_account(population)))


def _ticket_id(number: int) -> int:
    """Return the id of the ticket that is the `number`th: two in the middle are the cast's."""
    return number if number < cast.FOREIGN_TICKET_ID else number + 2


def _ticket(number: int, account: Account, population: Population, draw: Random) -> dict[str, Any]:
    other = draw.choice(population.accounts)
    opened = chance.moment(draw, today=population.today, newest=5)
    return {
        "id": number,
        "person_id": account.id,
        "requester_email": account.email,
        "subject": draw.choice(("Quota", "Wrong invoice", "<b>Urgent</b>: 429s")),
        "body": f"Hello,\nplease give {other.full_name} <{other.email}> access too.\n-- {account.full_name}",
        "priority": draw.randrange(4),
        "internal_note": draw.choice((None, "", f"Same problem as {other.full_name}")),
        "opened_at": opened,
        "closed_at": draw.choice((None, opened + timedelta(days=2))),
    }


def _foreign_ticket(population: Population) -> dict[str, Any]:
    """Return a ticket on the ordinary person's account that a colleague wrote: it is his row, not hers."""
    return {
        "id": cast.FOREIGN_TICKET_ID,
        "person_id": cast.ORDINARY.person_id,
        "requester_email": cast.COLLEAGUE.email,
        "subject": "Cannot see Ada's workflow",
        "body": f"I work with {cast.ORDINARY.full_name}. My number is +44 20 7946 0991.",
        "priority": 1,
        "internal_note": None,
        "opened_at": population.today - timedelta(days=12, hours=4),
        "closed_at": None,
    }


def _ticket_without_account(population: Population) -> dict[str, Any]:
    return {
        "id": cast.FOREIGN_TICKET_ID + 1,
        "person_id": None,
        "requester_email": cast.INVITED.email,
        "subject": "Who invited me?",
        "body": f"I got a letter from {cast.ORDINARY.full_name}. Please tell me why.",
        "priority": 0,
        "internal_note": "",
        "opened_at": population.today - timedelta(days=25),
        "closed_at": population.today - timedelta(days=24),
    }


def ticket_messages(population: Population) -> Rows:
    """Yield each ticket's answers: the requester writes, the agent replies; Ada also answers Ben's ticket."""
    numbers = count()
    for ticket in support_tickets(population):
        authors = [ticket["requester_email"], cast.SUPPORT_AGENT_EMAIL]
        if ticket["id"] == cast.FOREIGN_TICKET_ID:
            authors.append(cast.ORDINARY.email)
        yield from (_message(next(numbers), ticket, author, index) for index, author in enumerate(authors))


def _message(number: int, ticket: dict[str, Any], author: str, index: int) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": ticket["id"],
        "author_email": author,
        "text": f"Message {index + 1} about “{ticket['subject']}”.",
        "sent_at": ticket["opened_at"] + timedelta(hours=index + 1),
    }
