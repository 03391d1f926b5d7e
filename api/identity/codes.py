"""One-time codes by mail: how an anonymous customer proves an address.

Six digits, ten minutes, five tries: one guess in 200,000 codes succeeds, and three sends an hour leave an attacker at
most 72 * 5 tries a day on one address (3.6e-4). Bound to the conversation; kept as a keyed hash.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.database import utc_now
from api.errors import CopilotError, Invalid, NotFound, TooMany
from api.identity.addresses import mask_email
from api.identity.customers import customer_of_address
from api.identity.limits import CODES_PER_ADDRESS, CODES_PER_CONVERSATION, CODES_PER_IP, Limit, count, wait_for
from api.identity.models import Customer, OneTimeCode
from api.identity.tokens import keyed_hash
from api.metrics.events import EventType, record
from api.notifications.mail import MailDraft, enqueue_mail
from api.settings import Settings

if TYPE_CHECKING:
    from bot.catalog import Catalog

LIFETIME = dt.timedelta(minutes=10)
MAX_TRIES = 5
_NOT_A_DIGIT = re.compile(r"[\s\-._]+")


@dataclass(frozen=True)
class CodeSender:
    """Who asks for a code: a conversation (and turn), from a network (a keyed hash, or None where it is unknown)."""

    conversation_id: str
    turn_id: str | None
    network: str | None


@dataclass(frozen=True)
class CodeSent:
    """The same for every address, known or not: where the mail went, so masked that it tells nobody anything new."""

    email: str


@dataclass(frozen=True)
class CodeOutcome:
    """`customer` where the code was right, else the `refusal` to raise once the transaction is committed: a try has
    to count although the request fails."""

    customer: Customer | None
    refusal: CopilotError | None


def send_code(
    session: Session, settings: Settings, catalog: Catalog, sender: CodeSender, email: str
) -> CodeSent | TooMany:
    """Mail a new code to a (normalised) address; older codes of the conversation stop working.

    Returns, rather than raises, `TooMany` when a limit is reached, so that the refusal's event is committed.
    """
    conversation = session.get(Conversation, sender.conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    subjects: list[tuple[Limit, str]] = [(CODES_PER_ADDRESS, email), (CODES_PER_CONVERSATION, conversation.id)]
    if sender.network:
        subjects.append((CODES_PER_IP, sender.network))
    for limit, subject in subjects:
        wait = wait_for(session, settings, limit, subject)
        if wait is not None:
            _refused(session, sender, limit.name)
            minutes = -(-wait // 60)
            return TooMany(
                f"Too many codes ({limit.times} in an hour): try again in {minutes} minutes.",
                code="code_sends",
                retry_after=wait,
                values={"minutes": minutes},
            )
    for limit, subject in subjects:
        count(session, settings, limit, subject)
    code = f"{secrets.randbelow(1_000_000):06d}"
    now = utc_now()
    session.add(
        OneTimeCode(
            conversation_id=conversation.id,
            email=email,
            code_hash=_hash(settings, conversation.id, email, code),
            expires_at=now + LIFETIME,
        )
    )
    minutes = int(LIFETIME.total_seconds() // 60)
    enqueue_mail(
        session,
        catalog,
        MailDraft(
            to=email,
            template="code",
            language=conversation.language,
            values={"code": code, "minutes": minutes, "vendor": catalog.vendor},
            conversation_id=conversation.id,
        ),
    )
    record(session, EventType.CODE_SENT, conversation_id=conversation.id, turn_id=sender.turn_id)
    return CodeSent(mask_email(email))


def check_code(session: Session, settings: Settings, sender: CodeSender, code: str) -> CodeOutcome:
    """Use a code up: a right one verifies the conversation, a wrong one costs a try."""
    typed = _NOT_A_DIGIT.sub("", unicodedata.normalize("NFKC", code))
    row = session.scalar(
        select(OneTimeCode)
        .where(OneTimeCode.conversation_id == sender.conversation_id)
        .order_by(OneTimeCode.id.desc())
        .limit(1)
        .with_for_update()
    )
    if row is None or row.used_at is not None:
        return _refuse(session, sender, Invalid("No code is open: ask for a new one.", code="code_missing"))
    if row.expires_at <= utc_now():
        return _refuse(session, sender, Invalid("The code has expired: ask for a new one.", code="code_expired"))
    if row.tries >= MAX_TRIES:
        return _refuse(session, sender, Invalid("Too many wrong tries: ask for a new code.", code="code_spent"))
    right = hmac.compare_digest(row.code_hash, _hash(settings, sender.conversation_id, row.email, typed))
    if not right:
        # What is no six digits was a slip of the pen, not a guess.
        row.tries += 1 if re.fullmatch(r"\d{6}", typed) else 0
        left = MAX_TRIES - row.tries
        if left == 0:
            return _refuse(session, sender, Invalid("Too many wrong tries: ask for a new code.", code="code_spent"))
        wrong = Invalid(
            f"The code is wrong; {left} tries left.",
            code="code_wrong",
            values={"tries": left},
            details={"tries_left": left},
        )
        return _refuse(session, sender, wrong)
    row.used_at = utc_now()
    return CodeOutcome(_verify(session, sender, row.email), None)


def _verify(session: Session, sender: CodeSender, email: str) -> Customer:
    conversation = session.get_one(Conversation, sender.conversation_id)
    customer = customer_of_address(session, email, language=conversation.language)
    conversation.customer_id = customer.id
    conversation.verified_at = utc_now()
    conversation.account_id = conversation.account_id or customer.account_id
    record(
        session,
        EventType.CUSTOMER_VERIFIED,
        conversation_id=conversation.id,
        turn_id=sender.turn_id,
        method="code",
    )
    return customer


def _refuse(session: Session, sender: CodeSender, error: CopilotError) -> CodeOutcome:
    _refused(session, sender, error.code)
    return CodeOutcome(None, error)


def _refused(session: Session, sender: CodeSender, reason: str) -> None:
    record(
        session, EventType.CODE_REFUSED, conversation_id=sender.conversation_id, turn_id=sender.turn_id, reason=reason
    )


def _hash(settings: Settings, conversation_id: str, email: str, code: str) -> str:
    return keyed_hash(settings, "code", conversation_id, email, code)
