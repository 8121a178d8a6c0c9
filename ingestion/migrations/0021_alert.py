from django.db import migrations, models


def rename_permissions(apps, old, new):
    """Keep the permissions that groups were given: Django renames the content type only."""
    permissions = apps.get_model("auth", "Permission").objects
    for permission in permissions.filter(
        content_type__app_label="ingestion", codename__endswith=f"_{old}"
    ):
        action = permission.codename.removesuffix(f"_{old}")
        permission.codename, permission.name = f"{action}_{new}", f"Can {action} {new}"
        permission.save()


def forwards(apps, _):
    rename_permissions(apps, "alarm", "alert")


def backwards(apps, _):
    rename_permissions(apps, "alert", "alarm")


class Migration(migrations.Migration):
    """Rename Alarm to Alert, which is firing or resolved; rows and permissions stay."""

    dependencies = [
        ("ingestion", "0020_simulation_cursor"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RemoveConstraint("Alarm", "one_alarm"),
        migrations.RenameModel("Alarm", "Alert"),
        migrations.RenameField("Alert", "is_failing", "is_firing"),
        migrations.RenameField("Alert", "told_at", "notified_at"),
        migrations.AlterModelOptions("Alert", {"ordering": ["-notified_at"]}),
        migrations.AddConstraint(
            "Alert", models.UniqueConstraint(fields=["stage", "subject"], name="one_alert")
        ),
        migrations.RunPython(forwards, backwards),
    ]
