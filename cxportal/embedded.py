"""What the embedded way keeps under `var/` so that nobody has to configure anything."""

import os
import secrets
from pathlib import Path


def secret_key_kept_in(path: Path) -> str:
    """The installation's own secret key, made at the first start and readable by its owner alone."""
    try:
        return path.read_text()
    except FileNotFoundError:
        key = secrets.token_urlsafe(64)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_text(key)
    try:
        os.link(temporary, path)  # fails if another process was faster: then its key counts
    except FileExistsError:
        return path.read_text()
    finally:
        temporary.unlink()
    return key
