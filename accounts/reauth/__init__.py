"""Being asked again who one is before a sensitive act: by the second factor, or else by a mailed code."""

from accounts.reauth.freshness import has_second_factor, is_fresh, used_second_factor
from accounts.reauth.guard import proof_required, reauthentication_required

__all__ = ["has_second_factor", "is_fresh", "proof_required", "reauthentication_required", "used_second_factor"]
