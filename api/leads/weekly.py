"""The weekly report: how last week went, what to write next and what was brought by what was written; by mail on Mondays."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.identity.models import StaffUser
from api.identity.principal import Principal
from api.leads import store
from api.leads.annotations import happened
from api.leads.choosing import choice_of
from api.leads.context import Context
from api.leads.filters import LeadsFilter
from api.leads.next_steps import misleading
from api.leads.words import Say
from api.metrics import queries
from api.metrics.choice import Choice
from api.metrics.deciding import is_demo
from api.metrics.gaps import GapFilter, gaps
from api.metrics.statistics import difference
from api.metrics.terms import terms_of
from api.metrics.worker import freshen
from api.notifications.mail import MailDraft, enqueue_mail
from api.rounds import rounds
from api.services import Services

LOOK_SECONDS = 300.0
# Local hour on Mondays from which last week's report is written.
FROM_HOUR = 7
TEMPLATE = "weekly"
MOST = 5


@dataclass(frozen=True)
class Subscription:
    """Whether a lead gets the report, and in which language."""

    wanted: bool
    language: str


def subscription_of(session: Session, services: Services, staff_id: int) -> Subscription:
    """As they chose; else as the deployment's settings and default language say."""
    kept: dict[str, Any] = store.setting(session, f"weekly:{staff_id}") or {}
    catalog = services.catalog
    language = kept.get("language", "")
    return Subscription(
        bool(kept.get("wanted", services.settings.leads.weekly)),
        language if language in catalog.languages else catalog.default_language,
    )


def subscribe(session: Session, principal: Principal, wanted: bool, language: str) -> None:
    """Keep what a lead chose."""
    if principal.staff_id is not None:
        put = {"wanted": wanted, "language": language}
        store.put_setting(session, f"weekly:{principal.staff_id}", put)


def week_before(day: dt.date) -> tuple[dt.date, dt.date]:
    """Monday and Sunday of the last whole week."""
    monday = day - dt.timedelta(days=day.weekday())
    return monday - dt.timedelta(days=7), monday - dt.timedelta(days=1)


def context_of(
    services: Services, principal: Principal, language: str, now: dt.datetime, chosen: LeadsFilter | None = None
) -> Context:
    """The chosen days, last week by default, compared with those before, for one reader."""
    zone = terms_of(services.settings, services.catalog).zone
    chosen = chosen or LeadsFilter(*week_before(now.astimezone(zone).date()), zone)
    return Context(services, principal, Say(services.catalog, language, zone), chosen, now, {}, ())


def readers(session: Session, services: Services) -> Iterator[tuple[StaffUser, str]]:
    """Every lead and admin who gets mail about the figures, with the language of it."""
    staff = session.scalars(
        select(StaffUser).where(StaffUser.active, StaffUser.role.in_(("lead", "admin"))).order_by(StaffUser.id)
    )
    for each in staff:
        chosen = subscription_of(session, services, each.id)
        # To the first admin, which has no mailbox, nothing would come.
        if chosen.wanted and not each.email.endswith("@localhost"):
            yield each, chosen.language


def reader_of(staff: StaffUser) -> Principal:
    """For whom a mail is put into words."""
    return Principal("system", role="lead", staff_id=staff.id, email=staff.email, name=staff.name)


def values_of(session: Session, context: Context) -> dict[str, str]:
    """What fills the mail's template."""
    say, chosen = context.say, context.chosen
    before = chosen.before()
    assert before is not None  # noqa: S101 - a week is always compared
    now_choice, before_choice = choice_of(chosen), choice_of(before)
    now, was = queries.totals(session, now_choice), queries.totals(session, before_choice)
    rate, rate_was = (queries.rate(session, choice, "deflection") for choice in (now_choice, before_choice))
    found = difference((rate_was.numerator, rate_was.denominator), (rate.numerator, rate.denominator))
    change = say("report.no_change")
    if found is not None:
        change = say(
            "report.change", points=say.points(found.value), low=say.points(found.low), high=say.points(found.high)
        )
        if not found.beyond_chance:
            change += f" ({say('marks.chance')})"
    rated, rated_was = now.rated_good + now.rated_bad, was.rated_good + was.rated_bad

    def beside(text: str, earlier: str) -> str:
        return say("report.beside", now=text, before=earlier)

    url = f"{context.copilot.settings.public_url}/leads"
    week = f"lang={say.language}&from={chosen.first}&to={chosen.last}"
    return {
        "first": say.date(chosen.first),
        "last": say.date(chosen.last),
        "share": say.percent(rate.value, 0),
        "rate": beside(say.percent(rate.value), say.percent(rate_was.value)),
        "change": change,
        "asked": beside(say.number(now.asked), say.number(was.asked)),
        "tickets": beside(say.number(now.tickets + now.apart), say.number(was.tickets + was.apart)),
        "satisfaction": beside(
            say.percent(now.rated_good / rated if rated else None, 0),
            say.percent(was.rated_good / rated_was if rated_was else None, 0),
        ),
        "gaps": _listed(_gaps(session, context), say("report.no_gaps")),
        "misleading": _listed(_misleading(session, context), say("report.nothing_misleads")),
        "brought": _listed(_brought(session, context), say("report.nothing_brought")),
        "url": f"{url}?{week}",
        "stop_url": f"{url}/report?lang={say.language}",
        "demo": say("demo") + "\n" if is_demo(session) else "",
    }


def _listed(lines: list[str], nothing: str) -> str:
    return "\n".join(f"- {each}" for each in lines) or nothing


def _gaps(session: Session, context: Context) -> list[str]:
    """What to write: the topics asked most often that no article answers."""
    say = context.say
    return [
        say.counted(
            "report.gap", each.size, terms=", ".join(each.terms), language=say.value_of("language", each.language)
        )
        for each in gaps(session, GapFilter(most=MOST)).gaps
    ]


def _misleading(session: Session, context: Context) -> list[str]:
    """Over the last four weeks."""
    say = context.say
    last = context.chosen.last
    choice = choice_of(LeadsFilter(last - dt.timedelta(days=27), last, context.chosen.zone))
    return [
        say("report.misleads", article=each.article_id, language=say.value_of("language", each.language),
            wrong=each.wrong, helped=each.helped)
        for each in misleading(session, choice)[:MOST]
    ]  # fmt: skip


def _brought(session: Session, context: Context) -> list[str]:
    """What was changed in the last two weeks, with what became of the deflection."""
    first = context.chosen.first - dt.timedelta(days=7)
    recent = LeadsFilter(first, context.chosen.last, context.chosen.zone)
    return [
        ": ".join(filter(None, (f"{each.date} {each.text}", each.effect)))
        for each in happened(session, replace(context, chosen=recent))
    ]


def draft_for(session: Session, services: Services, staff: StaffUser, now: dt.datetime, language: str) -> MailDraft:
    """The mail to one lead about the last whole week."""
    context = context_of(services, reader_of(staff), language, now)
    return MailDraft(
        to=staff.email,
        template=TEMPLATE,
        language=language,
        values=values_of(session, context),
        event=f"weekly:{context.chosen.first.isoformat()}",
    )


class WeeklyWorker:
    """Writes the report of last week on Mondays from seven o'clock on, or on the first later day on which it runs: once for
    each lead, however many processes look; of a week without conversations and tickets none."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._written: dt.date | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look every five minutes until `stop` is set. An error is logged and tried again."""
        await rounds(self.look, stop, every=LOOK_SECONDS, failure="The weekly report could not be written")

    async def look(self, now: dt.datetime | None = None) -> int:
        """Write what is due; how many mails that were."""
        services, moment = self._services, now or utc_now()
        local = moment.astimezone(terms_of(services.settings, services.catalog).zone)
        first, _ = week_before(local.date())
        if self._written == first or (local.weekday() == 0 and local.hour < FROM_HOUR):
            return 0
        await freshen(services)
        written = await services.database.writing(lambda session: self._write(session, moment))
        self._written = first
        return written

    def _write(self, session: Session, now: dt.datetime) -> int:
        services, written = self._services, 0
        first, last = week_before(now.astimezone(terms_of(services.settings, services.catalog).zone).date())
        totals = queries.totals(session, Choice(first, last))
        if not totals.conversations and not totals.apart:
            return 0
        for staff, language in readers(session, services):
            draft = draft_for(session, services, staff, now, language)
            written += enqueue_mail(session, services.catalog, draft) is not None
        return written
