"""Items a second that an import takes in, screened and routed, in seconds of the processor, the database's included.

    CX_VAR=/tmp/bench python benchmarks/feedback_import.py ../shared/samples/feedback --items 10000

Texts are those of the sample files, repeated with a number behind them until there are enough.
"""

import argparse
import csv
import itertools
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rows import keep
from benchmarks.running_portal import cpu_here_and_there

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxportal.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from feedback.feedback_import import Plan, import_feedback  # noqa: E402
from feedback.models import Item  # noqa: E402

TEXT_HEADINGS = ("Description", "FFT answer", "feedback", "text")


def texts(folder: Path):
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as opened:
            for row in csv.DictReader(opened):
                text = next((row[heading] for heading in TEXT_HEADINGS if row.get(heading)), "")
                if text.strip():
                    yield text


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder with CSV files of texts")
    parser.add_argument("--items", type=int, default=10_000)
    arguments = parser.parse_args()
    file = Path(os.environ.get("CX_VAR", "var")) / "bench.csv"
    found = list(texts(arguments.folder))
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["id", "text"])
        for number, text in itertools.islice(enumerate(itertools.cycle(found)), arguments.items):
            writer.writerow(
                [f"{time.time_ns()}-{number}", text if number < len(found) else f"{text} ({number})"]
            )
    begun, begun_wall = cpu_here_and_there(connection), time.monotonic()
    _table, outcome = import_feedback(file, plan=Plan(source="bench"))
    seconds, wall = cpu_here_and_there(connection) - begun, time.monotonic() - begun_wall
    file.unlink()
    marked = Item.objects.filter(has_personal_data=True).count()
    keep(
        "feedback, screened and routed: one item",
        size=outcome.new,
        seconds=wall,
        cpu_seconds=seconds,
        operations=outcome.new,
    )
    print(
        f"{connection.vendor}: {outcome.new} items in {seconds:.1f} s of the processor ({wall:.1f} s on the clock):"
        f" {outcome.new / seconds:.0f} a second; {outcome.with_personal_data} with personal data, {marked} in all"
    )


if __name__ == "__main__":
    main()
