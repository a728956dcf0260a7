"""Texts that a tenant's team writes often."""

from django.db import models

from accounts.models import Tenant


class MessageTemplate(models.Model):
    """A text by its name. It is put into the form, where it is changed before it is sent."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="message_templates")
    name = models.CharField(max_length=80)
    text = models.TextField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="message_template_named_once"),
        ]

    def __str__(self) -> str:
        return self.name
