"""The endpoints behind a real socket, for clients that bring their own HTTP."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import uvicorn

from api.database import Database
from tests.support.rest import Rest, rest_of


@contextlib.contextmanager
def served(database: Database, **options: Any) -> Iterator[Rest]:
    """The endpoints of `rest_of`, on a free port; `settings.public_url` says where."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        rest = rest_of(database, public_url=f"http://127.0.0.1:{listener.getsockname()[1]}", **options)
        # Without its lifespan: the services are there already.
        server = uvicorn.Server(uvicorn.Config(rest.app, lifespan="off", log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            until = time.monotonic() + 30
            while not server.started and time.monotonic() < until:
                time.sleep(0.01)
            yield rest
        finally:
            server.should_exit = True
            thread.join(30)
            rest.http.close()
