from django.db import migrations, models

import panels.models.register


def add(apps, schema_editor):
    """One statement on both databases: SQLite need not write the whole register anew."""
    schema_editor.execute(
        "ALTER TABLE panels_member ADD COLUMN further_languages varchar(60) DEFAULT '' NOT NULL"
    )


def take_away(apps, schema_editor):
    schema_editor.execute("ALTER TABLE panels_member DROP COLUMN further_languages")


class Migration(migrations.Migration):
    dependencies = [
        ("panels", "0004_files_on_their_way"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add, take_away)],
            state_operations=[
                migrations.AddField(
                    model_name="member",
                    name="further_languages",
                    field=models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Codes in the order of liking, with commas. Used where a survey is not in the first one.",
                        max_length=60,
                        validators=[panels.models.register.validate_languages],
                        verbose_name="further languages",
                    ),
                ),
            ],
        ),
    ]
