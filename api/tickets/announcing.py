"""What happened on a ticket, told to whoever has to act on it, inside the transaction in which it happened.

To act on tickets in a new way (mail them, call a webhook, mirror them), write a function of the shape `Listener` and add
it to `LISTENERS`. A listener only writes rows: what leaves the house is delivered by a worker once they are committed, so
that nothing is told that did not happen, and nothing that happened is left untold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from sqlalchemy.orm import Session

import api.alerts.listening
import api.desk.listening
import api.ratings.survey
import api.tickets.backends.listening
import api.tickets.mail
import api.tickets.reopening
import api.tickets.search_index
import api.tickets.targets
import api.webhooks.listening
from api.identity.models import Customer
from api.rows import Together
from api.services import Services
from api.tickets.models import Ticket, TicketAudit, TicketComment

Kind = Literal["opened", "changed", "claimed"]
By = Literal["customer", "agent", "system"]


class Announcement(NamedTuple):
    """One act on a ticket.

    `kind`: ``opened``; ``changed`` (fields, status, a comment); ``claimed`` (a ticket that was opened before its customer
    was verified has got one). `changes`: field -> (before, after), custom fields by catalog id; empty for ``opened``.
    `comment`: the one that came with it, the description for ``opened``. `customer`: the ticket's, None while unknown.
    `together`, at an opening: where a listener may put rows that nobody asks for in this transaction. The ticket's own may be
    there still: whoever writes rows that point to it, or asks the database for it, sends them first. `webhooks`: whether
    there are any, where the database was asked already.
    """

    kind: Kind
    ticket: Ticket
    by: By
    audit: TicketAudit | None = None
    comment: TicketComment | None = None
    customer: Customer | None = None
    changes: Mapping[str, tuple[Any, Any]] = MappingProxyType({})
    together: Together | None = None
    webhooks: bool | None = None


Listener = Callable[[Session, Services, Announcement], None]

# In the order in which they hear of it; each in a module of its own.
LISTENERS: tuple[Listener, ...] = (
    api.tickets.reopening.heard,
    api.tickets.targets.heard,
    api.tickets.mail.heard,
    api.ratings.survey.heard,
    api.alerts.listening.heard,
    api.webhooks.listening.heard,
    api.tickets.search_index.heard,
    api.desk.listening.heard,
    api.tickets.backends.listening.heard,
)


def announce(session: Session, services: Services, happening: Announcement) -> None:
    """Tell every listener. What one of them raises undoes the act: it is part of the same transaction."""
    for heard in LISTENERS:
        heard(session, services, happening)
