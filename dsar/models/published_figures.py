"""The compliance figures that anybody can read, as they were last made."""

from django.db import models

from accounts.models import Tenant


class PublishedFigures(models.Model):
    """`document` is what dsar.figures.public makes: nothing in it tells of fewer than so many people."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="published_figures")
    made_at = models.DateTimeField()
    document = models.JSONField()

    class Meta:
        verbose_name_plural = "published figures"

    def __str__(self) -> str:
        return f"published figures of {self.tenant}"
