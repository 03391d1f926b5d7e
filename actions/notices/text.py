"""What a customer reads of a service notice: what is known, since when, that a team works on it, when there is news."""

from __future__ import annotations

from datetime import UTC, datetime

from api.client import Notice
from bot.moments import moment_text
from bot.voice import Voice


def notice_text(notice: Notice, voice: Voice, now: datetime | None = None) -> str:
    """The notice in short paragraphs, without the question that follows it (`notice_offer`)."""
    moment = now or datetime.now(UTC)
    planned = notice.kind == "maintenance"

    def at(when: datetime) -> str:
        return moment_text(voice.catalog, voice.language, when, moment)

    known = voice.message("notice_intro_planned" if planned else "notice_intro", title=notice.title.rstrip(" ."))
    stands = [voice.message("notice_planned" if planned else f"notice_{notice.state}", since=at(notice.since))]
    # What was promised and is past by now would only worry.
    if notice.until is not None and notice.until > moment:
        stands.append(voice.message("notice_until", until=at(notice.until)))
    if notice.next_update is not None and notice.next_update > moment:
        stands.append(voice.message("notice_next_update", when=at(notice.next_update)))
    latest = [voice.message("notice_latest", text=notice.latest)] if notice.latest else []
    return "\n\n".join([known, notice.text, *latest, " ".join(stands)])
