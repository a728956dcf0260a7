"""What is filtered by, and the conditions on rows that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from dsar.models import ClockPause, Status, SubjectRequest
from dsar.models.choices import FINAL_STATUSES
from dsar.worklist.asking import Asker, Risk, Who
from dsar.worklist.few import needs

#: What is due within so long is at risk.
RISK = timedelta(hours=12)
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Filters:
    """What stands in the address. `status` is one of Status, CLOSED, or "" for every open one.

    `who` is one of Who or an account's key in digits; `law` a key of dsar.deadlines.REGIMES. Everything is "" where
    it does not matter. `reference` is the beginning of one, in the form of the register; then all others hold too,
    and open and closed ones are found alike.
    """

    reference: str = ""
    status: str = ""
    type: str = ""
    who: str = ""
    risk: str = ""
    needs: str = ""
    law: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether it is the register of closed requests that is asked."""
        return self.status == CLOSED or self.status in FINAL_STATUSES

    @property
    def is_any(self) -> bool:
        return any(self.address().values())

    def address(self) -> dict[str, str]:
        """Return what stands in the address, by the names of the form."""
        names = {"q": self.reference, "status": self.status, "type": self.type, "who": self.who}
        given = {**names, "risk": self.risk, "needs": self.needs, "law": self.law}
        return {name: value for name, value in given.items() if value}

    @classmethod
    def read(cls, cleaned: Mapping[str, str]) -> Filters:
        """Return the filters of a form's cleaned data: what makes no sense of closed requests is left out."""
        values = {name: cleaned.get(name, "") for name in ("status", "type", "who", "risk", "needs", "law")}
        if values["who"] not in set(Who) and not _is_key(values["who"]):
            values["who"] = ""
        filters = cls(reference=beginning(cleaned.get("q", "")), **values)
        if filters.is_closed:
            who = "" if filters.who == Who.LEFT else filters.who
            return cls(filters.reference, filters.status, filters.type, who, law=filters.law)
        return filters


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def beginning(text: str) -> str:
    """Return the beginning of a reference as the register writes it: "7k3q92" is R-7K3Q-92."""
    letters = "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())
    letters = letters.removeprefix("R")  # said or left out, as people do; the form's hint has it
    parts = [part for part in (letters[:4], letters[4:8], letters[8:10]) if part]
    return "-".join(["R", *parts]) if parts else ""


def found_by_reference(prefix: str) -> Q:
    """Return the condition of a beginning, by an index of either database."""
    starts = Q(reference__startswith=prefix)
    if connection.vendor == "sqlite":  # whose LIKE heeds no case, and so no index
        return starts & Q(reference__gte=prefix, reference__lt=prefix + "~")
    return starts


def whose(who: str, asker: Asker) -> Q:
    """Return the condition of who has taken it."""
    if who == Who.NOBODY:
        return Q(assigned_to__isnull=True)
    if who == Who.LEFT:
        return Q(assigned_to__isnull=False) & ~Q(assigned_to__in=asker.members)
    if who == Who.ME:
        return Q(assigned_to=asker.account_id)
    return Q(assigned_to=int(who)) if who else Q()


def open_rows(filters: Filters, asker: Asker) -> QuerySet[SubjectRequest]:
    """Return the open requests that fit, what is due first on top."""
    conditions = _plain(filters, asker) & needs(filters.needs, asker) & _at_risk(filters.risk, asker.now)
    return SubjectRequest.objects.filter(conditions, tenant=asker.tenant, closed_at=None).order_by("due_at", "id")


def _plain(filters: Filters, asker: Asker) -> Q:
    conditions = whose(filters.who, asker)
    if filters.status:
        conditions &= Q(status=filters.status)
    if filters.type:
        conditions &= Q(type=filters.type)
    if filters.law:
        conditions &= Q(regime=filters.law)
    return conditions


def _at_risk(risk: str, now: datetime) -> Q:
    if not risk:
        return Q()
    until = now if risk == Risk.LATE else now + RISK
    # Only of the few that are due: the end of a pause moves the promise, and until then nobody is late.
    return Q(due_at__lt=until) & ~Q(Exists(ClockPause.objects.filter(subject_request=OuterRef("pk"), ended_at=None)))


def by_reference(filters: Filters, asker: Asker) -> QuerySet[SubjectRequest]:
    """Return open and closed requests of a beginning that fit, in the order of their references."""
    conditions = found_by_reference(filters.reference) & whose(filters.who, asker)
    if filters.status == CLOSED:
        conditions &= Q(closed_at__isnull=False)
    elif filters.status:
        conditions &= Q(status=Status(filters.status))
    if filters.type:
        conditions &= Q(type=filters.type)
    if filters.law:
        conditions &= Q(regime=filters.law)
    if filters.risk or filters.needs:
        conditions &= Q(closed_at=None) & needs(filters.needs, asker) & _at_risk(filters.risk, asker.now)
    # A sum is in no index: a planner without figures would rather read all of the tenant's requests and sort them.
    whole = SubjectRequest.objects.annotate(of_tenant=F("tenant_id") + 0)
    return whole.filter(conditions, of_tenant=asker.tenant.pk).order_by("reference")
