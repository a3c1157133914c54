"""Wave and panel keys, kept apart from the database and its backups."""
