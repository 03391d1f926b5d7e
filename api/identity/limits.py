"""Sliding-window limits for what guards an identity: codes and sign-ins."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import TooMany
from api.identity.models import LimitHit
from api.identity.tokens import keyed_hash
from api.settings import Settings


@dataclass(frozen=True)
class Limit:
    """At most `times` uses in any `window`, for each subject on its own."""

    name: str
    times: int
    window: dt.timedelta


CODES_PER_ADDRESS = Limit("codes_per_address", 3, dt.timedelta(hours=1))
# An office shares one IP address: thirty codes an hour, not three.
CODES_PER_IP = Limit("codes_per_ip", 30, dt.timedelta(hours=1))
CODES_PER_CONVERSATION = Limit("codes_per_conversation", 6, dt.timedelta(hours=1))
SIGN_INS_PER_ADDRESS = Limit("sign_ins_per_address", 10, dt.timedelta(minutes=15))
LINKS_PER_ADDRESS = Limit("links_per_address", 3, dt.timedelta(hours=1))
LINKS_PER_IP = Limit("links_per_ip", 30, dt.timedelta(hours=1))
VISITORS_PER_IP = Limit("visitors_per_ip", 100, dt.timedelta(hours=1))
SIGN_INS_PER_IP = Limit("sign_ins_per_ip", 100, dt.timedelta(minutes=15))


def network_of(address: str | None) -> str | None:
    """What a limit counts as one caller: an IPv4 address, or the /64 that an IPv6 customer is given."""
    if not address:
        return None
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(ip)


def wait_for(session: Session, settings: Settings, limit: Limit, subject: str) -> int | None:
    """Whole seconds until `subject` may go on, or None where it may now. Counts nothing.

    Nobody else looks at the same subject until the transaction ends: of twelve who asked at once, PostgreSQL let all
    through. SQLite has one writer anyway.
    """
    bucket = keyed_hash(settings, "limit", limit.name, subject)
    if session.get_bind().dialect.name == "postgresql":
        # Callers ask for their subjects in one order (address, conversation, network), so none waits for another in turn.
        session.execute(select(func.pg_advisory_xact_lock(int(bucket[:15], 16))))
    now = utc_now()
    query = select(LimitHit.at).where(LimitHit.bucket == bucket, LimitHit.at > now - limit.window)
    times = list(session.scalars(query.order_by(LimitHit.at.desc()).limit(limit.times)))
    if len(times) < limit.times:
        return None
    return max(1, int((times[-1] + limit.window - now).total_seconds()) + 1)


def count(session: Session, settings: Settings, limit: Limit, subject: str) -> None:
    """Count one use; what has left the window is removed."""
    bucket = keyed_hash(settings, "limit", limit.name, subject)
    session.execute(delete(LimitHit).where(LimitHit.bucket == bucket, LimitHit.at <= utc_now() - limit.window))
    session.add(LimitHit(bucket=bucket))
    session.flush()


def admitted(
    session: Session, settings: Settings, subjects: Sequence[tuple[Limit, str]], code: str, problem: str
) -> TooMany | None:
    """Count one use for each of the subjects, or return the refusal where one of them is at its limit: returned, and not
    raised, so that what was counted is committed."""
    for limit, subject in subjects:
        wait = wait_for(session, settings, limit, subject)
        if wait is not None:
            return TooMany(
                f"{problem}: try again in {wait} seconds.",
                code=code,
                retry_after=wait,
                values={"minutes": -(-wait // 60)},
            )
    for limit, subject in subjects:
        count(session, settings, limit, subject)
    return None
