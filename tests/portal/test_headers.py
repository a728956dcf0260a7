"""What every page tells the browser, and what production adds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import Tenant, TenantHost
from tools.production_check import production_environment
from tools.site import ROOT

ASK = """
import json, django
django.setup()
from django.conf import settings
names = ["SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "DEBUG",
         "SESSION_COOKIE_NAME", "SECURE_PROXY_SSL_HEADER"]
print(json.dumps({name: getattr(settings, name) for name in names}
      | {"demo": "examples.macrosora" in settings.INSTALLED_APPS}))
"""


@pytest.mark.django_db
def test_a_page_lets_nothing_foreign_in(client: Client) -> None:
    tenant = Tenant.objects.create(slug="a", name="A", contact_email="privacy@a.test")
    TenantHost.objects.create(tenant=tenant, host="a.test")
    headers = client.get("/accounts/login/", headers={"host": "a.test"}).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    for directive in ("form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"):
        assert directive in policy
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.thorough
def test_production_is_https_only(tmp_path: Path) -> None:
    env = os.environ | production_environment(str(tmp_path)) | {"DJANGO_SETTINGS_MODULE": "portal.settings"}
    answer = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=env, check=True, capture_output=True).stdout
    assert json.loads(answer) == {
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31536000,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "DEBUG": False,
        "SESSION_COOKIE_NAME": "__Host-session",
        "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
        "demo": False,
    }


@pytest.mark.thorough
def test_production_without_keys_does_not_start(tmp_path: Path) -> None:
    env = os.environ | {
        "PORTAL_ENV": "production",
        "PORTAL_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    ended = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    assert ended.returncode != 0
    assert "PORTAL_ENV=production needs these variables: SECRET_KEY, PORTAL_MASTER_KEY" in ended.stderr
