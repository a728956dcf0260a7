"""The message of the morning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts import languages
from accounts.models import Tenant, User
from accounts.tenancy import tenant_url
from dsar.models import SubjectRequest
from dsar.sending import write


def morning_digest(tenant: Tenant, *, to: User, listed: Sequence[SubjectRequest], count: int, now: datetime) -> None:
    """What breaks the promise today unless somebody closes it; `listed` are the first of so many."""
    context = {"listed": listed, "count": count, "more": count - len(listed), "now": now}
    link = tenant_url(tenant, "/desk/")
    write(
        tenant,
        "morning_digest",
        to=to.email,
        language=languages.of_account(to, tenant),
        link=link,
        now=now,
        context=context,
    )
