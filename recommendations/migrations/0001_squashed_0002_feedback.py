import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Create the tables of a fresh install as all earlier migrations leave them."""

    replaces = [
        ('recommendations', '0001_verdicts_and_evaluations'),
        ('recommendations', '0002_feedback'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Evaluation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('build_id', models.CharField(blank=True, max_length=40)),
                ('source', models.CharField(max_length=255)),
                ('evaluated_at', models.DateTimeField()),
                ('figures', models.JSONField()),
            ],
            options={
                'ordering': ['-evaluated_at'],
            },
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('track_id', models.CharField(max_length=100)),
                ('artist_name', models.CharField(blank=True, max_length=500)),
                ('kind', models.CharField(choices=[('up', 'more like this'), ('down', 'less like this'), ('hide', 'never show this')], max_length=10)),
                ('given_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('listener', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('listener', 'track_id'), name='one_feedback')],
            },
        ),
    ]
