"""One code, sent from several places at once: it counts once, and guesses in parallel get no extra ones. 5, 6."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.db import connection

from accounts.models import AuditEvent, OutgoingEmail, Tenant
from dsar.actions import verification
from dsar.models import Identity, SubjectRequest, VerificationCode
from dsar.models.transitions import ImpossibleMoveError
from tests.dsar.test_the_way_of_a_request import file_access
from tests.dsar.views.conftest import mailed_code

TRIES = 8


def at_once(work: Callable[[], None]) -> Counter[str]:
    """Do the work in threads with connections of their own; count how each ended."""
    ends: list[str] = []
    start = threading.Barrier(TRIES)

    def do() -> None:
        start.wait()
        try:
            work()
            ends.append("done")
        except (verification.CodeRefusedError, ImpossibleMoveError) as error:
            ends.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=do) for _ in range(TRIES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(ends)


def test_a_code_is_redeemed_once(tenant: Tenant, now: datetime) -> None:
    pk = file_access(tenant, None, now).pk
    code = mailed_code()
    ends = at_once(lambda: verification.confirm(SubjectRequest.objects.get(pk=pk), code=code, now=now))
    assert (ends["done"], ends.total()) == (1, TRIES)
    assert Identity.objects.count() == 1
    assert AuditEvent.objects.filter(verb="request.verified").count() == 1
    assert OutgoingEmail.objects.filter(kind="acknowledgement").count() == 1


def test_guesses_in_parallel_are_three_like_any_others(tenant: Tenant, now: datetime) -> None:
    pk = file_access(tenant, None, now).pk
    ends = at_once(lambda: verification.confirm(SubjectRequest.objects.get(pk=pk), code="00000000", now=now))
    assert ends == {"CodeRefusedError": TRIES}
    assert VerificationCode.objects.get().attempts == verification.MOST_ATTEMPTS
    assert AuditEvent.objects.filter(verb="request.code_refused").count() == verification.MOST_ATTEMPTS
