"""What operators watch, counted in the database so that every replica tells the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Executable, Select, func, select
from sqlalchemy.orm import Session

from api.alerts.models import Alert
from api.chat.models import Conversation, Turn
from api.database import utc_now
from api.metrics.choice import Choice
from api.metrics.deciding import is_demo, undecided
from api.metrics.events import Event
from api.metrics.models import Decision, Undecided
from api.metrics.queries import totals
from api.notifications.models import OutboxMail
from api.tickets.models import Ticket

# A conversation in which nobody said anything for longer is open no more.
OPEN_FOR = dt.timedelta(minutes=30)
# Conversations, the newest, of which the last decision is told: the others' are found by no index.
NEWEST = 1_000
_WAITING = ("pending", "sending")


class _Counts(Collector):
    def __init__(self, session: Session, zone: ZoneInfo, now: dt.datetime) -> None:
        self._session = session
        self._zone = zone
        self._now = now

    def collect(self) -> Iterator[Metric]:
        counted = func.count()
        yield self._family(
            CounterMetricFamily("copilot_events", "Events by type (api/metrics/events.py).", labels=["type"]),
            select(Event.type, counted).group_by(Event.type),
        )
        yield self._family(
            GaugeMetricFamily("copilot_turns", "Turns by status.", labels=["status"]),
            select(Turn.status, counted).group_by(Turn.status),
        )
        yield self._family(
            GaugeMetricFamily("copilot_tickets", "Tickets by status and priority.", labels=["status", "priority"]),
            select(Ticket.status, Ticket.priority, counted).group_by(Ticket.status, Ticket.priority),
        )
        yield self._family(
            GaugeMetricFamily("copilot_outbox_mails", "Mails of the outbox by status.", labels=["status"]),
            select(OutboxMail.status, counted).group_by(OutboxMail.status),
        )
        yield self._family(
            GaugeMetricFamily("copilot_alerts", "Alerts by state.", labels=["state"]),
            select(Alert.state, counted).group_by(Alert.state),
        )
        yield self._age(
            "copilot_oldest_waiting_mail_age_seconds",
            "How long the oldest mail has waited that is not sent yet.",
            select(func.min(OutboxMail.created_at)).where(OutboxMail.status.in_(_WAITING)),
        )
        yield self._age(
            "copilot_oldest_open_alert_age_seconds",
            "How long the oldest alert has waited that nobody acknowledged.",
            select(func.min(Alert.raised_at)).where(Alert.state == "open"),
        )
        yield from self._ledger()

    def _ledger(self) -> Iterator[Metric]:
        session, today = self._session, self._now.astimezone(self._zone).date()
        found = totals(session, Choice(today, today))
        yield _labelled(
            "copilot_outcomes_today",
            "Conversations that began today and asked for help, by outcome so far; today as in the dashboard.",
            "outcome",
            found.outcomes.items(),
        )
        yield _labelled(
            "copilot_conversations_today",
            "Conversations that began today, and tickets that came without one, by kind; no test and staff traffic.",
            "kind",
            ((kind, number) for kind, number in found.kinds.items() if kind not in ("test", "staff")),
        )
        active = select(func.count()).where(
            Conversation.last_activity_at > self._now - OPEN_FOR, Conversation.is_test.is_(False)
        )
        yield GaugeMetricFamily(
            "copilot_open_conversations",
            "Conversations in which somebody said something in the last thirty minutes.",
            session.scalar(active) or 0,
        )
        yield GaugeMetricFamily(
            "copilot_provisional_outcomes",
            "Outcomes that silence has to confirm yet.",
            session.scalar(select(func.count()).where(Decision.settles_at.is_not(None))) or 0,
        )
        yield GaugeMetricFamily(
            "copilot_undecided_conversations",
            "Conversations of which something is not taken into account yet.",
            undecided(session),
        )
        yield self._age(
            "copilot_undecided_age_seconds",
            "How long the oldest event has waited that no decision takes into account yet.",
            select(func.min(Event.at)).join(Undecided, Undecided.event_id == Event.id),
        )
        newest = select(Decision.decided_at).order_by(Decision.started_at.desc()).limit(NEWEST).subquery()
        yield self._age(
            "copilot_last_decision_age_seconds",
            "How long ago one of the newest thousand conversations was decided.",
            select(func.max(newest.columns.decided_at)),
        )
        yield GaugeMetricFamily(
            "copilot_demo", "1 where the database was filled by `copilot metrics demo`.", int(is_demo(session))
        )

    def _family(
        self, family: CounterMetricFamily | GaugeMetricFamily, query: Executable
    ) -> CounterMetricFamily | GaugeMetricFamily:
        for *labels, number in self._session.execute(query):
            family.add_metric([str(each) for each in labels], number)
        return family

    def _age(self, name: str, help: str, query: Select[Any]) -> Metric:
        """0 where there is none; what is dated ahead is new."""
        since: dt.datetime | None = self._session.scalar(query)
        age = (self._now - since).total_seconds() if since is not None else 0.0
        return GaugeMetricFamily(name, help, max(age, 0.0))


def _labelled(name: str, help: str, label: str, rows: Iterable[tuple[str, int]]) -> Metric:
    family = GaugeMetricFamily(name, help, labels=[label])
    for value, number in rows:
        family.add_metric([value], number)
    return family


def exposition(session: Session, zone: ZoneInfo, now: dt.datetime | None = None) -> bytes:
    """The metrics in Prometheus' text format; `zone`: in which a day is today."""
    registry = CollectorRegistry()
    registry.register(_Counts(session, zone, now or utc_now()))
    return generate_latest(registry)
