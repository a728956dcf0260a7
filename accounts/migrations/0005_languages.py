"""Accounts that have chosen no language, and the languages that a tenant offers."""

from typing import Any

from django.db import migrations, models

import accounts.models.tenant


def none_chosen(apps: Any, schema_editor: Any) -> None:
    """Until now there was one language and no way to choose: that of every account was the default."""
    apps.get_model("accounts", "User").objects.filter(language="en").update(language="")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_address_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='tenant',
            name='languages',
            field=models.JSONField(blank=True, default=list, validators=[accounts.models.tenant.known_languages]),
        ),
        migrations.AlterField(
            model_name='user',
            name='language',
            field=models.CharField(blank=True, default='', max_length=10),
        ),
        migrations.RunPython(none_chosen, migrations.RunPython.noop),
    ]
