"""Run by test_postgres in a process of its own, whose settings point at PostgreSQL: asserts, and prints "ok"."""

import threading
from datetime import UTC, datetime

from django.db import DatabaseError, connection, transaction

from accounts import outbox
from accounts.audit import SYSTEM, Target, record, register_verbs
from accounts.audit.verify import verify_tenant
from accounts.models import AuditEvent, OutgoingEmail, Tenant

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WRITERS, EACH = 4, 10


def refused(sql: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError as error:
        return "append-only" in str(error)
    return False


def in_threads(work: object, count: int) -> None:
    def run() -> None:
        work()  # type: ignore[operator]
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    register_verbs({"test.happened": ("number",)})
    tenant = Tenant.objects.create(slug="chained", name="Chained", contact_email="privacy@chained.example")

    def write() -> None:
        for number in range(EACH):
            with transaction.atomic():
                facts = {"number": number}
                record(tenant=tenant, verb="test.happened", by=SYSTEM, at=NOW, target=Target("thing", "1"), facts=facts)

    in_threads(write, WRITERS)  # the first of them all make the chain's head at once
    verdict = verify_tenant("chained")
    assert (verdict.problem, verdict.events) == ("", WRITERS * EACH), verdict

    for sql in ("UPDATE accounts_auditevent SET verb = 'x'", "DELETE FROM accounts_auditevent"):
        assert refused(sql), sql
    assert refused("TRUNCATE accounts_auditevent")
    assert AuditEvent.objects.count() == WRITERS * EACH

    for _ in range(20):
        outbox.put(tenant=tenant, kind="test", to="ada@example.com", subject="s", text="t", html="", at=NOW)
    sent: list[int] = []
    in_threads(lambda: sent.append(outbox.send_due(now=NOW)), 2)
    assert sum(sent) == OutgoingEmail.objects.exclude(sent_at=None).count() == 20, sent
    assert set(OutgoingEmail.objects.values_list("attempts", flat=True)) == {1}
    print("ok")  # noqa: T201  # what the test waits for


main()
