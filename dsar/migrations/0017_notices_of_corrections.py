from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
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
    ]
