"""A set of the queue's filters that somebody of the team named."""

from django.conf import settings
from django.db import models

from accounts.models import Tenant


class SavedView(models.Model):
    """`query` holds the filters as they stand in the address (dsar.worklist.filters), without a page.

    One's own unless `is_shared` with the whole team; it goes with the account that made it.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=300)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "owner", "name"], name="view_named_once"),
            models.CheckConstraint(name="view_has_a_name", condition=~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name
