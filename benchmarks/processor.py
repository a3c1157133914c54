"""Time of the processor: that of this process, and of the database's process that serves it where it runs on this machine."""

import os
import time
from pathlib import Path

from django.db import connection


def cpu_seconds() -> float:
    return time.process_time() + _of_database()


def _of_database() -> float:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        process = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not process.exists():
        return 0
    fields = process.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
