"""What lies on the disk, for tests of what must not lie there any more."""

import io

import redis
from django.conf import settings
from django.db import connection


def physical_copy() -> bytes:
    """The files of the database as they lie on the disk."""
    if connection.vendor == "sqlite":
        return connection.connection.serialize()
    files = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 'i', 't')"
            " AND pg_relation_filepath(oid) IS NOT NULL AND oid >= 16384"
        )
        for (name,) in cursor.fetchall():
            cursor.execute("SELECT pg_read_binary_file(%s, 0, 1000000000, true)", [name])
            files.write(cursor.fetchone()[0] or b"")
    return files.getvalue()


def in_redis() -> bytes:
    if not settings.REDIS_URL:
        return b""
    client = redis.Redis.from_url(settings.REDIS_URL)
    return b"".join(client.dump(key) or b"" for key in client.scan_iter())
