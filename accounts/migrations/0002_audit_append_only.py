"""The database itself refuses to change or delete an audit event."""

from django.db import migrations

from accounts.audit import triggers


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: triggers.install_first(editor.connection),
            lambda apps, editor: triggers.remove_first(editor.connection),
        )
    ]
