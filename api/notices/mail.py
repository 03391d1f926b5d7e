"""What subscribers are told by mail: each update once, in the transaction that publishes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from api.database import utc_now
from api.notices.models import NoticeSubscription, NoticeUpdate, ServiceNotice
from api.notices.repository import subscribers
from api.notices.shapes import written
from api.notices.subscriptions import unsubscribe_address
from api.notifications.mail import MailDraft, enqueue_mail
from api.settings import Settings
from bot.moments import moment_text

if TYPE_CHECKING:
    from bot.catalog import Catalog


def mail_update(
    session: Session, catalog: Catalog, settings: Settings, notice: ServiceNotice, update: NoticeUpdate
) -> int:
    """Queue the update for every subscriber. Returns how many mails that made."""
    return sum(
        enqueue_mail(session, catalog, _draft(catalog, settings, notice, update, each)) is not None
        for each in subscribers(session, notice.id)
    )


def _draft(
    catalog: Catalog,
    settings: Settings,
    notice: ServiceNotice,
    update: NoticeUpdate,
    subscription: NoticeSubscription,
) -> MailDraft:
    language = subscription.language if subscription.language in catalog.languages else catalog.default_language
    wording = catalog.wording(language)
    news = written(update.texts, language, catalog)
    body = [news.text]
    if news.language != language:
        body.append(wording.text("mail.notice_update.other_language"))
    if notice.next_update_at is not None:
        when = moment_text(catalog, language, notice.next_update_at, utc_now())
        body.append(wording.text("messages.notice_next_update", when=when))
    stop = unsubscribe_address(settings, subscription)
    host = settings.mail.sender.rpartition("@")[2].strip("> ") or "localhost"
    thread = f"<notice-{notice.id}@{host}>"
    return MailDraft(
        to=subscription.email,
        template="notice_resolved" if update.state == "resolved" else "notice_update",
        language=language,
        values={"title": written(notice.titles, language, catalog).text, "body": "\n\n".join(body), "stop": stop},
        event=f"notice:{notice.id}:update:{update.id}",
        conversation_id=subscription.conversation_id,
        # RFC 8058: mail readers show a button that ends the subscription by one POST.
        headers={
            "In-Reply-To": thread,
            "References": thread,
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
