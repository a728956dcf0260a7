"""That an account's address was replaced: what its owner at the old address may stop."""

from django.conf import settings
from django.db import models


class AddressChange(models.Model):
    """Kept for as long as the change can be stopped (accounts.address_changes); `stopped_at` once it was."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="address_changes")
    old_email = models.EmailField(max_length=254)
    changed_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["changed_at"], name="address_change_at")]

    def __str__(self) -> str:
        return f"change {self.pk} of account {self.user_id}"
