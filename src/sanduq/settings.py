"""Settings come from the environment; each has a default that works on one machine."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` holds the embedded server, keys and checkpoints; URLs name a server instead."""

    data: Path
    database_url: str | None
    app_database_url: str | None
    pool_max: int
    log_level: str

    @classmethod
    def from_environment(cls) -> Settings:
        """Reads SANDUQ_DATA, _DATABASE_URL, _APP_DATABASE_URL, _POOL and _LOG."""
        return cls(
            data=Path(os.environ.get("SANDUQ_DATA") or _default_data()).expanduser().resolve(),
            database_url=os.environ.get("SANDUQ_DATABASE_URL") or None,
            app_database_url=os.environ.get("SANDUQ_APP_DATABASE_URL") or None,
            pool_max=int(os.environ.get("SANDUQ_POOL", "16")),
            log_level=os.environ.get("SANDUQ_LOG", "INFO").upper(),
        )


def _default_data() -> str:
    # PostgreSQL never runs as root: its own user must be able to walk to the directory, which
    # root's home does not allow.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return "/var/lib/sanduq"
    # A socket's path has no spaces and is short; macOS's own place for data has neither virtue.
    if sys.platform == "darwin":
        return "~/.sanduq"
    return platformdirs.user_data_dir("sanduq", appauthor=False)
