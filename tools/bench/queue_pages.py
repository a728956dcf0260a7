"""Pages of the queue and of the register, asked as a reviewer's browser asks for them; prints milliseconds as JSON.

Run in an environment of its own: python -m tools.bench.queue_pages 1000000. A database that was filled before (its
address in DATABASE_URL) is not filled again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from django.test import Client

    from tools.bench.queue_fill import Team

#: Milliseconds by the clock, of the portal's processor, and of the database server's: the rest is what all of it waits.
Turn = tuple[float, float, float]
_TURNS = 11
#: So many combinations of filters, chosen by chance among all.
_COMBINATIONS = 300
_LATER = re.compile(r'href="([^"]*)" rel="next"')
PAGES: Mapping[str, str] = {
    "all open": "",
    "mine": "who=me",
    "nobody's": "who=nobody",
    "of a colleague": "who={other}",
    "of somebody who left": "who=left",
    "at risk": "risk=soon",
    "late": "risk=late",
    "a store failed": "needs=store",
    "waits for the person": "needs=person",
    "waits for the data map": "needs=map",
    "waits for a second person": "needs=second",
    "a store failed, one law": "needs=store&law=pipeda",
    "a store failed, type and status": "needs=store&type=human_review&status=fulfilling",
    "a store failed, a colleague's": "needs=store&who={other}",
    "a store failed, at risk": "needs=store&risk=soon",
    "the person, type and law": "needs=person&type=human_review&law=pipeda",
    "the person, mine": "needs=person&who=me",
    "the data map, one law": "needs=map&law=pipeda",
    "the data map, late": "needs=map&risk=late",
    "a second person, one type": "needs=second&type=erasure",
    "late, one law": "risk=late&law=pipeda",
    "at risk, left, one type": "risk=soon&who=left&type=human_review",
    "to release": "status=awaiting_release",
    "one type": "type=human_review",
    "one law": "law=pipeda",
    "type, status and law": "type=restriction&status=awaiting_review&law=pipeda",
    "nothing fits": "type=human_review&status=awaiting_release&law=pipeda&who=nobody&risk=late",
    "closed": "status=closed",
    "closed, one type": "status=closed&type=human_review",
    "closed, one law": "status=closed&law=pipeda",
    "withdrawn": "status=withdrawn",
    "closed, type and law": "status=closed&type=objection&law=lgpd",
    "closed, all three": "status=withdrawn&type=human_review&law=pipeda",
    "closed, of a colleague": "status=closed&who={other}",
    "closed, nobody's": "status=closed&who=nobody",
    "closed, nobody's, no such": "status=fulfilled&type=access&law=pipeda&who=nobody",
    "closed, a colleague's, law": "status=closed&who={other}&law=pipeda",
    "two letters": "q=R-7K",
    "two letters, no such": "q=R-7K&type=human_review&status=withdrawn&law=pipeda",
    "two letters, a store failed": "q=R-7K&needs=store",
    "two letters, late": "q=R-7K&risk=late",
    "a reference": "q={reference}",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    given = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tools.bench.queue_settings"
    django.setup()
    print(json.dumps(dict(measure(given.rows))))


def measure(rows: int) -> Iterator[tuple[str, list[Turn]]]:
    """Yield for each kind of page every turn, and of each combination of filters the fastest of three."""
    from django.core.management import call_command
    from django.utils import timezone

    from tools.bench.queue_fill import fill, filled

    call_command("migrate", interactive=False, verbosity=0)
    team = filled(rows) or fill(rows, now=timezone.now())
    client, values = _browser(team), _values(team)
    for name, query in PAGES.items():
        yield name, _turns(client, f"/desk/?{query.format(**values)}")
    yield from _further(client)
    yield "news: nothing new", _turns(client, _news(client))
    yield "any filters", [min(_turns(client, address, turns=3)) for address in _combinations(values)]


def _values(team: Team) -> dict[str, str]:
    from dsar.models import SubjectRequest

    some = SubjectRequest.objects.filter(tenant=team.tenants["big"]).order_by("pk")[1000]
    return {"other": str(team.reviewers[1].pk), "reference": some.reference}


def _browser(team: Team) -> Client:
    """Return a browser of the first reviewer, signed in with the second factor."""
    from allauth.account.internal.flows.login import record_authentication
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.test import Client, RequestFactory

    from tools.bench.queue_fill import HOST

    user = team.reviewers[0]
    if not Authenticator.objects.filter(user=user).exists():
        TOTP.activate(user, generate_totp_secret())
    client = Client(headers={"host": HOST})
    client.force_login(user)
    request = RequestFactory().get("/")
    request.session = client.session
    record_authentication(request, user, method="mfa")
    request.session.save()
    return client


def _turns(client: Client, address: str, *, turns: int = _TURNS) -> list[Turn]:
    news = {"hx-request": "true"} if "seen=" in address else {}
    took = []
    client.get(address, headers=news)  # what is asked once a process is asked here
    for _ in range(turns):
        start, spent, served = time.perf_counter(), time.process_time(), _of_server()
        answer = client.get(address, headers=news)
        worked, serving = time.process_time() - spent, _of_server() - served
        took.append(((time.perf_counter() - start) * 1000, worked * 1000, serving * 1000))
        if answer.status_code not in (200, 204):
            raise RuntimeError(f"{address} answered {answer.status_code}")
    return took


def _of_server() -> float:
    """Return the seconds that the database server's process worked for this connection; 0 where nothing tells them."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0  # SQLite works in this process
    connection.ensure_connection()
    spent = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(spent.read_text().split()[0]) / 1e9 if spent.exists() else 0.0


def _further(client: Client) -> Iterator[tuple[str, list[Turn]]]:
    """Yield pages far down: twenty further on, and back by one from there."""
    for name, query in (("open", ""), ("closed", "status=closed"), ("filtered", "law=gdpr"), ("failed", "needs=store")):
        address = f"/desk/?{query}"
        for _ in range(20):
            found = _LATER.search(client.get(address).content.decode())
            address = found[1].replace("&amp;", "&") if found else address
        yield f"{name}, 20 pages down", _turns(client, address)
        yield f"{name}, one page up", _turns(client, address.replace("after=", "before="))


def _news(client: Client) -> str:
    page = client.get("/desk/").content.decode()
    found = re.search(r'hx-get="([^"]*)"', page)
    if found is None:
        raise RuntimeError("the page asks for no news")
    return found[1].replace("&amp;", "&")


def _combinations(values: Mapping[str, str]) -> Iterable[str]:
    """Return addresses of combinations of all filters, the same ones each time."""
    from dsar.deadlines import REGIMES
    from dsar.models import RequestType, Status
    from dsar.worklist.asking import Need

    every = product(
        ["", "closed", *Status.values],
        ["", *RequestType.values],
        ["", *REGIMES],
        ["", "me", "nobody", "left", values["other"]],
        ["", "soon", "late"],
        ["", *Need],
    )
    names = ("status", "type", "law", "who", "risk", "needs")
    chosen = random.Random(11).sample(list(every), _COMBINATIONS)  # noqa: S311 - of no secret
    return [
        f"/desk/?{'&'.join(f'{name}={value}' for name, value in zip(names, row, strict=True) if value)}"
        for row in chosen
    ]


def summary(took: list[Turn]) -> tuple[float, float, float, float]:
    """Return the median and the worst by the clock, and the medians of the processor and of the server's part of it."""
    clock, worked, served = zip(*took, strict=True)
    both = [own + other for own, other in zip(worked, served, strict=True)]
    return statistics.median(clock), max(clock), statistics.median(both), statistics.median(served)


if __name__ == "__main__":
    main()
