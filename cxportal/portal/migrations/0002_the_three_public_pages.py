from django.db import migrations


def add(apps, schema_editor):
    PublicPage = apps.get_model("portal", "PublicPage")
    for key in ["privacy", "accessibility", "contact"]:
        PublicPage.objects.create(key=key)


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_public_pages")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
