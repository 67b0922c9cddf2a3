"""The embedded server against killed processes, strangers on the machine and bad directories."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from sanduq.kit.embedded import EmbeddedServer, EmbeddedServerError, start_embedded

HOLD = """
import sys, time, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from sanduq.kit.embedded import start_embedded
server = start_embedded(Path(sys.argv[1]))
print(server.server.get_pid(), server.owner_url, flush=True)
sys.stdin.readline()
server.stop()
"""


@contextmanager
def directory(suffix: str) -> Iterator[Path]:
    """A data directory of its own; root's must lie where PostgreSQL's user can walk to."""
    above = Path("/var/lib" if os.geteuid() == 0 else Path.home() / ".cache")
    data = above / f"sanduq-crash-{os.getpid()}{suffix}"
    try:
        yield data
    finally:
        kill_server(data)
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with directory("") as made:
        yield made


@pytest.fixture
def server(data: Path) -> Iterator[EmbeddedServer]:
    found = start_embedded(data)
    try:
        yield found
    finally:
        found.stop()


def postmaster_pid(data: Path) -> int | None:
    """The server's process, if one runs on this directory."""
    file = data / "postgres" / "postmaster.pid"
    try:
        pid = int(file.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError):
        return None
    return pid if psutil.pid_exists(pid) else None


def kill_server(data: Path) -> None:
    pid = postmaster_pid(data)
    if pid is not None and psutil.Process(pid).name().startswith("postgres"):
        os.kill(pid, signal.SIGKILL)
        gone(pid)


def gone(pid: int, within_s: float = 10) -> None:
    until = time.monotonic() + within_s
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until, f"process {pid} is still there"
        time.sleep(0.02)


@contextmanager
def holder(data: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that starts the server of `data` and holds it until told to stop."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def told(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The server's process and the owner's URL, as a holder says them."""
    assert process.stdout is not None
    assert process.stderr is not None
    words = process.stdout.readline().split()
    assert words, process.stderr.read()
    return int(words[0]), words[1]


def release(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=30)


def test_a_killed_server_comes_back_with_everything_that_was_committed(
    data: Path, server: EmbeddedServer
) -> None:
    with psycopg.connect(server.owner_url) as connection:
        connection.execute("drop table if exists kept")
        connection.execute("create table kept (number integer)")
        connection.execute("insert into kept select generate_series(1, 1000)")
    with psycopg.connect(server.owner_url) as connection:
        connection.execute("insert into kept values (0)")  # never committed
        pid = postmaster_pid(data)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        gone(pid)
        again = start_embedded(data)
        assert postmaster_pid(data) not in (None, pid)
        connection.close()
    with psycopg.connect(again.owner_url) as connection:
        row = connection.execute("select count(*), sum(number) from kept").fetchone()
    assert row == (1000, 500500)


def test_a_killed_application_leaves_a_server_that_the_next_one_joins_and_can_stop(
    data: Path,
) -> None:
    with holder(data) as first:
        pid, url = told(first)
        with psycopg.connect(url) as connection:
            connection.execute("drop table if exists joined")
            connection.execute("create table joined as select 7 as number")
        os.kill(first.pid, signal.SIGKILL)
        gone(first.pid)
    assert postmaster_pid(data) == pid
    with holder(data) as second:
        joined, url = told(second)
        assert joined == pid
        with psycopg.connect(url) as connection:
            assert connection.execute("select number from joined").fetchone() == (7,)
        release(second)
    gone(pid)
    assert postmaster_pid(data) is None


def test_a_process_number_given_again_is_not_taken_for_the_server(data: Path) -> None:
    """After a power cut the file names a process that may be anything by now."""
    file = data / "postgres" / "postmaster.pid"
    with holder(data) as first:
        told(first)
        left = file.read_text()
        kill_server(data)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        try:
            file.write_text(f"{stranger.pid}\n{left.partition(chr(10))[2]}")
            with holder(data) as second:
                pid, url = told(second)
                assert pid != stranger.pid
                with psycopg.connect(url) as connection:
                    assert connection.execute("select 1").fetchone() == (1,)
                release(second)
            assert stranger.poll() is None, "the stranger was stopped in the server's stead"
        finally:
            stranger.kill()


def test_processes_that_start_together_share_one_server_and_the_last_one_stops_it() -> None:
    with directory("-shared") as data, holder(data) as one, holder(data) as two:
        first, second = told(one), told(two)
        assert first == second
        release(one)
        with psycopg.connect(second[1]) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        release(two)
        gone(first[0])


@pytest.mark.parametrize("user", ["nobody", None], ids=["a stranger", "oneself"])
def test_nobody_connects_without_the_password(
    data: Path, server: EmbeddedServer, user: str | None
) -> None:
    if user is not None and os.geteuid() != 0:
        pytest.skip("only root can act as another user of this machine")
    command = [
        str(server.binaries / "psql"), "--no-password", "--no-psqlrc", "--username", "postgres",
        "--host", str(server.server.get_postmaster_info().socket_dir), "--dbname", "sanduq",
        "--command", "select 1",
    ]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    ran = subprocess.run(
        command, user=user, env=environment, cwd="/", capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    # A stranger does not even reach the socket, where the system's user keeps it to itself.
    assert "no password supplied" in ran.stderr or "Permission denied" in ran.stderr
    guessed = {**environment, "PGPASSWORD": "postgres"}
    ran = subprocess.run(
        command, user=user, env=guessed, cwd="/", capture_output=True, text=True, check=False
    )
    assert "password authentication failed" in ran.stderr or "Permission denied" in ran.stderr


def test_only_the_owner_reads_the_password_and_the_books(
    data: Path, server: EmbeddedServer
) -> None:
    assert (data / "database-password").stat().st_mode & 0o077 == 0
    assert (data / "postgres").stat().st_mode & 0o077 == 0
    if os.geteuid() != 0:
        pytest.skip("only root can act as another user of this machine")
    for path in (data / "database-password", data / "postgres" / "pg_hba.conf"):
        ran = subprocess.run(["cat", str(path)], user="nobody", capture_output=True, check=False)
        assert ran.returncode != 0
        assert ran.stdout == b""


def test_a_directory_that_cannot_be_used_is_named_with_what_to_do(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a directory")
    with pytest.raises(EmbeddedServerError, match=r"cannot use the data directory .*SANDUQ_DATA"):
        start_embedded(in_the_way / "data")
    with pytest.raises(EmbeddedServerError, match="cannot use the data directory"):
        start_embedded(in_the_way)


@pytest.mark.parametrize("name", ["two words", "a;b", "$(id)", "`id`", "it's"])
def test_a_directory_a_shell_would_misread_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(EmbeddedServerError, match=r"takes no path with spaces.*SANDUQ_DATA"):
        start_embedded(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_directory_of_another_user_is_named_with_what_to_do(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        with pytest.raises(EmbeddedServerError, match="cannot use the data directory"):
            start_embedded(tmp_path / "data")
        return
    script = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "from pathlib import Path\n"
        "from sanduq.kit.embedded import EmbeddedServerError, start_embedded\n"
        "import os, pwd; os.setgroups([]); os.setuid(pwd.getpwnam('nobody').pw_uid)\n"
        "try: start_embedded(Path('/var/lib/sanduq-of-root'))\n"
        "except EmbeddedServerError as error: print(error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd="/", capture_output=True, text=True, check=False
    )
    assert "cannot use the data directory" in ran.stdout, ran.stderr
    assert "SANDUQ_DATA" in ran.stdout
