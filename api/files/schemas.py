"""What clients get back about files, in Zendesk's shapes."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ThumbnailOut(BaseModel):
    id: str
    file_name: str
    content_url: str
    content_type: str
    width: int
    height: int


class AttachmentBody(BaseModel):
    """A file; its bytes are at `content_url`, for those who may read the ticket."""

    id: str
    url: str
    file_name: str
    content_url: str
    mapped_content_url: str
    content_type: str
    size: int
    width: int | None
    height: int | None
    inline: bool
    deleted: bool
    thumbnails: list[ThumbnailOut]
    removed: dict[str, int] = Field(
        description="Ours: secrets that were taken out before it was stored, kind -> how many.",
        examples=[{"cookies": 3, "authorization": 1}],
    )


class AttachmentEnvelope(BaseModel):
    attachment: AttachmentBody


class UploadBody(BaseModel):
    token: str = Field(description="To name in `comment.uploads`, once, or to add another file to.")
    expires_at: str
    attachment: AttachmentBody = Field(description="The file that was just sent.")
    attachments: list[AttachmentBody] = Field(description="Every file of this token.")


class UploadEnvelope(BaseModel):
    upload: UploadBody
