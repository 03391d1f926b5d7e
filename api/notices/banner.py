"""The notices that every page shows at its top, in one language."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.database import utc_now
from api.notices.repository import current_notices
from api.notices.schemas import NoticeOut
from api.notices.shapes import notice_out
from api.services import Services
from bot.moments import moment_text

# Planned work is told so long before it begins.
AHEAD = dt.timedelta(days=1)
# Of more, nobody reads any.
MOST = 3


@dataclass(frozen=True)
class BannerNotice:
    """One notice as a page shows it: `kind` incident or maintenance, `language` that of title and text."""

    kind: str
    title: str
    text: str
    when: str
    latest: str | None
    next: str | None
    language: str


async def banner(copilot: Services, language: str) -> list[BannerNotice]:
    """What is going on, and what is planned for the next day, newest first."""

    def read(session: Session) -> list[BannerNotice]:
        now = utc_now()
        near = [each for each in current_notices(session, now) if each.since <= now + AHEAD]
        return [_shown(copilot, notice_out(each, language, copilot.catalog, now), now) for each in near[:MOST]]

    def _shown(copilot: Services, notice: NoticeOut, now: dt.datetime) -> BannerNotice:
        wording = copilot.catalog.wording(language)

        def moment(at: dt.datetime) -> str:
            return moment_text(copilot.catalog, language, at, now)

        if notice.kind == "maintenance" and notice.until is not None:
            when = wording.text("web.notices.planned", since=moment(notice.since), until=moment(notice.until))
        else:
            key = "monitoring" if notice.state == "monitoring" else "ongoing"
            when = wording.text(f"web.notices.{key}", since=moment(notice.since))
        return BannerNotice(
            kind=notice.kind,
            title=notice.title,
            text=notice.text,
            when=when,
            latest=wording.text("web.notices.latest", text=notice.latest) if notice.latest else None,
            next=wording.text("web.notices.next", when=moment(notice.next_update)) if notice.next_update else None,
            language=notice.language,
        )

    return await copilot.database.reading(read)
