import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_audit_cuts'),
        ('dsar', '0023_filing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DailyFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('type', models.CharField(max_length=20)),
                ('regime', models.CharField(blank=True, max_length=10)),
                ('received', models.PositiveIntegerField(default=0)),
                ('fulfilled', models.PositiveIntegerField(default=0)),
                ('partly', models.PositiveIntegerField(default=0)),
                ('nothing', models.PositiveIntegerField(default=0)),
                ('denied', models.PositiveIntegerField(default=0)),
                ('unconfirmed', models.PositiveIntegerField(default=0)),
                ('withdrawn', models.PositiveIntegerField(default=0)),
                ('in_time', models.PositiveIntegerField(default=0)),
                ('seconds', models.PositiveBigIntegerField(default=0)),
                ('hours', models.JSONField(blank=True, default=dict)),
                ('reasons', models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='DailyStoreFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('dataset', models.CharField(max_length=100)),
                ('done', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('milliseconds', models.PositiveBigIntegerField(default=0)),
                ('slowest', models.PositiveBigIntegerField(default=0)),
                ('rows', models.PositiveBigIntegerField(default=0)),
                ('last_done_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='FigureSpan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('zone', models.CharField(max_length=50)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name='MorningDigest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chosen_at', models.DateTimeField()),
                ('last_day', models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='PublishedFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField()),
                ('document', models.JSONField()),
            ],
            options={
                'verbose_name_plural': 'published figures',
            },
        ),
        migrations.AddField(
            model_name='policy',
            name='publishes_figures',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(fields=['by', 'at'], name='decision_by_at'),
        ),
        migrations.AddIndex(
            model_name='step',
            index=models.Index(fields=['finished_at'], name='step_finished'),
        ),
        migrations.AddIndex(
            model_name='subjectrequest',
            index=models.Index(fields=['tenant', 'received_at'], name='request_received'),
        ),
        migrations.AddField(
            model_name='dailyfigure',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='daily_figures', to='accounts.tenant'),
        ),
        migrations.AddField(
            model_name='dailystorefigure',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='daily_store_figures', to='accounts.tenant'),
        ),
        migrations.AddField(
            model_name='figurespan',
            name='tenant',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='figure_span', to='accounts.tenant'),
        ),
        migrations.AddField(
            model_name='morningdigest',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='morning_digests', to='accounts.tenant'),
        ),
        migrations.AddField(
            model_name='morningdigest',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='morning_digests', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='publishedfigures',
            name='tenant',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='published_figures', to='accounts.tenant'),
        ),
        migrations.AddConstraint(
            model_name='dailyfigure',
            constraint=models.UniqueConstraint(fields=('tenant', 'day', 'type', 'regime'), name='figure_of_day_once'),
        ),
        migrations.AddConstraint(
            model_name='dailystorefigure',
            constraint=models.UniqueConstraint(fields=('tenant', 'day', 'dataset'), name='store_figure_of_day_once'),
        ),
        migrations.AddConstraint(
            model_name='figurespan',
            constraint=models.CheckConstraint(condition=models.Q(('first_day__lte', models.F('last_day'))), name='figures_begin_before_they_end'),
        ),
        migrations.AddConstraint(
            model_name='morningdigest',
            constraint=models.UniqueConstraint(fields=('tenant', 'user'), name='digest_once'),
        ),
    ]
