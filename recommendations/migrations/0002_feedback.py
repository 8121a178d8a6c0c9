from django.conf import settings
from django.db import migrations, models


def rename_permissions(apps, old, new):
    """Keep the permissions that groups were given: Django renames the content type only."""
    permissions = apps.get_model("auth", "Permission").objects
    for permission in permissions.filter(
        content_type__app_label="recommendations", codename__endswith=f"_{old}"
    ):
        action = permission.codename.removesuffix(f"_{old}")
        permission.codename, permission.name = f"{action}_{new}", f"Can {action} {new}"
        permission.save()


def forwards(apps, _):
    rename_permissions(apps, "verdict", "feedback")


def backwards(apps, _):
    rename_permissions(apps, "feedback", "verdict")


class Migration(migrations.Migration):
    """Rename Verdict to Feedback; rows, log entries and permissions stay."""

    dependencies = [
        ("recommendations", "0001_verdicts_and_evaluations"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint("Verdict", "one_verdict"),
        migrations.RenameModel("Verdict", "Feedback"),
        migrations.RenameField("Feedback", "verdict", "kind"),
        migrations.AlterField(
            "Feedback",
            "listener",
            models.ForeignKey(
                on_delete=models.deletion.CASCADE,
                related_name="feedback",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            "Feedback",
            models.UniqueConstraint(fields=["listener", "track_id"], name="one_feedback"),
        ),
        migrations.RunPython(forwards, backwards),
    ]
