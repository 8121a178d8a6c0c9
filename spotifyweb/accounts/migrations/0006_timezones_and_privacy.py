import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Rename the zones of listeners; hand the tables of erasures over to the app privacy."""

    dependencies = [
        ('accounts', '0005_device_start'),
    ]

    operations = [
        migrations.RenameModel('Residence', 'ListenerTimezone'),
        migrations.AlterField(
            model_name='listenertimezone',
            name='listener',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='timezones', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RenameModel('Order', 'ErasureRequest'),
        migrations.RenameModel('Erasure', 'ErasedAccount'),
        migrations.RenameField('erasurerequest', 'cleansed_at', 'first_pass_at'),
        migrations.RenameField('erasurerequest', 'settled_at', 'second_pass_at'),
        migrations.RenameField('erasedaccount', 'order', 'request'),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterModelTable('erasurerequest', 'privacy_erasurerequest'),
                migrations.AlterModelTable('erasedaccount', 'privacy_erasedaccount'),
            ],
            state_operations=[
                migrations.DeleteModel('ErasedAccount'),
                migrations.DeleteModel('ErasureRequest'),
            ],
        ),
    ]
