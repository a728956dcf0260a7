"""Cuts of the audit trail; the database lets go of the events that one covers, and of no other."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.audit import triggers


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_audit_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditCut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_kept', models.PositiveBigIntegerField()),
                ('previous_hash', models.CharField(max_length=64)),
                ('events', models.PositiveBigIntegerField()),
                ('before', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('key_id', models.CharField(max_length=16)),
                ('signature', models.CharField(max_length=128)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='audit_cuts', to='accounts.tenant')),
            ],
            options={
                'ordering': ['tenant', 'first_kept'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'first_kept'), name='audit_cut_once')],
            },
        ),
        migrations.RunPython(
            lambda apps, editor: triggers.remove_first(editor.connection),
            lambda apps, editor: triggers.install_first(editor.connection),
        ),
        migrations.RunPython(
            lambda apps, editor: triggers.install(editor.connection),
            lambda apps, editor: triggers.remove(editor.connection),
        ),
    ]
