"""Signatures by the Standard Webhooks specification (HMAC-SHA256 over id, time and body), and the secrets behind them.

A secret is computed from the server's key and a random salt: a stolen database gives away none.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping

from api.identity.tokens import keyed_hash
from api.settings import Settings

PREFIX = "whsec_"
# A receiver refuses older messages: who has overheard one cannot send it again later.
TOLERANCE_SECONDS = 300


def secret_of(settings: Settings, purpose: str, salt: str) -> str:
    """The secret, as it is shown to whoever has to check signatures: ``whsec_`` and 32 bytes in base64."""
    return PREFIX + base64.b64encode(bytes.fromhex(keyed_hash(settings, purpose, salt))).decode()


def signature_headers(secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers; `webhook-signature` holds one signature for each secret that is valid at the moment."""
    signed = " ".join(f"v1,{_signature(secret, message_id, timestamp, body)}" for secret in secrets)
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signed}


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, *, now: float) -> bool:
    """Whether a message is ours and fresh: what a receiver has to check. Header names are in lower case."""
    try:
        message_id, timestamp = headers["webhook-id"], int(headers["webhook-timestamp"])
        given = headers["webhook-signature"].split(" ")
    except (KeyError, ValueError):
        return False
    if abs(now - timestamp) > TOLERANCE_SECONDS:
        return False
    wanted = f"v1,{_signature(secret, message_id, timestamp, body)}".encode()
    return any(hmac.compare_digest(wanted, each.encode()) for each in given)


def check_secret(secret: str) -> str:
    """The secret as it came. Raises `ValueError` for one that is none, or has fewer than 24 bytes."""
    try:
        key = _key(secret)
    except binascii.Error as error:
        raise ValueError("a webhook secret is base64 behind whsec_") from error
    if len(key) < 24:
        raise ValueError("a webhook secret needs 24 bytes or more, in base64 behind whsec_")
    return secret


def _signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
