from accounts.models.address_change import AddressChange
from accounts.models.audit import ActorKind, AuditAppendOnlyError, AuditChain, AuditCut, AuditEvent
from accounts.models.membership import Membership, Role
from accounts.models.outgoing_email import OutgoingEmail
from accounts.models.tenant import Tenant, TenantHost
from accounts.models.user import User, UserManager

__all__ = [
    "ActorKind",
    "AddressChange",
    "AuditAppendOnlyError",
    "AuditChain",
    "AuditCut",
    "AuditEvent",
    "Membership",
    "OutgoingEmail",
    "Role",
    "Tenant",
    "TenantHost",
    "User",
    "UserManager",
]
