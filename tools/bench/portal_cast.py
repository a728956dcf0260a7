"""People of the shop with an account, a signed-in session and a filled-in form each; prints their cookies as JSON.

Run in the portal's own environment: python -m tools.bench.portal_cast 100
"""

from __future__ import annotations

import json
import os
import secrets
import sys

import django

SLUG, HOST = "shop", "shop.localhost"


def main(people: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    _tenant()
    print(json.dumps([_person(f"customer{number}@example.com") for number in range(1, people + 1)]))


def _tenant() -> None:
    from django.utils import timezone

    from accounts.audit import SYSTEM
    from accounts.team import add_tenant
    from dsar.models import Gate, Policy, RequestType

    contact = "privacy@shop.example"
    tenant = add_tenant(slug=SLUG, name="Shop", contact_email=contact, hosts=(HOST,), by=SYSTEM, at=timezone.now())
    Policy.objects.create(tenant=tenant, gates={RequestType.ACCESS: Gate.NONE})


def _person(email: str) -> dict[str, str]:
    """Return the session and the token of an access request that is ready to be sent."""
    from allauth.account.models import EmailAddress
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import User

    user = User.objects.create_user(email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    token = secrets.token_urlsafe(24)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["draft"] = {"type": "access", "question": "", "email": "", "token": token}
    session.save()
    return {"session": str(session.session_key), "token": token}


if __name__ == "__main__":
    main(int(sys.argv[1]))
