from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations
from django.db.models import F, Func, TextField, Value

INDEXES = {"Item": "feedback_by_words", "Publication": "publication_by_words"}


def add(apps, schema_editor):
    """SQLite has no such index: there the texts are read through."""
    if schema_editor.connection.vendor == "postgresql":
        for model, index in _indexes(apps):
            schema_editor.add_index(model, index)


def take_away(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for model, index in _indexes(apps):
            schema_editor.remove_index(model, index)


def _indexes(apps):
    apart = Func(F("folded"), Value("/.:_-@"), Value(" " * 6), function="TRANSLATE", output_field=TextField())
    for name, index in INDEXES.items():
        yield apps.get_model("feedback", name), GinIndex(SearchVector(apart, config="simple"), name=index)


class Migration(migrations.Migration):
    dependencies = [("feedback", "0002_first_retention_rules")]

    operations = [migrations.RunPython(add, take_away)]
