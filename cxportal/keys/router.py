"""Keeps the tables of the keys and everything else in two databases."""

ALIAS = "keys"
APP = "keys"


class KeysRouter:
    def db_for_read(self, model, **hints) -> str | None:
        return ALIAS if model._meta.app_label == APP else None

    db_for_write = db_for_read

    def allow_relation(self, first, second, **hints) -> bool | None:
        if APP in {first._meta.app_label, second._meta.app_label}:
            return first._meta.app_label == second._meta.app_label
        return None

    def allow_migrate(self, db: str, app_label: str, **hints) -> bool | None:
        """Tables of keys only there, and nothing else there. Holds also where no such database is set up."""
        if app_label == APP:
            return db == ALIAS
        return False if db == ALIAS else None
