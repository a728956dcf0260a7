import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_audit_look_ups'),
        ('dsar', '0025_figures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='decision',
            name='second',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='policy',
            name='two_for_erasure',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='policy',
            name='two_for_exception',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='policy',
            name='two_for_refusal',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='policy',
            name='two_from_collections',
            field=models.PositiveSmallIntegerField(default=40, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)]),
        ),
        migrations.AddField(
            model_name='policy',
            name='two_from_rows',
            field=models.PositiveIntegerField(default=1000, validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.CreateModel(
            name='Logo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64)),
                ('png', models.BinaryField()),
                ('width', models.PositiveSmallIntegerField()),
                ('height', models.PositiveSmallIntegerField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='logos', to='accounts.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('texts', models.JSONField(blank=True, default=dict)),
                ('accent', models.CharField(blank=True, max_length=7)),
                ('logo', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dsar.logo')),
                ('tenant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='look', to='accounts.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('erasure', 'Deletion'), ('refusal', 'Refusal'), ('exception', 'Release without a store')], max_length=10)),
                ('at', models.DateTimeField()),
                ('ground', models.CharField(blank=True, choices=[('suspected_fraud', 'Suspected fraud'), ('insuf_verification', 'Identity not confirmed'), ('no_match', 'No data found for this identity'), ('claim_not_covered', 'Not covered by the law or the policy'), ('outside_jurisdiction', 'Outside the jurisdiction'), ('too_many_requests', 'Too many requests'), ('other', 'Another reason')], max_length=30)),
                ('dataset', models.CharField(blank=True, max_length=100)),
                ('reason', models.TextField(blank=True)),
                ('status', models.CharField(choices=[('awaiting_verification', 'Waiting for you to confirm'), ('awaiting_review', 'With the privacy team'), ('fulfilling', 'Under way'), ('awaiting_release', 'In final review'), ('fulfilled', 'Done'), ('denied', 'Refused'), ('withdrawn', 'Withdrawn')], max_length=30)),
                ('fingerprint', models.CharField(max_length=64)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end', models.CharField(blank=True, choices=[('confirmed', 'Confirmed'), ('refused', 'Not confirmed'), ('withdrawn', 'Withdrawn'), ('void', 'Void: the case has changed')], max_length=10)),
                ('end_reason', models.TextField(blank=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject_request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='dsar.subjectrequest')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SettingChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('why', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='setting_changes', to='accounts.tenant')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Check',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('map', 'Data map'), ('trail', 'Audit trail')], max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('report', models.JSONField(blank=True, default=dict)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='checks', to='accounts.tenant')),
            ],
            options={
                'ordering': ['-asked_at', '-id'],
                'indexes': [models.Index(fields=['tenant', 'kind', '-asked_at'], name='latest_check')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('finished_at__isnull', True)), fields=('tenant', 'kind'), name='one_check_at_a_time')],
            },
        ),
        migrations.AddConstraint(
            model_name='logo',
            constraint=models.UniqueConstraint(fields=('tenant', 'sha256'), name='logo_once'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('subject_request', 'kind', 'dataset'), name='proposal_open_once'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end', ''), ('ended_at__isnull', True)), models.Q(('ended_at__isnull', False), models.Q(('end', ''), _negated=True)), _connector='OR'), name='proposal_ends_somehow'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('ended_by__isnull', True), models.Q(('end__in', ['confirmed', 'refused']), _negated=True), models.Q(('ended_by', models.F('by')), _negated=True), _connector='OR'), name='proposal_of_two_people'),
        ),
        migrations.AddIndex(
            model_name='settingchange',
            index=models.Index(fields=['tenant', '-id'], name='setting_history'),
        ),
    ]
