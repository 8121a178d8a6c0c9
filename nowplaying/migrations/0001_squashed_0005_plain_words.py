import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Create the tables of a fresh install as all earlier migrations leave them."""

    replaces = [
        ('nowplaying', '0001_playback'),
        ('nowplaying', '0002_budget'),
        ('nowplaying', '0003_held'),
        ('nowplaying', '0004_log_away'),
        ('nowplaying', '0005_plain_words'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Playback',
            fields=[
                ('listener', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='playback', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('kind', models.CharField(choices=[('track', 'Track'), ('episode', 'Episode'), ('ad', 'Ad'), ('unknown', 'unknown item'), ('private', 'private session'), ('nothing', 'nothing playing')], default='nothing', max_length=10)),
                ('is_playing', models.BooleanField(default=False)),
                ('item', models.JSONField(null=True)),
                ('item_key', models.TextField(blank=True)),
                ('progress_ms', models.IntegerField(null=True)),
                ('heard_ms', models.IntegerField(default=0)),
                ('device_type', models.TextField(blank=True)),
                ('device_name', models.TextField(blank=True)),
                ('context', models.TextField(blank=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('observed_at', models.DateTimeField(null=True)),
                ('changed_at', models.DateTimeField(null=True)),
                ('quiet_looks', models.IntegerField(default=0)),
                ('due_at', models.DateTimeField(db_index=True)),
                ('trouble', models.CharField(blank=True, choices=[('unreachable', 'Spotify does not respond'), ('blocked', 'Spotify asked us to wait'), ('budget', 'daily request limit reached'), ('needs_login', 'permission expired'), ('refused', 'Spotify refuses requests'), ('log', 'event log unavailable')], max_length=20)),
                ('trouble_count', models.IntegerField(default=0)),
                ('trouble_since', models.DateTimeField(null=True)),
                ('outbox', models.JSONField(blank=True, default=list)),
                ('held', models.JSONField(null=True)),
                ('version', models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='CallsOnDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('family', models.CharField(max_length=20)),
                ('calls', models.IntegerField(default=0)),
                ('listener', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calls', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('listener', 'date', 'family'), name='one_count')],
            },
        ),
    ]
