import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('dsar', '0016_suspensions'),
    ]

    operations = [
        migrations.AddField(
            model_name='recipientnotice',
            name='kind',
            field=models.CharField(choices=[('erasure', 'Erased'), ('correction', 'Corrected'), ('erasure_undone', 'Not erased after all')], default='erasure', max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='recipientnotice',
            name='left_out',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.RemoveConstraint(
            model_name='recipientnotice',
            name='recipient_told_once',
        ),
        migrations.AddConstraint(
            model_name='recipientnotice',
            constraint=models.UniqueConstraint(fields=('subject_request', 'kind', 'system', 'name'), name='recipient_told_once'),
        ),
        # Reckoned from receipt whenever it is asked for: a clock that is stopped or extended would make the column wrong.
        migrations.RemoveField(
            model_name='subjectrequest',
            name='legal_due_at',
        ),
        migrations.AlterField(
            model_name='subjectrequest',
            name='status',
            field=models.CharField(choices=[('awaiting_verification', 'Waiting for you to confirm'), ('awaiting_review', 'With the privacy team'), ('fulfilling', 'Under way'), ('awaiting_release', 'In final review'), ('fulfilled', 'Done'), ('denied', 'Refused'), ('withdrawn', 'Withdrawn')], default='awaiting_verification', max_length=24),
        ),
        migrations.AddField(
            model_name='legalhold',
            name='end_reason',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='legalhold',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='legalhold',
            constraint=models.CheckConstraint(condition=models.Q(('ended_by__isnull', True), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='ended_hold_says_why'),
        ),
    ]
