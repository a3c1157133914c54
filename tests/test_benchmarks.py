"""The summary of the benchmarks; that they are quick is another matter."""

from benchmarks import everything, rows

NOT_ALONE = {"everything.py", "rows.py", "running_portal.py", "own_database.py", "smtplib_baseline.py"}


def row(size: int, cpu_us: float | None, **more) -> rows.Row:
    return rows.Row("release: one response", size, 2.5, cpu_us, 120.4, **more)


def test_every_benchmark_is_run_by_make_bench():
    scripts = {path.name for path in (everything.ROOT / "benchmarks").glob("*.py")} - NOT_ALONE
    assert {bench.script for bench in everything.BENCHES} == scripts


def test_every_benchmark_hands_over_its_rows():
    silent = {
        bench.script
        for bench in everything.BENCHES
        if "keep(" not in (everything.ROOT / "benchmarks" / bench.script).read_text()
    }
    assert silent == set()


def test_the_summary_shows_growth_beside_the_smallest_size():
    lines = rows.table([row(1000, 2000), row(10_000, 2200)]).splitlines()[2:]
    assert lines == [
        "| release: one response | 1,000 | 2.5 s | 2.0 ms | 120 MB |  |  |",
        "| release: one response | 10,000 | 2.5 s | 2.2 ms | 120 MB |  | 1.10 at 10 times the size |",
    ]


def test_the_summary_says_what_a_ratio_stands_beside():
    (line,) = rows.table([row(50, None, ratio=0.914, beside="smtplib")]).splitlines()[2:]
    assert line == "| release: one response | 50 | 2.5 s |  | 120 MB | 0.91 (smtplib) |  |"


def test_rows_are_kept_only_where_a_file_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv(rows.FILE, raising=False)
    rows.keep("nothing", size=1, seconds=1)
    monkeypatch.setenv(rows.FILE, str(tmp_path / "rows"))
    rows.keep("a thing", size=10, seconds=2, cpu_seconds=1, operations=4, megabytes=3)
    assert rows.kept(tmp_path / "rows") == [rows.Row("a thing", 10, 2, 250_000.0, 3)]
