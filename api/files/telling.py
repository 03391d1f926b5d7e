"""What the customer is told of a file out of which secrets were taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.chat.models import Attachment
from bot.catalog import Catalog


def removed_words(catalog: Catalog, language: str, removed: Mapping[str, int]) -> str:
    """What was removed and how many of each, in the language: "cookies (3), passwords (1)"; "" for nothing."""
    wording = catalog.wording(language)
    return ", ".join(f"{wording.text(f'messages.removed_{kind}')} ({count})" for kind, count in removed.items())


def removal_note(catalog: Catalog, language: str, name: str, removed: Mapping[str, int] | None) -> str:
    """The sentence that tells the customer; "" where nothing was removed."""
    if not removed:
        return ""
    return catalog.wording(language).text(
        "messages.file_cleaned", name=name, removed=removed_words(catalog, language, removed)
    )


def attachment_record(file: Attachment, catalog: Catalog, language: str) -> dict[str, Any]:
    """A file as messages of the chat carry it."""
    removed = dict(file.removed or {})
    return {
        "id": file.id,
        "name": file.name,
        "size": file.size,
        "media_type": file.media_type,
        "removed": removed,
        "note": removal_note(catalog, language, file.name, removed),
    }
