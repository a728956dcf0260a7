"""Run Django's `check --deploy` on the settings of production, as a deployer would write them."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
import tempfile


def production_environment(var: str) -> dict[str, str]:
    """Return a complete production environment with fresh keys and addresses that nothing answers."""
    return {
        "PORTAL_ENV": "production",
        "PORTAL_VAR": var,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "PORTAL_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_URL": "postgresql://portal@database.invalid/portal",
        "REDIS_URL": "rediss://broker.invalid/0",
        "STORAGE_URL": "s3://bucket.invalid/portal",
        "ALLOWED_HOSTS": "privacy.example.com",
        "EMAIL_URL": "smtp+tls://mail.invalid:587",
        "PUBLIC_BASE_URL": "https://privacy.example.com",
    }


def main() -> int:
    with tempfile.TemporaryDirectory() as var:
        command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
        return subprocess.run(command, env=os.environ | production_environment(var), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
