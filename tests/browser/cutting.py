"""A wire that breaks: what goes through it is bytes, and it is cut in the middle of them."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

CHUNK = 16_384
_AT_ONCE = struct.pack("ii", 1, 0)  # to close without waiting: the other side sees a reset


@dataclass
class Wire:
    """To a server on loopback. A request is known by a part of its first line; `cut` holds the bytes that got through."""

    target: int
    # Uploads are cut after so many bytes, as long as it is set.
    upload_bytes: int = 0
    # Event streams are cut after so many seconds.
    stream_seconds: float = 0.0
    cut: list[bytes] = field(default_factory=list)
    streams: int = 0

    def carry(self, near: socket.socket) -> None:
        far = socket.create_connection(("127.0.0.1", self.target))
        threading.Thread(target=self._back, args=(far, near), daemon=True).start()
        upload: bytes | None = None
        with contextlib.suppress(OSError):
            while data := near.recv(CHUNK):
                first = data.split(b"\r\n", 1)[0]
                if first.startswith(b"POST ") and b"/attachments " in first:
                    upload = b""
                elif first.startswith(b"GET ") and b"/events " in first:
                    self.streams += 1
                    if self.stream_seconds:
                        threading.Thread(target=self._cut_later, args=(near, far), daemon=True).start()
                if upload is not None and self.upload_bytes:
                    upload += data
                    if len(upload) > self.upload_bytes:
                        self.cut.append(upload)
                        break
                far.sendall(data)
        _reset(near, far)

    def _cut_later(self, near: socket.socket, far: socket.socket) -> None:
        time.sleep(self.stream_seconds)
        _reset(near, far)

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(CHUNK):
                near.sendall(data)
        with contextlib.suppress(OSError):
            near.shutdown(socket.SHUT_RDWR)


def _reset(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            end.shutdown(socket.SHUT_RD)
            end.close()


@contextlib.contextmanager
def wire_to(url: str) -> Iterator[tuple[Wire, str]]:
    """The wire to the server at that address, and the address at its near end."""
    wire = Wire(int(url.rsplit(":", 1)[1]))
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                threading.Thread(target=wire.carry, args=(near,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield wire, f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
