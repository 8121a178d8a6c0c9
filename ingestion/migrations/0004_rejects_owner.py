from django.db import migrations, models

from spotifyweb.lake import suppression


def name_owners(apps, _schema):
    """Whose a record was is read from what it says, once; from now on it is written down."""
    Reject = apps.get_model("ingestion", "Reject")
    for reject in Reject.objects.filter(user_id="").iterator():
        named = suppression.parse_raw_fields(reject.raw_start.encode()).get("user_id", "")[:100]
        Reject.objects.filter(pk=reject.pk).update(user_id=named)


class Migration(migrations.Migration):

    dependencies = [
        ('ingestion', '0003_cursor_page'),
    ]

    operations = [
        migrations.AddField(
            model_name='reject',
            name='user_id',
            field=models.CharField(blank=True, db_index=True, max_length=100),
        ),
        migrations.RunPython(name_owners, migrations.RunPython.noop),
    ]
