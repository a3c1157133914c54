from django.db import migrations

STAGES = [
    ("before", "Before applying", "Ennen hakemista", "Före ansökan"),
    ("applying", "Applying", "Hakeminen", "Ansökan"),
    ("waiting", "Waiting", "Odottaminen", "Väntan"),
    ("decision", "Decision", "Päätös", "Beslut"),
    ("after", "After the decision", "Päätöksen jälkeen", "Efter beslutet"),
]


def add(apps, schema_editor):
    Stage = apps.get_model("organisation", "Stage")
    for position, (code, en, fi, sv) in enumerate(STAGES):
        Stage.objects.create(code=code, position=position, name=en, name_en=en, name_fi=fi, name_sv=sv)
    Language = apps.get_model("organisation", "Language")
    for position, code in enumerate(["en", "fi", "sv"]):
        Language.objects.create(code=code, position=position, is_offered=True)


class Migration(migrations.Migration):
    dependencies = [("organisation", "0001_units_services_topics_people")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
