"""A notice in one language for customers, and in all for staff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy.orm import Session

from api.notices import repository
from api.notices.models import NoticeUpdate, ServiceNotice
from api.notices.schemas import Kind, NoticeOut, StaffNoticeOut, StaffUpdateOut, State, UpdateOut

if TYPE_CHECKING:
    from bot.catalog import Catalog


@dataclass(frozen=True)
class Written:
    """A text, and the language that it is in."""

    text: str
    language: str


def written(texts: Mapping[str, str], language: str, catalog: Catalog) -> Written:
    """The text in the language, else in the deployment's default, else in any that there is."""
    for each in (language, catalog.default_language, *sorted(texts)):
        if texts.get(each):
            return Written(texts[each], each)
    raise ValueError("a notice without a text was stored")


def missing_languages(notice: ServiceNotice, catalog: Catalog) -> dict[str, str]:
    """The languages in which title or text is not written, and the language of what their readers get."""
    return {
        language: written(notice.texts, language, catalog).language
        for language in catalog.languages
        if not (notice.texts.get(language) and notice.titles.get(language))
    }


def notice_out(notice: ServiceNotice, language: str, catalog: Catalog, now: dt.datetime) -> NoticeOut:
    # Title and text in one language: half a translation reads worse than none.
    whole = {each: text for each, text in notice.texts.items() if each in notice.titles} or notice.texts
    text = written(whole, language, catalog)
    title = written(notice.titles, text.language, catalog)
    updates = [update_out(each, language, catalog) for each in notice.updates]
    return NoticeOut(
        id=notice.id,
        kind=cast("Kind", notice.kind),
        state=cast("State", notice.state),
        title=title.text,
        text=text.text,
        language=text.language,
        latest=updates[-1].text if updates else None,
        since=notice.since,
        until=notice.planned_until,
        next_update=notice.next_update_at,
        updated_at=notice.updated_at,
        resolved_at=notice.resolved_at,
        running=notice.is_running(now),
        categories=notice.categories,
        subcategories=notice.subcategories,
        topics=notice.topics,
        updates=updates,
    )


def update_out(update: NoticeUpdate, language: str, catalog: Catalog) -> UpdateOut:
    text = written(update.texts, language, catalog)
    return UpdateOut(
        id=update.id, state=cast("State", update.state), text=text.text, language=text.language, at=update.at
    )


def staff_notices(session: Session, notices: list[ServiceNotice], catalog: Catalog) -> list[StaffNoticeOut]:
    """For staff, in the order given."""
    counts = repository.subscriber_counts(session, [each.id for each in notices])
    people = repository.authors(session, notices)
    return [
        StaffNoticeOut(
            id=each.id,
            kind=cast("Kind", each.kind),
            state=cast("State", each.state),
            title=each.titles,
            text=each.texts,
            keywords=each.keywords,
            categories=each.categories,
            subcategories=each.subcategories,
            topics=each.topics,
            started_at=each.started_at,
            planned_from=each.planned_from,
            planned_until=each.planned_until,
            next_update_at=each.next_update_at,
            created_at=each.created_at,
            updated_at=each.updated_at,
            resolved_at=each.resolved_at,
            created_by=people.get(each.created_by or 0),
            subscribers=counts.get(each.id, 0),
            missing=missing_languages(each, catalog),
            updates=[
                StaffUpdateOut(
                    id=update.id,
                    state=cast("State", update.state),
                    text=update.texts,
                    at=update.at,
                    author=people.get(update.staff_id or 0),
                )
                for update in each.updates
            ],
        )
        for each in notices
    ]
