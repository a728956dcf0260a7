from accounts.models.membership import Membership, Role
from accounts.models.tenant import Tenant, TenantHost
from accounts.models.user import User

__all__ = ["Membership", "Role", "Tenant", "TenantHost", "User"]
