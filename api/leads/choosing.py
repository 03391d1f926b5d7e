"""The dashboard's filter as the ledger takes it."""

from __future__ import annotations

from api.leads.filters import LeadsFilter
from api.metrics.choice import Choice


def choice_of(chosen: LeadsFilter) -> Choice:
    """The filter as the ledger takes it."""
    return Choice(
        since=chosen.first,
        until=chosen.last,
        language=chosen.language,
        channel=chosen.channel,
        scenario=chosen.scenario,
        category=chosen.category,
        subcategory=chosen.subcategory,
    )
