from django.db import migrations

# days the text is kept, days contact data is kept after the outcome
FIRST = {
    "story": (1825, 180),
    "complaint": (1825, 365),
    "survey_comment": (1095, 0),
    "observation": (1095, 0),
}
OTHERS = (1095, 180)
KINDS = [
    *("story", "remark", "tip", "technical_failure", "complaint", "praise", "other"),
    *("observation", "interview", "survey_comment"),
]


def add(apps, schema_editor):
    rule = apps.get_model("feedback", "RetentionRule")
    for kind in KINDS:
        days, contact_days = FIRST.get(kind, OTHERS)
        rule.objects.get_or_create(kind=kind, defaults={"days": days, "contact_days": contact_days})


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_voices_and_what_becomes_of_them")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
