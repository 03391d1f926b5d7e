"""A file in Zendesk's shape."""

from __future__ import annotations

from typing import Any

from api.chat.models import Attachment
from api.files.kinds import THUMBNAIL_SIDE
from api.settings import Settings


def attachment_shape(file: Attachment, settings: Settings) -> dict[str, Any]:
    """A file of a ticket; its bytes are at `content_url`, for those who may read it. Only pictures have thumbnails."""
    address = f"{settings.public_url}/api/v2/attachments/{file.id}"
    return {
        "id": file.id,
        "url": f"{address}.json",
        "file_name": file.name,
        "content_url": f"{address}/content",
        "mapped_content_url": f"{address}/content",
        "content_type": file.media_type,
        "size": file.size,
        "width": file.width,
        "height": file.height,
        "inline": False,
        "deleted": False,
        "thumbnails": _thumbnails(file, address),
        # Ours: what was taken out of it before it was stored.
        "removed": dict(file.removed or {}),
    }


def _thumbnails(file: Attachment, address: str) -> list[dict[str, Any]]:
    if not file.thumbnail or not file.width or not file.height:
        return []
    scale = min(1.0, THUMBNAIL_SIDE / max(file.width, file.height))
    return [
        {
            "id": f"{file.id}-thumbnail",
            "file_name": f"{file.name}.webp",
            "content_url": f"{address}/thumbnail",
            "content_type": "image/webp",
            "width": max(1, round(file.width * scale)),
            "height": max(1, round(file.height * scale)),
        }
    ]
