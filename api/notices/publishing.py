"""Publishing a notice, correcting it, telling news of it: checked against the catalog, stored and told in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import Invalid
from api.notices.mail import mail_update
from api.notices.models import NoticeUpdate, ServiceNotice
from api.notices.repository import notice_by_id
from api.notices.schemas import NoticeChange, NoticeIn, UpdateIn
from api.notices.shapes import staff_notices
from api.settings import Settings
from api.webhooks.events import anybody_listens
from api.webhooks.events import tell as tell_webhooks

if TYPE_CHECKING:
    from bot.catalog import Catalog


def publish(session: Session, catalog: Catalog, body: NoticeIn, staff_id: int | None) -> ServiceNotice:
    """A new notice, shown from now on. Raises `Invalid` (``notice_invalid``), its details by field."""
    now = utc_now()
    notice = ServiceNotice(
        kind=body.kind,
        state="open",
        titles=dict(body.title),
        texts=dict(body.text),
        keywords={language: list(words) for language, words in body.keywords.items()},
        categories=body.categories,
        subcategories=body.subcategories,
        topics=body.topics,
        started_at=body.started_at or body.planned_from or now,
        planned_from=body.planned_from,
        planned_until=body.planned_until,
        next_update_at=body.next_update_at,
        created_by=staff_id,
        created_at=now,
        updated_at=now,
        updates=[],
    )
    _check(notice, catalog)
    session.add(notice)
    session.flush()
    _tell_webhooks(session, catalog, "notice.published", notice)
    return notice


def correct(session: Session, catalog: Catalog, notice_id: int, change: NoticeChange) -> ServiceNotice:
    """Replace what the change gives. Raises as `publish`, and `NotFound`."""
    notice = notice_by_id(session, notice_id, lock=True)
    names = {"title": "titles", "text": "texts"}
    for name, value in change.model_dump(exclude_unset=True).items():
        if value is None and name not in ("planned_from", "planned_until", "next_update_at"):
            raise Invalid(f"{name} cannot be emptied: leave it out to keep it", code="notice_invalid")
        setattr(notice, names.get(name, name), value)
    _check(notice, catalog)
    notice.updated_at = utc_now()
    session.flush()
    _tell_webhooks(session, catalog, "notice.corrected", notice)
    return notice


def tell(
    session: Session, catalog: Catalog, settings: Settings, notice_id: int, body: UpdateIn, staff_id: int | None
) -> NoticeUpdate:
    """News of a notice: stored, and mailed to its subscribers. The same news again is the update that was there.

    Raises `NotFound`, and `Invalid`: ``notice_over`` for a resolved notice, ``notice_invalid`` for a text that lacks.
    """
    notice = notice_by_id(session, notice_id, lock=True)
    state = body.state or notice.state
    newest = notice.updates[-1] if notice.updates else None
    if newest is not None and (newest.texts, newest.state) == (body.text, state):
        # A second click, or a request that was sent again: nobody gets a second mail.
        return newest
    if notice.state == "resolved":
        raise Invalid(f"Notice {notice_id} is resolved: publish a new one if it is back.", code="notice_over")
    _refuse(_text_problems({"text": body.text}, catalog))
    now = utc_now()
    update = NoticeUpdate(notice_id=notice.id, state=state, texts=dict(body.text), staff_id=staff_id, at=now)
    notice.updates.append(update)
    notice.state, notice.updated_at = state, now
    # A promise is kept by this update, or renewed with it.
    notice.next_update_at = None if state == "resolved" else body.next_update_at
    notice.resolved_at = now if state == "resolved" else None
    session.flush()
    mail_update(session, catalog, settings, notice, update)
    event = "notice.resolved" if state == "resolved" else "notice.updated"
    _tell_webhooks(session, catalog, event, notice, update_id=update.id)
    return update


def _tell_webhooks(session: Session, catalog: Catalog, event: str, notice: ServiceNotice, **more: Any) -> None:
    if anybody_listens(session):
        [shown] = staff_notices(session, [notice], catalog)
        tell_webhooks(session, event, {"notice": shown.model_dump(mode="json"), **more})


def _check(notice: ServiceNotice, catalog: Catalog) -> None:
    problems = _text_problems({"title": notice.titles, "text": notice.texts}, catalog)
    problems |= _unknown("keywords", notice.keywords, catalog.languages)
    categories = {each.id: each.subcategories for each in catalog.categories}
    problems |= _unknown("categories", notice.categories, categories)
    within = [categories[each] for each in notice.categories if each in categories] or list(categories.values())
    problems |= _unknown("subcategories", notice.subcategories, dict.fromkeys(id_ for ids in within for id_ in ids))
    problems |= _unknown("topics", notice.topics, [each.id for each in catalog.topics])
    if set(notice.titles) != set(notice.texts):
        problems["title"] = "title and text need the same languages"
    start, end = notice.planned_from, notice.planned_until
    if notice.kind == "maintenance" and (start is None or end is None):
        problems["planned_from"] = "planned work needs planned_from and planned_until"
    elif start is not None and end is not None and end <= start:
        problems["planned_until"] = "it has to be after planned_from"
    _refuse(problems)


def _text_problems(texts: Mapping[str, Mapping[str, str]], catalog: Catalog) -> dict[str, str]:
    problems: dict[str, str] = {}
    for field, by_language in texts.items():
        problems |= _unknown(field, by_language, catalog.languages)
        if not by_language:
            problems[field] = f"write it in one language at least, best in {catalog.default_language}"
    return problems


def _unknown(field: str, given: Iterable[Any], known: Iterable[str]) -> dict[str, str]:
    allowed = list(known)
    wrong = [str(each) for each in given if each not in allowed]
    return {field: f"there is no {', '.join(wrong)}; use one of: {', '.join(allowed)}"} if wrong else {}


def _refuse(problems: Mapping[str, str]) -> None:
    if problems:
        told = "; ".join(f"{field}: {problem}" for field, problem in problems.items())
        raise Invalid(f"The notice cannot be published like this. {told}", code="notice_invalid", details=problems)
