"""Say who can sign in to the demo."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from examples.macrosora import cast, staff


class Command(BaseCommand):
    help = "Print the demo's sign-ins, with the codes that the team's authenticator apps show now."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("Sign in with an address; the code comes by mail (see the mailbox).")
        for person, what in (
            (cast.ORDINARY, "an ordinary person"),
            (cast.HEAVY, "a heavy user"),
            (cast.NOBODY, "no data"),
        ):
            self.stdout.write(f"  {person.email:<34} {what}")
        for member in staff.TEAM:
            self.stdout.write(f"  {member.email:<34} {member.role}; authenticator code {staff.current_code(member)}")
