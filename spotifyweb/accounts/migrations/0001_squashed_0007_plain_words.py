import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Create the tables of a fresh install as all earlier migrations leave them."""

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_orders'),
        ('accounts', '0003_scope'),
        ('accounts', '0004_days'),
        ('accounts', '0005_device_start'),
        ('accounts', '0006_timezones_and_privacy'),
        ('accounts', '0007_plain_words'),
    ]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Listener',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('user_id', models.CharField(max_length=100, unique=True)),
                ('spotify_id', models.CharField(blank=True, max_length=100)),
                ('display_name', models.CharField(blank=True, max_length=200)),
                ('image_url', models.URLField(blank=True, max_length=500)),
                ('timezone', models.CharField(blank=True, max_length=64)),
                ('connection', models.CharField(choices=[('local', 'never logged in'), ('connected', 'connected'), ('needs_login', 'login required'), ('disconnected', 'disconnected')], default='local', max_length=20)),
                ('consented_at', models.DateTimeField(blank=True, null=True)),
                ('is_active', models.BooleanField(default=True, verbose_name='allowed here')),
                ('is_staff', models.BooleanField(default=False, verbose_name='admin of this instance')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('last_four', models.CharField(max_length=4)),
                ('scopes', models.JSONField(default=list)),
                ('created_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('listener', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Token',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('access_token', models.BinaryField()),
                ('refresh_token', models.BinaryField()),
                ('scope', models.TextField()),
                ('expires_at', models.DateTimeField()),
                ('refreshed_at', models.DateTimeField()),
                ('listener', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='token', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ListenerTimezone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('timezone', models.CharField(max_length=64)),
                ('valid_from', models.DateTimeField()),
                ('listener', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='timezones', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['valid_from'],
                'constraints': [models.UniqueConstraint(fields=('listener', 'valid_from'), name='one_residence')],
            },
        ),
        # The tables of erasures, whose models privacy 0001 adds to the state alone.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name='ErasureRequest',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('token', models.CharField(max_length=40, unique=True)),
                        ('kind', models.CharField(choices=[('play', 'One play'), ('period', 'A period'), ('source', 'A source'), ('spotify', 'Everything from Spotify'), ('everything', 'Everything')], max_length=20)),
                        ('source', models.CharField(blank=True, max_length=40)),
                        ('since', models.DateTimeField(null=True)),
                        ('until', models.DateTimeField(null=True)),
                        ('first_date', models.DateField(null=True)),
                        ('last_date', models.DateField(null=True)),
                        ('began', models.DateTimeField(null=True)),
                        ('device_started_at', models.DateTimeField(null=True)),
                        ('salt', models.CharField(blank=True, max_length=40)),
                        ('items', models.JSONField(default=list)),
                        ('zone', models.CharField(blank=True, max_length=64)),
                        ('steps', models.JSONField(default=dict)),
                        ('objects_rewritten', models.JSONField(default=dict)),
                        ('asked_at', models.DateTimeField()),
                        ('first_pass_at', models.DateTimeField(null=True)),
                        ('second_pass_at', models.DateTimeField(null=True)),
                        ('done_at', models.DateTimeField(null=True)),
                        ('lifted_at', models.DateTimeField(null=True)),
                        ('build_id', models.CharField(blank=True, max_length=40)),
                        ('listener', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='erasure_requests', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'db_table': 'privacy_erasurerequest',
                        'ordering': ['-asked_at'],
                    },
                ),
                migrations.CreateModel(
                    name='ErasedAccount',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user_id', models.CharField(max_length=100)),
                        ('source', models.CharField(blank=True, max_length=40)),
                        ('before', models.DateTimeField()),
                        ('request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='erased_accounts', to='accounts.erasurerequest')),
                    ],
                    options={
                        'db_table': 'privacy_erasedaccount',
                        'constraints': [models.UniqueConstraint(fields=('user_id', 'source'), name='one_erasure')],
                    },
                ),
            ],
        ),
    ]
