"""Opaque tokens and keyed hashes: how they are made, and how they are kept (never in plain text)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from api.settings import Settings, SettingsError

# The prefix says what a token is, to the code that dispatches on it and to a person (or scanner) who finds one.
SESSION_PREFIX = "cps_"
API_TOKEN_PREFIX = "cpt_"  # noqa: S105 - a prefix, not a secret
CONVERSATION_PREFIX = "cpc_"
LINK_PREFIX = "cpl_"
WIDGET_KEY_PREFIX = "wk_"


def new_token(prefix: str) -> str:
    """A token of 256 random bits behind its prefix."""
    return prefix + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What is stored of a random token: its SHA-256, in hex (64 characters).

    A plain hash is enough where the token itself has 256 bits; what people type needs `keyed_hash` or argon2.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def signing_key(settings: Settings) -> bytes:
    """The key of turn tokens and keyed hashes; raises `SettingsError` where none is set."""
    key = settings.secret_key.get_secret_value()
    if len(key) < 32:
        raise SettingsError("COPILOT_SECRET_KEY is missing or short: set it to 32 or more random characters")
    return key.encode()


def keyed_hash(settings: Settings, purpose: str, *parts: str) -> str:
    """HMAC-SHA256 of the parts under the server's key, in hex: for what has too few possible values to hash plainly."""
    text = "\x1f".join((purpose, *parts))
    return hmac.new(signing_key(settings), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
