"""Giving files to the endpoints, and looking at what became of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from api.chat.models import Attachment
from api.files.models import Upload
from tests.support.rest import Rest, Talk, ok

TEXT = b"12:04:51 the request was refused\n"


def upload(files: Rest, headers: dict[str, str], content: bytes = TEXT, name: str = "a.log", **params: str) -> Any:
    return files.http.post(
        "/api/v2/uploads.json", content=content, params={"filename": name, **params}, headers=headers
    )


def stored(files: Rest) -> list[str]:
    """What lies in the folder."""
    return sorted(path.name for path in (files.settings.var / "attachments").iterdir())


def count(files: Rest, table: type[Attachment] | type[Upload]) -> int:
    with files.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def opened(files: Rest, headers: dict[str, str], *tokens: str) -> int:
    body = {"ticket": {"subject": "No carga", "comment": {"body": "Va el registro", "uploads": list(tokens)}}}
    number: int = ok(files.http.post("/api/v2/tickets", json=body, headers=headers), 201)["ticket"]["id"]
    return number


def shown(files: Rest, number: int, headers: dict[str, str]) -> list[list[str]]:
    """The file names of each comment of a ticket."""
    comments = ok(files.http.get(f"/api/v2/tickets/{number}/comments", headers=headers))["comments"]
    return [[file["file_name"] for file in each["attachments"]] for each in comments]


def give(files: Rest, talk: Talk, content: bytes, name: str = "a.log", language: str = "es", **more: Any) -> Any:
    return files.http.post(
        f"/chat/conversations/{talk.id}/attachments",
        files={"file": (name, content)},
        headers={**talk.headers, "Accept-Language": language, **more.pop("headers", {})},
        **more,
    )
