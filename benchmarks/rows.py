"""What the benchmarks have in common: each hands its figures over as rows, besides what it prints for people."""

import json
import os
import resource
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "CX_BENCH_ROWS"
"""Environment variable: the file that rows are added to; without it nothing is kept."""


@dataclass(frozen=True)
class Row:
    what: str
    size: int
    """Of what is there already, or comes: rows, messages, answers."""
    seconds: float
    """By the clock, of the whole or of one page."""
    cpu_us: float | None
    """Microseconds of the processor for one operation, of every process that takes part."""
    megabytes: float
    """The most that this process has held so far."""
    ratio: float | None = None
    """To the raw limit beside it; what that is, `beside` says."""
    beside: str = ""


def keep(
    what: str,
    *,
    size: int,
    seconds: float,
    cpu_seconds: float | None = None,
    operations: int = 1,
    ratio: float | None = None,
    beside: str = "",
    megabytes: float | None = None,
) -> None:
    if FILE not in os.environ:
        return
    cpu_us = None if cpu_seconds is None else 1e6 * cpu_seconds / operations
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 if megabytes is None else megabytes
    row = Row(what, size, seconds, cpu_us, most, ratio, beside)
    with Path(os.environ[FILE]).open("a", encoding="utf-8") as opened:
        opened.write(json.dumps(asdict(row)) + "\n")


def kept(file: Path) -> list[Row]:
    return [Row(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def table(rows: Iterable[Row]) -> str:
    """Markdown; growth is what one operation costs at the largest size beside the smallest, measured in one run."""
    rows = list(rows)
    lines = [
        "| what | size | time | CPU for one | memory | beside the raw limit | growth of CPU for one |",
        "|---|--:|--:|--:|--:|---|---|",
    ]
    lines += [_line(row, _growth(row, rows)) for row in rows]
    return "\n".join(lines)


def _growth(row: Row, rows: list[Row]) -> str:
    same = [one for one in rows if one.what == row.what and one.cpu_us]
    first = min(same, key=lambda one: one.size, default=row)
    if not row.cpu_us or not first.cpu_us or row.size == first.size:
        return ""
    return f"{row.cpu_us / first.cpu_us:.2f} at {row.size / first.size:.0f} times the size"


def _line(row: Row, growth: str) -> str:
    cpu = "" if row.cpu_us is None else _time(row.cpu_us / 1e6)
    ratio = "" if row.ratio is None else f"{row.ratio:.2f} ({row.beside})"
    return (
        f"| {row.what} | {row.size:,} | {_time(row.seconds)} | {cpu} | {row.megabytes:.0f} MB |"
        f" {ratio} | {growth} |"
    )


def _time(seconds: float) -> str:
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.1f} {unit}"
    return f"{seconds * 1e6:.0f} µs"
