"""What operators watch, counted in the database so that every replica tells the same."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.chat.models import Turn
from api.metrics.events import Event
from api.notifications.models import OutboxMail
from api.tickets.models import Ticket


class _Counts(Collector):
    def __init__(self, session: Session) -> None:
        self._session = session

    def collect(self) -> list[Metric]:
        session = self._session
        events = CounterMetricFamily("copilot_events", "Events by type (api/metrics/events.py).", labels=["type"])
        for kind, number in session.execute(select(Event.type, func.count()).group_by(Event.type)):
            events.add_metric([kind], number)
        turns = GaugeMetricFamily("copilot_turns", "Turns by status.", labels=["status"])
        for status, number in session.execute(select(Turn.status, func.count()).group_by(Turn.status)):
            turns.add_metric([status], number)
        tickets = GaugeMetricFamily("copilot_tickets", "Tickets by status and priority.", labels=["status", "priority"])
        for status, priority, number in session.execute(
            select(Ticket.status, Ticket.priority, func.count()).group_by(Ticket.status, Ticket.priority)
        ):
            tickets.add_metric([status, priority], number)
        mails = GaugeMetricFamily("copilot_outbox_mails", "Mails of the outbox by status.", labels=["status"])
        for status, number in session.execute(select(OutboxMail.status, func.count()).group_by(OutboxMail.status)):
            mails.add_metric([status], number)
        return [events, turns, tickets, mails]


def exposition(session: Session) -> bytes:
    """The metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Counts(session))
    return generate_latest(registry)
