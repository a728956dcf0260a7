from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dsar', '0017_notices_and_holds'),
    ]

    operations = [
        migrations.AddField(
            model_name='recipientnotice',
            name='purposes',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AlterField(
            model_name='recipientnotice',
            name='kind',
            field=models.CharField(choices=[('erasure', 'Erased'), ('correction', 'Corrected'), ('erasure_undone', 'Not erased after all'), ('restriction', 'Not used for the time being'), ('restriction_lifted', 'Used again')], max_length=20),
        ),
        migrations.RemoveConstraint(
            model_name='recipientnotice',
            name='recipient_told_once',
        ),
        migrations.AddConstraint(
            model_name='recipientnotice',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['restriction', 'restriction_lifted']), _negated=True), fields=('subject_request', 'kind', 'system', 'name'), name='recipient_told_once'),
        ),
    ]
