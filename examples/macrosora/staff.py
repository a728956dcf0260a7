"""The demo's privacy team. Their second factors are published here: this is a demo and nothing else."""

from __future__ import annotations

import time
from dataclasses import dataclass

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from accounts.models import Role, User

#: Seconds that a code lasts (RFC 6238), and that are enough to enter one.
_PERIOD, _ENOUGH = 30, 5


@dataclass(frozen=True, slots=True)
class Member:
    """`totp_secret` is base 32, as authenticator apps take it."""

    name: str
    email: str
    role: Role
    totp_secret: str


RITA = Member("Rita Reviewer", "rita@macrosora.example", Role.REVIEWER, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
AMIR = Member("Amir Approver", "amir@macrosora.example", Role.APPROVER, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
OLGA = Member("Olga Auditor", "olga@macrosora.example", Role.AUDITOR, "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK")
ADA = Member("Ada Administrator", "ada@macrosora.example", Role.ADMINISTRATOR, "NBSWY3DPEHPK3PXPNBSWY3DPEHPK3PXP")
#: Whoever refused a request does not decide its appeal: for that there is a second reviewer.
NOOR = Member("Noor Reviewer", "noor@macrosora.example", Role.REVIEWER, "ONXW2ZJAMRSW23ZAONXW2ZJAMRSW23ZA")
TEAM = (RITA, AMIR, OLGA, ADA, NOOR)


def give_second_factor(user: User, member: Member) -> None:
    """Set up the member's authenticator app."""
    data = {"secret": get_adapter().encrypt(member.totp_secret)}
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)


def current_code(member: Member) -> str:
    """Return what the member's authenticator app shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(member.totp_secret, counter)))


def fresh_code(member: Member) -> str:
    """Return what the app shows once it shows it for some seconds more: a code is not taken after its half minute."""
    left = _PERIOD - time.time() % _PERIOD
    if left < _ENOUGH:
        time.sleep(left)
    return current_code(member)
