from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Rename three models to the field's words; rows stay."""

    dependencies = [
        ("dashboards", "0003_correction"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameModel("Share", "ShareLink"),
        migrations.RenameModel("Rule", "ExclusionRule"),
        migrations.RenameModel("Housemate", "HouseholdMember"),
        migrations.AlterField(
            "HouseholdMember",
            "listener",
            models.OneToOneField(
                on_delete=models.deletion.CASCADE,
                related_name="household_membership",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
