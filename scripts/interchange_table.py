"""The table of docs/interchange.md, made of the sample files: questions in, taken, changed, left out with reasons.

    python scripts/interchange_table.py [FOLDER of samples]

Nothing of the files is copied: the table holds counts and the reasons of the reports.
"""

import os
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from surveys.interchange.formats import ENDINGS, read_form  # noqa: E402
from surveys.interchange.forms import Refused, Report, Verdict, What  # noqa: E402

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
HEAD = [
    "file",
    "questions",
    "with a counterpart",
    "taken",
    "changed",
    "left out",
    "left out because",
    "beside the questions",
]


def main(folder: Path) -> None:
    page = ROOT / "docs" / "interchange.md"
    before, _begin, rest = page.read_text().partition(BEGIN)
    _old, _end, after = rest.partition(END)
    rows, refused, arrived, asked = [], [], 0, 0
    for path in sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS):
        try:
            _form, report = read_form(path.name, path.read_bytes())
        except Refused as error:
            refused.append(f"- `{path.name}`: {error.faults[0]}")
            continue
        counts = report.counts()
        arrived += counts["taken"] + counts["changed"]
        asked += counts["with_counterpart"]
        rows.append(row_of(path.name, report))
    lines = ["", "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD), *rows, ""]
    lines += [
        f"Of {asked} questions whose type has a counterpart {arrived} arrived ({100 * arrived / asked:.1f} %).",
        "",
    ]
    lines += ["Refused, as they are meant to be:", "", *refused, ""]
    page.write_text(before + BEGIN + "\n".join(lines) + END + after)


def row_of(name: str, report: Report) -> str:
    counts = report.counts()
    why = Counter(entry.note.rstrip(".") for entry in report.of(Verdict.DROPPED, What.QUESTION))
    reasons = "; ".join(f"{note} ({count})" for note, count in why.most_common()) or "-"
    beside = f"{counts['rest_changed']} changed, {counts['rest_dropped']} left out"
    numbers = [counts[key] for key in ("questions", "with_counterpart", "taken", "changed", "dropped")]
    return "| " + " | ".join([f"`{name}`", *map(str, numbers), reasons, beside]) + " |"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "samples" / "questionnaires")
