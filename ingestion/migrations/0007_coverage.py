from django.db import migrations, models


def begin_at_login(apps, schema_editor):
    """The first fetch came minutes after the first login."""
    for cursor in apps.get_model("ingestion", "Cursor").objects.select_related("listener"):
        cursor.known_since = cursor.listener.date_joined
        cursor.save(update_fields=["known_since"])


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0006_interrupted_runs"),
    ]

    operations = [
        migrations.AddField(
            model_name="cursor",
            name="known_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(begin_at_login, migrations.RunPython.noop),
        migrations.AddField(
            model_name="historyimport",
            name="covered",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="historyimport",
            name="reported_twice",
            field=models.BigIntegerField(default=0),
        ),
    ]
