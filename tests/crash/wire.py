"""A wire that can be cut: between a client of PostgreSQL and its server, at a chosen moment."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

SOCKET = ".s.PGSQL.5432"


class Wire:
    """Passes every byte on, until it is asked to keep the answer to one commit to itself."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._is_armed = threading.Event()
        self._was_cut = threading.Event()

    def cut_at_next_commit(self) -> None:
        """The next COMMIT reaches the server; its answer reaches nobody and the wire breaks."""
        self._was_cut.clear()
        self._is_armed.set()

    @property
    def was_cut(self) -> bool:
        return self._was_cut.is_set()

    def carry(self, client: socket.socket, server: socket.socket) -> None:
        """Carries bytes both ways until either end, or this wire, is done."""
        with client, server, suppress(OSError):
            while True:
                for end in select.select([client, server], [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    (server if end is client else client).sendall(data)
                    if end is client and b"COMMIT" in data and self._is_armed.is_set():
                        self._is_armed.clear()
                        assert server.recv(65536)  # committed, and said so
                        self._was_cut.set()
                        return


@contextmanager
def wired(url: str, directory: Path) -> Iterator[Wire]:
    """A wire to the server of `url`, which listens on a Unix socket, with its own socket."""
    parts = conninfo_to_dict(url)
    with socket.socket(socket.AF_UNIX) as listener, ExitStack() as open_ends:
        listener.bind(str(directory / SOCKET))
        listener.listen(32)
        user, password, name = parts["user"], parts["password"], parts["dbname"]
        wire = Wire(f"postgresql://{user}:{password}@/{name}?host={directory}")

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    server = socket.socket(socket.AF_UNIX)
                    server.connect(f"{parts['host']}/{SOCKET}")
                    open_ends.callback(client.close)
                    open_ends.callback(server.close)
                    threading.Thread(target=wire.carry, args=(client, server), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
