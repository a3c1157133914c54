from django.db import migrations

from cxportal.dispatch.models import new_installation


def open_ledger(apps, schema_editor):
    apps.get_model("dispatch", "Ledger").objects.get_or_create(pk=1, defaults={"installation": new_installation()})


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0001_messages_and_their_states")]

    operations = [migrations.RunPython(open_ledger, migrations.RunPython.noop)]
