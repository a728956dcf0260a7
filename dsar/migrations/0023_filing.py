from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dsar', '0018_told_of_stops'),
    ]

    operations = [
        migrations.AddField(
            model_name='subjectrequest',
            name='narrowing',
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
