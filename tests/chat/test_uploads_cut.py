"""An upload that is cut half-way leaves nothing behind, and is sent again as if it had never been tried."""

from __future__ import annotations

import socket
import time

from tests.chat.conftest import Chat, until


def test_an_upload_that_is_cut_half_way_is_sent_again_without_a_second_copy(chat: Chat) -> None:
    path, headers, _ = chat.open()
    folder = chat.settings.var / "attachments"
    before = set(folder.iterdir()) if folder.exists() else set()
    content = b"12:04:51 the request was refused\n" * 30_000
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.log"\r\n\r\n' + content + b"\r\n--b--\r\n"
    head = (
        f"POST {path}/attachments HTTP/1.1\r\nHost: {chat.settings.host}\r\nAuthorization: {headers['Authorization']}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((chat.settings.host, chat.settings.port)) as line:
        line.sendall(head.encode() + body[: len(body) // 2])
        time.sleep(0.2)
    until(lambda: not folder.exists() or set(folder.iterdir()) == before)
    first, again = (
        chat.http.post(f"{path}/attachments", files={"file": ("a.log", content)}, headers=headers).json()
        for _ in range(2)
    )
    assert again == first, "its answer was lost on the way, and the page sent it once more"
    assert [each.name for each in set(folder.iterdir()) - before] == [first["id"]]
