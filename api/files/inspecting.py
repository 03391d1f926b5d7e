"""What a received file is, and the form in which it may be stored. Everything that reads its bytes is called from here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from api.files.kinds import KINDS, Family, accepted
from api.files.refusing import Unacceptable, not_what_it_says


@dataclass(frozen=True)
class Finding:
    """What a file is. `rewritten`: what is to be stored was written anew; `thumbnail`: a small picture was, too."""

    media_type: str
    rewritten: bool = False
    thumbnail: bool = False
    width: int | None = None
    height: int | None = None
    removed: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return dataclasses.asdict(self)


def inspect(source: Path, extension: str, out: Path, thumbnail: Path) -> Finding:
    """Check a file against its extension, and write what may be stored of it to `out` where that is something else.

    Raises `Unacceptable`.
    """
    kind = KINDS.get(extension)
    if kind is None:
        raise Unacceptable(
            "attachment_type", f"files of the kind {extension or '(none)'} are not taken", accepted=accepted()
        )
    with source.open("rb") as file:
        head = file.read(64)
    if not head:
        raise Unacceptable("attachment_empty", "the file is empty")
    if kind.mark and not head[kind.offset :].startswith(kind.mark):
        raise not_what_it_says(f"its first bytes are not those of a {extension} file")
    # Imported where they are needed: the pictures' library alone takes a tenth of a second.
    match kind.family:
        case Family.IMAGE:
            from api.files import images

            size = images.remake(source, kind.media_type, out, thumbnail)
            return Finding(kind.media_type, rewritten=True, thumbnail=True, width=size.width, height=size.height)
        case Family.PDF:
            from api.files import documents

            documents.check_pdf(source)
            return Finding(kind.media_type)
        case Family.OFFICE:
            from api.files import documents

            documents.check_office(source, extension)
            return Finding(kind.media_type)
        case Family.ISO_VIDEO:
            from api.files import videos

            return Finding(videos.check_iso_video(source))
        case Family.WEBM:
            from api.files import videos

            return Finding(videos.check_webm(source))
        case Family.JSON | Family.TEXT | Family.TABLE:
            from api.files import texts

            if kind.family is Family.JSON:
                cleaned = texts.clean_json(source, out)
            else:
                # A table's columns are the customer's own data, and what they came to show.
                cleaned = texts.clean_log(source, out, scrub=kind.family is Family.TEXT)
            return Finding(kind.media_type, rewritten=cleaned.rewritten, removed=cleaned.removed)
