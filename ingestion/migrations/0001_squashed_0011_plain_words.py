import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Create the tables of a fresh install as all earlier migrations leave them."""

    replaces = [
        ('ingestion', '0001_initial'),
        ('ingestion', '0002_alarms'),
        ('ingestion', '0003_cursor_page'),
        ('ingestion', '0004_rejects_owner'),
        ('ingestion', '0005_text_of_any_length'),
        ('ingestion', '0006_interrupted_runs'),
        ('ingestion', '0007_coverage'),
        ('ingestion', '0008_rejected_files'),
        ('ingestion', '0009_backup_destination'),
        ('ingestion', '0010_running_runs'),
        ('ingestion', '0011_plain_words'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BackupDestination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=1000, unique=True)),
                ('backed_up_at', models.DateTimeField(blank=True, null=True)),
                ('unwritten', models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='Track',
            fields=[
                ('track_id', models.TextField(primary_key=True, serialize=False)),
                ('track_name', models.TextField()),
                ('artist_id', models.TextField(blank=True)),
                ('artist_name', models.TextField(blank=True)),
                ('album_id', models.TextField(blank=True, db_index=True)),
                ('album_name', models.TextField(blank=True)),
                ('duration_ms', models.IntegerField(null=True)),
                ('isrc', models.TextField(blank=True)),
                ('image_url', models.TextField(blank=True)),
                ('release_date', models.TextField(blank=True)),
                ('fetched_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(choices=[('produce', 'Produce'), ('import', 'Import'), ('consume', 'Consume'), ('enrich', 'Enrich'), ('transform', 'Transform'), ('rebuild', 'Rebuild'), ('tidy', 'Tidy')], max_length=20)),
                ('subject', models.CharField(blank=True, max_length=120)),
                ('is_failing', models.BooleanField()),
                ('told_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-told_at'],
                'constraints': [models.UniqueConstraint(fields=('stage', 'subject'), name='one_alarm')],
            },
        ),
        migrations.CreateModel(
            name='HistoryImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=255)),
                ('path', models.CharField(blank=True, max_length=500)),
                ('kind', models.CharField(blank=True, max_length=20)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=20)),
                ('rows', models.BigIntegerField(default=0)),
                ('bytes_total', models.BigIntegerField(default=0)),
                ('bytes_read', models.BigIntegerField(default=0)),
                ('outcomes', models.JSONField(blank=True, default=dict)),
                ('reasons', models.JSONField(blank=True, default=dict)),
                ('rejected_files', models.JSONField(blank=True, default=list)),
                ('covered', models.JSONField(blank=True, default=list)),
                ('reported_twice', models.BigIntegerField(default=0)),
                ('first_at', models.DateTimeField(blank=True, null=True)),
                ('last_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('listener', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Reject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(max_length=60)),
                ('partition', models.IntegerField()),
                ('offset', models.CharField(max_length=40)),
                ('reason', models.CharField(max_length=500)),
                ('raw_start', models.CharField(max_length=500)),
                ('user_id', models.CharField(blank=True, db_index=True, max_length=100)),
                ('rejected_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-rejected_at'],
                'constraints': [models.UniqueConstraint(fields=('topic', 'partition', 'offset'), name='one_reject')],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(choices=[('produce', 'Produce'), ('import', 'Import'), ('consume', 'Consume'), ('enrich', 'Enrich'), ('transform', 'Transform'), ('rebuild', 'Rebuild'), ('tidy', 'Tidy')], max_length=20)),
                ('subject', models.CharField(blank=True, max_length=120)),
                ('status', models.CharField(choices=[('running', 'Running'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('skipped', 'Skipped'), ('interrupted', 'Interrupted')], default='running', max_length=20)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('counts', models.JSONField(blank=True, default=dict)),
                ('error', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-started_at'],
                'indexes': [models.Index(fields=['stage', '-started_at'], name='ingestion_r_stage_b18007_idx'), models.Index(condition=models.Q(('status', 'running')), fields=['stage', 'started_at'], name='running_runs')],
            },
        ),
        migrations.CreateModel(
            name='Cursor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stream', models.CharField(choices=[('recently_played', 'Recently Played'), ('likes', 'Likes')], max_length=20)),
                ('known_since', models.DateTimeField(null=True)),
                ('reached_at', models.DateTimeField(null=True)),
                ('fetched_at', models.DateTimeField(null=True)),
                ('error', models.TextField(blank=True)),
                ('page', models.JSONField(blank=True, default=list)),
                ('odd', models.JSONField(blank=True, default=list)),
                ('crawl_offset', models.IntegerField(blank=True, null=True)),
                ('listener', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cursors', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('listener', 'stream'), name='one_cursor')],
            },
        ),
        migrations.CreateModel(
            name='Gap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(choices=[('full_page', 'more plays between two fetches than Spotify keeps'), ('offline', 'nothing was fetched for a long time'), ('needs_login', 'your Spotify permission had expired'), ('blocked', 'the Spotify request limit was reached')], max_length=20)),
                ('status', models.CharField(choices=[('possible', 'Possible'), ('filled', 'Filled')], default='possible', max_length=20)),
                ('listener', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gaps', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-starts_at'],
                'constraints': [models.UniqueConstraint(fields=('listener', 'starts_at', 'reason'), name='one_gap')],
            },
        ),
    ]
