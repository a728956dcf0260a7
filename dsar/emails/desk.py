"""Messages to one member of the team. Each writes an outbox row in the caller's transaction; three templates each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts import languages
from accounts.models import User
from accounts.tenancy import tenant_url
from dsar.models import SubjectRequest
from dsar.sending import send


def assigned(requests: Sequence[SubjectRequest], *, to: User, by: User, now: datetime) -> None:
    """Somebody else gave you these requests; it leads to the case, or to the queue of what is yours."""
    first = min(requests, key=lambda item: item.due_at)
    path = f"/desk/{first.reference}/" if len(requests) == 1 else "/desk/?who=me"
    context = {"requests": requests, "by_name": by.name or by.email, "count": len(requests)}
    link = tenant_url(first.tenant, path)
    language = languages.of_account(to, first.tenant)
    send(first, "assigned", to=to.email, language=language, link=link, now=now, context=context)
