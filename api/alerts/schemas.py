"""What the endpoints of alerts answer with."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, Field

from api.tickets.responses import page


class AttemptOut(BaseModel):
    """One attempt to reach one contact: who, by what channel, when, with what result."""

    id: int
    round: int
    level: int
    try_number: int = Field(description="Counts the tries of one contact in one round.")
    channel: str = Field(description="mail or webhook.")
    contact: str = Field(description="The address; of a webhook only scheme and host.")
    result: str = Field(description="pending, sending, delivered, failed, cancelled; of a mail also sent and kept.")
    http_status: int | None
    error: str | None
    milliseconds: int | None
    at: dt.datetime
    finished_at: dt.datetime | None


class OutageOut(BaseModel):
    """The outage that the ticket is part of."""

    group_id: int
    tickets: int
    accounts: int


class AlertOut(BaseModel):
    """An alert and all attempts, oldest first."""

    id: int
    ticket_id: int
    state: str = Field(description="open, acknowledged or ended.")
    level: int
    round: int
    raised_at: dt.datetime
    next_at: dt.datetime | None = Field(description="When it is told again, unless somebody acknowledges.")
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None
    acknowledged_via: str | None
    outage: OutageOut
    attempts: list[AttemptOut]


class AlertEnvelope(BaseModel):
    alert: AlertOut


AlertsOut = page("alerts", AlertOut)
