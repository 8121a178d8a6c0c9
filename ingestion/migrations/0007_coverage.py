from django.db import migrations, models


def begin_at_login(apps, schema_editor):
    """The first fetch came minutes after the first login."""
    for cursor in apps.get_model("ingestion", "Cursor").objects.select_related("listener"):
        cursor.known_since = cursor.listener.date_joined
        cursor.save(update_fields=["known_since"])


def cover_what_was_new(apps, schema_editor):
    """What an earlier import reported of is known by its first and its last new play only."""
    imports = apps.get_model("ingestion", "HistoryImport").objects
    for history in imports.filter(status="done", first_at__isnull=False):
        source = "extended_history" if "extended" in history.kind else "account_data"
        history.covered = [[source, history.first_at.isoformat(), history.last_at.isoformat()]]
        history.save(update_fields=["covered"])


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
        migrations.RunPython(cover_what_was_new, migrations.RunPython.noop),
        migrations.AddField(
            model_name="historyimport",
            name="reported_twice",
            field=models.BigIntegerField(default=0),
        ),
    ]
