import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dsar', '0021_redaction'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='subjectrequest',
            name='narrowing',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='subjectrequest',
            name='appeal_of',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='appeal', to='dsar.subjectrequest'),
        ),
        migrations.AddField(
            model_name='subjectrequest',
            name='granted_by',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='anew', to='dsar.subjectrequest'),
        ),
        migrations.AlterField(
            model_name='subjectrequest',
            name='outcome',
            field=models.CharField(blank=True, choices=[('full', 'In full'), ('partial', 'In part'), ('none', 'Nothing held'), ('upheld', 'The decision stands'), ('changed', 'The decision was changed'), ('not_made', 'No computer decided this alone'), ('granted', 'The appeal was granted')], max_length=10),
        ),
        migrations.AlterField(
            model_name='subjectrequest',
            name='type',
            field=models.CharField(choices=[('access', 'A copy of my data'), ('portability', 'An export to take elsewhere'), ('rectification', 'A correction of my data'), ('erasure', 'Deletion of my data'), ('objection', 'An objection to a use of my data'), ('restriction', 'A stop of processing'), ('human_review', 'A human look at an automated decision'), ('enquiry', 'A question to the privacy team'), ('appeal', 'An appeal against an answer')], max_length=20),
        ),
        migrations.CreateModel(
            name='AgentAuthority',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=200)),
                ('organisation', models.CharField(blank=True, max_length=200)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('proof_path', models.CharField(blank=True, max_length=200)),
                ('proof_kind', models.CharField(blank=True, max_length=4)),
                ('proof_sha256', models.CharField(blank=True, max_length=64)),
                ('wants_copy', models.BooleanField(default=False)),
                ('copy_allowed', models.BooleanField(default=False)),
                ('copy_accepted', models.BooleanField(default=False)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('is_accepted', models.BooleanField(default=False)),
                ('reason', models.TextField(blank=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject_request', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='agent', to='dsar.subjectrequest')),
            ],
            options={
                'verbose_name_plural': 'agent authorities',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('is_accepted', False)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='authority_decided_by_somebody'), models.CheckConstraint(condition=models.Q(('copy_accepted', False), models.Q(('copy_allowed', True), ('wants_copy', True)), _connector='OR'), name='agent_copy_wanted_and_allowed')],
            },
        ),
    ]
