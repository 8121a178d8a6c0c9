from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_days'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='device_started_at',
            field=models.DateTimeField(null=True),
        ),
    ]
