from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0002_first_ledger"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="lapses",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="lost by workers"),
        ),
    ]
