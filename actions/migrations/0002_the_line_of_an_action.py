from django.db import migrations

# code, progress, is_first, is_done, ends_here, needs_reason, and its name in English, Finnish and Swedish
LINE = [
    ("proposed", 0, True, False, False, "", "Proposed", "Ehdotettu", "Föreslagen"),
    ("assessed", 10, False, False, False, "", "Assessed", "Arvioitu", "Bedömd"),
    ("decided", 20, False, False, False, "", "Decided", "Päätetty", "Beslutad"),
    ("under_way", 50, False, False, False, "", "Under way", "Käynnissä", "Pågår"),
    ("done", 100, False, True, False, "", "Done", "Tehty", "Klar"),
    ("verified", 100, False, True, True, "", "Verified", "Vaikutus tarkistettu", "Effekten granskad"),
    ("declined", 0, False, False, True, "public", "Declined", "Ei toteuteta", "Avslagen"),
    ("dropped", 0, False, False, True, "internal", "Dropped", "Keskeytetty", "Avbruten"),
]
BOTH = ("cx_team", "manager")
ALL = ("cx_team", "manager", "owner")
MOVES = [
    ("proposed", "assessed", BOTH),
    ("proposed", "declined", BOTH),
    ("assessed", "proposed", BOTH),
    ("assessed", "decided", BOTH),
    ("assessed", "declined", BOTH),
    ("decided", "assessed", BOTH),
    ("decided", "under_way", ALL),
    ("decided", "dropped", BOTH),
    ("under_way", "decided", BOTH),
    ("under_way", "done", ALL),
    ("under_way", "dropped", BOTH),
    ("done", "under_way", ALL),
    ("done", "verified", BOTH),
    ("verified", "under_way", ("cx_team",)),
    ("declined", "proposed", ("cx_team",)),
    ("dropped", "proposed", ("cx_team",)),
]


def add(apps, schema_editor):
    Status = apps.get_model("actions", "Status")
    Move = apps.get_model("actions", "Move")
    line = {}
    for position, (code, progress, first, done, ends, reason, en, fi, sv) in enumerate(LINE):
        line[code] = Status.objects.create(
            code=code,
            position=position,
            default_progress=progress,
            is_first=first,
            is_done=done,
            ends_here=ends,
            needs_reason=reason,
            name=en,
            name_en=en,
            name_fi=fi,
            name_sv=sv,
        )
    for before, after, people in MOVES:
        for who in people:
            Move.objects.create(before=line[before], after=line[after], who=who)


class Migration(migrations.Migration):
    dependencies = [("actions", "0001_actions_evidence_and_their_line")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
