"""What each column holds and how long: the declaration that tests hold the models to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto


class Content(StrEnum):
    """PERSONAL tells of somebody and is theirs to see; SECRET opens something and is nobody's to see."""

    PERSONAL = auto()
    OPERATIONAL = auto()
    SECRET = auto()


class Retention(StrEnum):
    """How long a value stays."""

    TENANT = "as long as the company runs its portal here"
    ACCOUNT = "as long as the account"
    PAYLOAD = "90 days after the request was closed"
    REGISTER = "24 months after the request was closed"
    OPT_OUT = "until the person opts in again"
    TRAIL = "24 months"
    MESSAGE = "90 days"
    SENDING = "until the message was sent or refused"
    CHANGING = "until the change of address can no longer be stopped"
    CLOSING = "until the request was closed"
    STOP = "until the use of the data is no longer stopped"
    HIDING = "until the account is shown again, or its deletion begins"
    EXPIRY = "until the bundle expired"


@dataclass(frozen=True, slots=True)
class Held:
    """One column's content and retention."""

    content: Content
    retention: Retention


def held(retention: Retention, *, personal: str = "", operational: str = "", secrets: str = "") -> dict[str, Held]:
    """Return columns, named with blanks between, as so held: `held(Retention.ACCOUNT, personal="email name")`."""
    lines = {Content.PERSONAL: personal, Content.OPERATIONAL: operational, Content.SECRET: secrets}
    return {name: Held(content, retention) for content, line in lines.items() for name in line.split()}


ACCOUNTS: Mapping[str, Mapping[str, Held]] = {
    "Tenant": held(
        Retention.TENANT,
        operational="id slug name contact_email language languages time_zone",
        secrets="sealed_key",
    ),
    "TenantHost": held(Retention.TENANT, operational="id tenant host"),
    "AuditEvent": held(
        Retention.TRAIL,
        personal="actor_id verb at",
        operational="id tenant sequence actor_kind target_type target_id facts previous_hash hash",
    ),
    "AddressChange": held(Retention.CHANGING, personal="user old_email changed_at stopped_at", operational="id"),
    "AuditChain": held(Retention.TENANT, operational="id tenant count head"),
    "AuditCut": held(
        Retention.TENANT, operational="id tenant first_kept previous_hash events before at key_id signature"
    ),
    "Membership": held(Retention.ACCOUNT, personal="user role", operational="id tenant"),
    "OutgoingEmail": {
        # A body that waits may hold a code.
        **held(Retention.SENDING, personal="to subject", secrets="text html", operational="headers"),
        **held(
            Retention.MESSAGE,
            operational="id tenant kind essential message_id created_at due_at claim claimed_until attempts sent_at "
            "refused_at last_error",
        ),
    },
    "User": held(
        Retention.ACCOUNT,
        personal="id email name language joined_at last_login email_changed_at",
        operational="is_superuser is_staff is_active groups user_permissions",
        secrets="password",
    ),
}
