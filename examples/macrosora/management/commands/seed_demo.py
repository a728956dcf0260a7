"""Make the demo: the platform's stores, two tenants that point at them, and a privacy team."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from accounts.audit import SYSTEM
from accounts.models import Tenant, User
from accounts.team import add_member, add_tenant
from examples.macrosora import staff
from examples.macrosora.bucket import address, fill_bucket
from examples.macrosora.cast import MAIL_TOKEN
from examples.macrosora.seeding import ForeignKeysError, known_size, seed_stores, seeding_of
from examples.macrosora.size import USUAL, SizeError, check_room, free, read_size

_HERE = Path(__file__).resolve().parents[2]
_OFTEN = 5.0  # seconds between two lines that tell how far it is


class Command(BaseCommand):
    help = "Seed the demo platform, its two tenants and their privacy team; harmless when they are there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--size", default=os.environ.get("MACROSORA_SIZE"), help=f"people of the platform; {USUAL} if not said"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(os.environ.get("MACROSORA_DIR", settings.VAR_DIR / "macrosora"))
        redis_url = os.environ.get("MACROSORA_REDIS_URL", "redis://127.0.0.1:6390/1")
        mail_url = os.environ.get("MACROSORA_MAIL_URL", "http://127.0.0.1:8026")
        s3_url = os.environ.get("MACROSORA_S3_URL", "")
        try:
            size = _size(folder, options["size"])
            seed_stores(folder=folder, redis_url=redis_url, size=size, now=timezone.now(), tell=Said(self.stdout))
            if s3_url:
                fill_bucket(endpoint=s3_url, objects=folder / "objects", whose=seeding_of(folder))
        except (ForeignKeysError, SizeError) as error:
            raise CommandError(error) from error
        except (OSError, BotoCoreError, ClientError, RedisError, SQLAlchemyError) as error:
            raise CommandError(f"The demo is not whole, and begins anew at the next start: {error}") from error
        # Addresses are written at each start: ports may have moved, the rows have not.
        _connect("macrosora", _HERE / "datamap", _stores(folder, redis_url, mail_url, s3_url))
        _connect(
            "nordlicht", _HERE / "nordlicht" / "datamap", {"notes": f"sqlite:///{folder / 'nordlicht' / 'app.sqlite3'}"}
        )
        macrosora = _tenant(
            "macrosora", "Macrosora", "privacy@macrosora.com", ("localhost", "127.0.0.1", "macrosora.localhost")
        )
        _tenant("nordlicht", "Nordlicht Notes", "privacy@nordlicht.example", ("nordlicht.localhost",))
        for member in staff.TEAM:
            _staff(member, macrosora)


def _size(folder: Path, asked: str | None) -> int:
    """Return how many people there are, or shall be. Raises SizeError, also where others than asked are there."""
    there, wanted = known_size(folder), read_size(asked or str(USUAL))
    if there is None:
        check_room(size=wanted, folder=folder, has=free(folder))
    elif asked and there != wanted:
        raise SizeError(
            f"The demo in {folder} has {there:,} people, not {wanted:,}: leave the size out to go on with them, "
            f"remove {settings.VAR_DIR} to begin anew, or name another folder in PORTAL_VAR"
        )
    return there or wanted


class Said:
    """Says how far a seeding is, a line every 5 seconds; nothing of one that takes less."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out
        self._started = self._said = time.monotonic()

    def __call__(self, what: str, rows: int) -> None:
        now = time.monotonic()
        if now - self._said >= _OFTEN:
            self._said = now
            self._out.write(f"seeding the demo: {rows:,} {what}, after {now - self._started:.0f} s")


def _stores(folder: Path, redis_url: str, mail_url: str, s3_url: str) -> dict[str, Any]:
    return {
        "app": f"sqlite:///{folder / 'app.sqlite3'}",
        "usage": f"file://{folder / 'objects'}",
        "archive": address(s3_url) if s3_url else f"file://{folder / 'objects'}",
        "documents": f"file://{folder / 'objects'}",
        "cache": redis_url,
        "mail": {"url": mail_url, "auth": {"kind": "bearer", "token": MAIL_TOKEN}},
    }


def _connect(slug: str, datamap: Path, stores: dict[str, Any]) -> None:
    folder = Path(settings.TENANTS_DIR) / slug
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(datamap, folder / "datamap", dirs_exist_ok=True)
    (folder / "stores.yml").write_text(yaml.safe_dump(stores, sort_keys=False), encoding="utf-8")


def _tenant(slug: str, name: str, contact: str, hosts: tuple[str, ...]) -> Tenant:
    known = Tenant.objects.filter(slug=slug).first()
    return known or add_tenant(
        slug=slug,
        name=name,
        contact_email=contact,
        hosts=hosts,
        time_zone="Europe/Berlin",
        by=SYSTEM,
        at=timezone.now(),
    )


@transaction.atomic
def _staff(member: staff.Member, tenant: Tenant) -> None:
    if User.objects.filter(email=member.email).exists():
        return
    user = add_member(
        tenant=tenant, email=member.email, role=member.role, name=member.name, by=SYSTEM, at=timezone.now()
    )
    staff.give_second_factor(user, member)
