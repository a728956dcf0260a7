from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dsar', '0021_redaction'),
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
            field=models.OneToOneField(blank=True, null=True, on_delete=models.deletion.SET_NULL, related_name='appeal', to='dsar.subjectrequest'),
        ),
        migrations.AddField(
            model_name='subjectrequest',
            name='granted_by',
            field=models.OneToOneField(blank=True, null=True, on_delete=models.deletion.SET_NULL, related_name='anew', to='dsar.subjectrequest'),
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
    ]
