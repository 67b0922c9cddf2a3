"""Pictures of a simulation. Before the drawing library is read, it is told where it may write.

It keeps a list of the fonts of the machine, and would make folders in the home of whoever runs
this. It gets one of its own beside the temporary files, unless MPLCONFIGDIR names another. Where
somebody else put a folder of that name, each process gets a new one.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def _own_folder() -> Path:
    user = os.geteuid() if hasattr(os, "geteuid") else os.environ.get("USERNAME", "")
    folder = Path(tempfile.gettempdir()) / f"sanduq-pictures-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        is_own = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
        if is_own and not folder.is_symlink():
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="sanduq-pictures-"))


if "MPLCONFIGDIR" not in os.environ:
    os.environ["MPLCONFIGDIR"] = str(_own_folder())
