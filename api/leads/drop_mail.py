"""The mail about a deflection that dropped beyond chance: to every lead who gets the weekly report, once for each drop."""

from __future__ import annotations

import asyncio
import datetime as dt

from sqlalchemy.orm import Session

from api.database import utc_now
from api.leads import store
from api.leads.alerting import drop_warning, dropped
from api.leads.choosing import choice_of
from api.leads.context import Context
from api.leads.filters import LeadsFilter
from api.leads.weekly import context_of, reader_of, readers
from api.metrics import queries
from api.metrics.deciding import is_demo
from api.metrics.statistics import Difference
from api.metrics.terms import terms_of
from api.metrics.worker import freshen
from api.notifications.mail import MailDraft, enqueue_mail
from api.rounds import rounds
from api.services import Services

LOOK_SECONDS = 900.0
# Compared with as many before: shorter ones drop by chance, or by the day of the week.
DAYS = 28
TEMPLATE = "dropped"
# The setting that holds the first day on which the drop was seen, for as long as it lasts.
SEEN = "dropped"


class DropWorker:
    """Compares the last four whole weeks with the four before once a day. A drop is told when it begins; it has to be over
    before another one is."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._looked: dt.date | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop` is set. An error is logged and tried again."""
        await rounds(self.look, stop, every=LOOK_SECONDS, failure="A drop of the deflection could not be looked for")

    async def look(self, now: dt.datetime | None = None) -> int:
        """Write what is due; how many mails that were."""
        moment = now or utc_now()
        today = moment.astimezone(terms_of(self._services.settings, self._services.catalog).zone).date()
        if self._looked == today:
            return 0
        await freshen(self._services)
        written = await self._services.database.writing(lambda session: self._write(session, moment, today))
        self._looked = today
        return written

    def _write(self, session: Session, now: dt.datetime, today: dt.date) -> int:
        services = self._services
        last = today - dt.timedelta(days=1)
        chosen = LeadsFilter(
            last - dt.timedelta(days=DAYS - 1), last, terms_of(services.settings, services.catalog).zone
        )
        before = chosen.before()
        assert before is not None  # noqa: S101 - it is always compared
        found = dropped(queries.totals(session, choice_of(chosen)), queries.totals(session, choice_of(before)))
        if found is None:
            store.put_setting(session, SEEN, None)
            return 0
        if store.setting(session, SEEN) is not None:
            return 0
        store.put_setting(session, SEEN, today.isoformat())
        written = 0
        for staff, language in readers(session, services):
            draft = self._draft(session, context_of(services, reader_of(staff), language, now, chosen), found)
            written += enqueue_mail(session, services.catalog, draft) is not None
        return written

    def _draft(self, session: Session, context: Context, found: Difference) -> MailDraft:
        say, chosen = context.say, context.chosen
        host = self._services.settings.public_url
        return MailDraft(
            to=context.principal.email or "",
            template=TEMPLATE,
            language=say.language,
            values={
                "drop": drop_warning(context, found),
                "first": say.date(chosen.first),
                "last": say.date(chosen.last),
                "url": f"{host}{context.url()}",
                "stop_url": f"{host}/leads/report?lang={say.language}",
                "demo": say("demo") + "\n" if is_demo(session) else "",
            },
            event=f"dropped:{chosen.last.isoformat()}",
        )
