import django.db.models.deletion
import spotifyweb.dashboards.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Create the tables of a fresh install as all earlier migrations leave them."""

    replaces = [
        ('dashboards', '0001_links_rules_house'),
        ('dashboards', '0002_separation'),
        ('dashboards', '0003_correction'),
        ('dashboards', '0004_field_names'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HouseholdMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('joined_at', models.DateTimeField()),
                ('listener', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='household_membership', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ShareLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(default=spotifyweb.dashboards.models.new_token, max_length=60, unique=True)),
                ('title', models.CharField(blank=True, max_length=80)),
                ('pages', models.JSONField(default=list)),
                ('query', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('views', models.PositiveIntegerField(default=0)),
                ('last_viewed_at', models.DateTimeField(blank=True, null=True)),
                ('listener', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('track', 'Track'), ('artist', 'Artist')], max_length=20)),
                ('action', models.CharField(choices=[('join', 'Joined'), ('split', 'Split off')], max_length=20)),
                ('subject', models.CharField(max_length=300)),
                ('other', models.CharField(blank=True, max_length=300)),
                ('decided_at', models.DateTimeField()),
                ('listener', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='corrections', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-decided_at', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('listener', 'kind', 'action', 'subject', 'other'), name='one_correction')],
            },
        ),
        migrations.CreateModel(
            name='ExclusionRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('artist', 'Artist'), ('album', 'Album'), ('playlist', 'Playlist'), ('device', 'Device'), ('hours', 'Hours of the day')], max_length=20)),
                ('value', models.CharField(max_length=300)),
                ('is_on', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('listener', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['created_at'],
                'constraints': [models.UniqueConstraint(fields=('listener', 'kind', 'value'), name='one_rule')],
            },
        ),
        migrations.CreateModel(
            name='Separation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_event_id', models.CharField(max_length=64)),
                ('second_event_id', models.CharField(max_length=64)),
                ('decided_at', models.DateTimeField()),
                ('listener', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='separations', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-decided_at', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('listener', 'first_event_id', 'second_event_id'), name='one_separation')],
            },
        ),
    ]
