"""Give the demo a past: 13 weeks of requests that nobody made."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import Role, Tenant, User
from dsar.actions.figures.publishing import publish_all
from dsar.actions.ruling import set_rules
from examples.macrosora.history import has_history, write_history


class Command(BaseCommand):
    help = "Write invented requests of the last weeks into the demo's register; harmless when they are there."

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug="macrosora").first()
        if tenant is None:
            raise CommandError("There is no demo yet: run seed_demo first.")
        if has_history(tenant):
            return
        members = User.objects.filter(memberships__tenant=tenant, memberships__role=Role.REVIEWER)
        now = timezone.now()
        write_history(tenant, reviewer=members.order_by("pk")[0], now=now)
        set_rules(tenant, by=SYSTEM, now=now, publishes_figures=True)
        publish_all(now=now)
